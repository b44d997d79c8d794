"""What stands in front of a deployment, happens to it, or is wrong with it while its health answer says that all is well.

G01 to G13 are situations in which gates of real teams said yes, or blamed a deployment for what was not its fault.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.clients.servers import Answer, Arrived
from tests.end_to_end.command import Ended
from tests.end_to_end.servers import declare, wall
from tests.end_to_end.situations.acme import CUT, DEAD, FEW, VERSION, VERSIONED, WWW, Acme, Routes, json_answer
from tests.end_to_end.situations.table import BOTH, WITH_WORKERS, Situation

Edge = Callable[[int, Arrived], Answer | None]
HTML = ("content-type", "text/html; charset=utf-8")
VERCEL = Answer(302, b"", (("location", "https://vercel.com/sso-api?url=https%3A%2F%2Facme.example%2F&nonce=n"),))
ACCESS = Answer(302, b"", (("location", "https://acme.cloudflareaccess.com/cdn-cgi/access/login/acme.example?kid=k"),))
CHALLENGE = Answer(403, b"<!doctype html><title>Just a moment...</title>", (HTML, ("cf-mitigated", "challenge"), ("server", "cloudflare")))
LIMITED = json_answer({"message": "Too many requests. Please try again later."}, 429, ("x-retry-after", "1"))
LIMITED_FOR_GOOD = json_answer({"message": "Too many requests. Please try again later."}, 429, ("x-retry-after", "0"), (VERSION, "v1"))
AFTER_THE_GATE = 14
"""Requests after which the gate is surely past, and the health sample under way."""
EMAIL = '[auth.email]\naddresses = "gonogo+{label}@acme.example"\nverification = false\nreset = false'
TOKEN = '[mail.delivery]\nkey = "ACME_RESEND_API_KEY"\nsender = "Acme <hello@acme.example>"'


def answering(
    acme: Acme, edge: Callable[[int, Arrived], Answer | None] | None = None, *, version: Callable[[int], str] | None = None
) -> Ended:
    """A run against a deployment with this edge and these versions."""
    acme.server.routes = Routes(edge=edge or (lambda *_: None), version=version or (lambda _: "v1"))
    return acme.verify()


def walled(acme: Acme) -> Ended:
    acme.server.routes = wall()
    return acme.verify(env=acme.declare(before=f"{VERSIONED}\n[limits]\nconverge_seconds = 2"))


def no_secret(acme: Acme) -> Ended:
    return acme.verify(env=acme.declare(after=f"{FEW}\n{TOKEN}"))


def cut_over(acme: Acme, seconds: float, deadline: int) -> Ended:
    """Two versions answer by turns until so many seconds after the first request, then the new one alone."""
    first: list[float] = []

    def version(number: int) -> str:
        first.append(time.monotonic())
        return "v1" if number % 2 and time.monotonic() < first[0] + seconds else "v2"

    acme.server.routes = Routes(version=version)
    return acme.verify(env=acme.declare(before=f"{VERSIONED}\n[limits]\nconverge_seconds = {deadline}"))


def verifies(version: str, _: Acme, ended: Ended) -> None:
    """The verdict is about this version alone."""
    assert ended.verdict["identity"]["ids"] == [version], ended.said


@contextmanager
def nobody() -> Iterator[str]:
    """An address that is taken, where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


def no_network(acme: Acme) -> Ended:
    with nobody() as here, nobody() as there:
        return acme.verify(env=declare(acme.folder / "acme.toml", here, before=f'[control]\naddresses = ["{there}"]'))


def down(acme: Acme) -> Ended:
    """The deployment is down, and others can be reached."""
    with nobody() as here:
        return acme.verify(env=declare(acme.folder / "acme.toml", here, before=f'[control]\naddresses = ["{acme.server.connect}"]'))


def dead_host(acme: Acme) -> Ended:
    """Of three declared hosts one has never answered anybody."""
    acme.server.routes = Routes(edge=lambda _, arrived: CUT if arrived.headers["host"] == DEAD else None)
    return acme.verify(env=acme.declare(before=f'hosts = ["{WWW}", "{DEAD}"]\n{VERSIONED}'))


def sign_up_is_broken(acme: Acme) -> Ended:
    """The health answer knows nothing of it."""
    broken = json_answer({"message": "Internal Server Error"}, 500)
    acme.server.routes = Routes({"/api/auth/sign-up/email": lambda _: broken})
    return acme.verify(env=acme.declare(after=f"{FEW}\n{EMAIL}"))


