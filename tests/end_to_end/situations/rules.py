"""What gonogo itself promises: a waiver is visible and ends, a ticket is for one version, a secret is for one host."""

from __future__ import annotations

import datetime as dt
from functools import partial

from tests.clients.servers import Answer, Arrived
from tests.end_to_end.command import Ended
from tests.end_to_end.servers import HOST
from tests.end_to_end.situations.acme import FEW, VERSIONED, Acme, Routes
from tests.end_to_end.situations.copies import copied
from tests.end_to_end.situations.deployments import HTML, VERCEL
from tests.end_to_end.situations.table import Situation

SHAPE = "health.health::health_answer_has_the_declared_shape"
TODAY = dt.datetime.now(dt.UTC).date()
WAIVERS = "".join(
    f"""\
[[waiver]]
check = "{SHAPE}"
owner = "the night shift"
reason = "uptime comes back with ACME-7"
expires = {expires}
environments = ["{environment}"]
"""
    for environment, expires in {"waived": TODAY + dt.timedelta(days=1), "expired": TODAY - dt.timedelta(days=1)}.items()
)
BYPASS = "x-vercel-protection-bypass"
THIRD = "localhost"
"""Somebody else, who is not moved by `connect`: the same server, at its own port."""
PAGE = """\
<!doctype html><html lang="en"><head><title>Acme</title><link rel="icon" href="data:,"></head><body>
<h1>Acme</h1><img alt="" src="https://THIRD/pixel.png"><img alt="" src="/moved.png"><script src="/own.js"></script></body></html>
"""
SIGHT = '''\
"""Acme's first page, in a browser."""

from gonogo import BrowserWindows, Journey, step, uses


class Looking(Journey):
    """Somebody opens the first page."""

    windows = uses(BrowserWindows)

    @step(deadline=60)
    def failed(self) -> list[str]:
        """Waits until it is still, and looks what could not be loaded."""
        with self.windows.open() as browsing:
            with browsing.step("first page"):
                browsing.open("/", quiet=True)
            return list(browsing.seen().failed_requests)
'''
LOOKS = '''\
"""Acme's first page, in a browser."""

import pytest

from checks.sight import Looking


@pytest.mark.requires("health")
def test_page_is_whole(looking: Looking) -> None:
    """The page loads all that it names."""
    assert not looking.failed, looking.failed
'''


def under_these_rules(acme: Acme) -> None:
    """A copy of the project with the waivers, at a revision without changes."""
    acme.project = copied(acme.folder.parent / "project", {"reports/waivers.toml": WAIVERS})


def lacking(acme: Acme, environment: str) -> Ended:
    """The health answer lacks a field that is declared; in some environments somebody answers for that."""
    under_these_rules(acme)
    return acme.verify(env=acme.declare(environment, after=f'{FEW}\npresent = ["uptime"]'))


def ticket_for_another_version(acme: Acme) -> Ended:
    """A whole run of the suites."""
    under_these_rules(acme)
    return acme.verify(checks=False)


def only_what_was_verified(acme: Acme, ended: Ended) -> None:
    """The ticket opens the way while the version is live that was verified, and not for the one after it."""
    signed, ticket = acme.sign(ended)
    assert signed.returncode == 0, signed.stdout + signed.stderr
    words = ["admit", "--environment", str(acme.folder / "acme.toml"), "--ticket", str(ticket), "--commit", "c" * 40]
    words += ["--ledger", str(ended.out / "ledger.jsonl"), "--key", str(acme.folder / "keys" / "ticket.pub")]
    words += ["--nonce", ended.verdict["run"], "--version", "v1", "--digest", ended.digest]
    admitted = acme.command(*words)
    assert admitted.returncode == 0, admitted.stdout + admitted.stderr
    acme.server.routes = Routes(version=lambda _: "v2")
    refused = acme.command(*words)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    said = refused.stdout + refused.stderr
    assert "live-version" in said, said
    assert "v2" in said, said


def given(page: Answer, _: Arrived) -> Answer:
    """A route that always gives this page."""
    return page


def behind_a_wall(acme: Acme) -> Ended:
    """A wall that the declared secret opens; the page behind it loads from a third party, directly and by a redirection."""
    secret = acme.variables["ACME_BYPASS"] = acme.secret()
    third = f"{THIRD}:{acme.server.connect.rpartition(':')[2]}"
    pages = {
        "/": Answer(200, PAGE.replace("THIRD", third).encode(), (HTML,)),
        "/own.js": Answer(200, b"", (("content-type", "text/javascript"),)),
        "/moved.png": Answer(302, b"", (("location", f"https://{third}/moved.png"),)),
    }

    def edge(_: int, arrived: Arrived) -> Answer | None:
        if arrived.headers["host"] == third:
            return Answer(200, b"", (("content-type", "image/png"),))
        return None if arrived.headers.get(BYPASS) == secret else VERCEL

    acme.server.routes = Routes({path: partial(given, page) for path, page in pages.items()}, edge=edge)
    acme.write("sight.py", SIGHT)
    acme.write("test_sight.py", LOOKS)
    return acme.verify(env=acme.declare(before=f'{VERSIONED}\n[access.headers]\n{BYPASS} = "ACME_BYPASS"'))


def only_the_deployment_saw_it(acme: Acme, ended: Ended) -> None:
    """The deployment was sent the secret with every request, the third party with none, and it is nowhere in what the run left."""
    secret = acme.variables["ACME_BYPASS"]
    sent = {host: [each for each in acme.server.arrived if each.headers["host"].partition(":")[0] == host] for host in (HOST, THIRD)}
    assert {arrived.path for arrived in sent[THIRD]} == {"/pixel.png", "/moved.png"}, ended.said
    assert {"/", "/own.js", "/moved.png"} <= {arrived.path for arrived in sent[HOST]}
    assert all(secret in arrived.headers.values() for arrived in sent[HOST])
    assert [arrived.path for arrived in sent[THIRD] if secret in str(arrived.headers)] == []
    assert [path.name for path in ended.out.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []
    assert secret not in ended.text


ROWS = (
    Situation("G04b-ticket", "the ticket is for another version", ticket_for_another_version, "pass", also=only_what_was_verified),
    Situation("G11-bypass", "a bypass secret, and a page of third parties", behind_a_wall, "pass", also=only_the_deployment_saw_it),
    Situation("G13-waived", "a failure is waived", partial(lacking, environment="waived"), "pass", (SHAPE, "the night shift", "ACME-7")),
    Situation(
        "G13b-expired",
        "its waiver has expired",
        partial(lacking, environment="expired"),
        "fail",
        (SHAPE, "its waiver expired on", "the night shift"),
    ),
    Situation(
        "G13c-elsewhere",
        "its waiver is for another environment",
        partial(lacking, environment="acme"),
        "fail",
        (SHAPE,),
    ),
)