def sign_up_failed(_: Acme, ended: Ended) -> None:
    """That is the failure, and the deployment's own word for it is that it is well."""
    assert "auth.sign_up::visitor_becomes_a_member" in ended.failures, ended.said
    assert ended.states["health.health::deployment_says_that_it_is_healthy"] == "passed"


def no_failure(_: Acme, ended: Ended) -> None:
    """Nothing is held against the deployment: no check counts as failed."""
    assert ended.failures == {}, ended.said


def limited(acme: Acme, most: int = 5) -> Ended:
    """The deployment's own limiter lets so many requests through in a second."""
    served: list[float] = []
    lock = threading.Lock()

    def status(_: Arrived) -> Answer:
        with lock:
            served[:] = [moment for moment in served if moment > time.monotonic() - 1]
            if len(served) >= most:
                acme.noted.append("429")
                return LIMITED
            served.append(time.monotonic())
        return json_answer({"status": "ok"})

    acme.server.routes = Routes({"/status": status})
    return acme.verify()


def was_throttled(acme: Acme, ended: Ended) -> None:
    """The limiter answered, and was waited for: no request of the sample failed."""
    assert "health 10 requests" in ended.text, ended.said
    assert ", 0 failed" in ended.text, ended.said
    assert acme.noted, ended.said


ROWS = (
    Situation("G01-login-page", "a sign-on page answers 200 to everything", walled, "inconclusive", ("answers every address with a page",)),
    Situation(
        "G01b-vercel",
        "Vercel's login stands in front",
        lambda acme: answering(acme, lambda *_: VERCEL),
        "inconclusive",
        ("Vercel's login", "x-vercel-protection-bypass"),
    ),
    Situation(
        "G01c-access",
        "Cloudflare Access stands in front",
        lambda acme: answering(acme, lambda *_: ACCESS),
        "inconclusive",
        ("Cloudflare Access", "cf-access-client-id"),
    ),
    Situation(
        "G02-challenge",
        "some requests get a bot challenge",
        lambda acme: answering(acme, lambda number, _: CHALLENGE if number > AFTER_THE_GATE and number % 3 == 0 else None),
        "inconclusive",
        ("a bot challenge of Cloudflare",),
        no_failure,
        workers=WITH_WORKERS,
    ),
    Situation(
        "G02b-at-the-gate",
        "the same from the beginning",
        lambda acme: answering(acme, lambda number, _: CHALLENGE if number % 3 == 0 else None),
        "inconclusive",
        ("a bot challenge of Cloudflare",),
        no_failure,
    ),
    Situation(
        "G03-nothing-selected",
        "no check is selected",
        lambda acme: acme.verify("-k", "no_such_check"),
        "inconclusive",
        ("nothing that is required was selected",),
    ),
    Situation(
        "G03b-no-credentials",
        "credentials are missing",
        no_secret,
        "usage",
        ("the variable ACME_RESEND_API_KEY is not set",),
    ),
    Situation(
        "G04-version-changes",
        "somebody deploys during the run",
        lambda acme: answering(acme, version=lambda number: "v1" if number <= AFTER_THE_GATE else "v2"),
        "inconclusive",
        ("v2", "v1"),
        no_failure,
        workers=BOTH,
    ),
    Situation("G05-sign-up-broken", "healthy, and nobody can sign up", sign_up_is_broken, "fail", ("500",), sign_up_failed),
    Situation(
        "G06-cut-over", "two versions answer for a while", partial(cut_over, seconds=3, deadline=20), "pass", also=partial(verifies, "v2")
    ),
    Situation(
        "G06b-no-end",
        "two versions answer for ever",
        partial(cut_over, seconds=600, deadline=2),
        "inconclusive",
        ("v1", "v2"),
    ),
    Situation("G07-no-network", "the runner reaches nobody", no_network, "inconclusive", ("has no network",), no_failure),
    Situation(
        "G07b-down",
        "the deployment alone is not reached",
        down,
        "inconclusive",
        ("cannot be reached", "can be reached from here"),
        no_failure,
    ),
    Situation("G08-dead-host", "a declared host never answers", dead_host, "inconclusive", (DEAD,), no_failure),
    Situation("G12-own-limiter", "the deployment's own limiter throttles the sample", limited, "pass", also=was_throttled),
    Situation(
        "G12b-no-end",
        "the limiter never lets go",
        lambda acme: answering(acme, lambda number, _: LIMITED_FOR_GOOD if number > AFTER_THE_GATE else None),
        "inconclusive",
        ("429",),
        no_failure,
    ),
)
