"""The health gate: what is read before anything else, and what keeps a run from beginning."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.errors import Malformed, Unreachable
from gonogo.plugin import loop
from gonogo.plugin.asked import is_part
from gonogo.plugin.loop import admit, announce
from gonogo.plugin.starting import WIRING
from gonogo.run.gate import gate
from gonogo.run.state import Role
from reports.policy import Policy
from reports.revisions import named
from sandbox import SandboxError
from tests.gonogo.fakes import MEMBERS, ORIGIN, ROLLBACK, answering, config, environment, fields, healthy, records, run, through
from tests.gonogo.wirings import priced

PAGE = httpx.Response(200, html="<h1>Sign in to continue</h1>")


def test_healthy_deployment_is_let_through(tmp_path: Path) -> None:
    """The version that answers is written down as what the run began with."""
    made = run(tmp_path)
    assert gate(made, through(answering(health=healthy()))) is None
    (record,) = records(made)
    assert fields(record, "kind", "where", "ids") == ("version", "before", ("v1",))


def test_unhealthy_answer_is_an_answer(tmp_path: Path) -> None:
    """That a deployment says it is not well is for a check to report."""
    sick = httpx.Response(503, json={"status": "unhealthy"}, headers={"x-version-id": "v1"})
    made = run(tmp_path)
    assert gate(made, through(answering(health=sick))) is None
    assert [record.kind for record in records(made)] == ["version"]


@pytest.mark.parametrize("page", [PAGE, httpx.Response(302, headers={"location": "/login", "content-type": "text/html"})])
def test_page_for_every_address_is_a_wall(tmp_path: Path, page: httpx.Response) -> None:
    """A login wall or a parked domain answers also what cannot exist; nothing seen behind it would mean anything."""
    made = run(tmp_path)
    text = gate(made, through(answering(anything=page)))
    assert text is not None
    assert text.startswith(f"{ORIGIN} answers every address with a page (/health: {page.status_code} text/html)")
    (record,) = records(made)
    assert fields(record, "kind", "what", "host", "text") == ("trouble", "wall", "staging.fm5.test", text)


def test_address_that_cannot_exist_is_a_new_one_each_time(tmp_path: Path) -> None:
    """No wall could have learnt it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, html="page")

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        gate(run(tmp_path / name), through(answer))
    odd = [path for path in asked if path != "/health"]
    assert len(set(odd)) == len(odd) >= 2
    assert all(path.startswith("/gonogo-") for path in odd)


@pytest.mark.parametrize(
    "answers",
    [
        {"health": healthy(), "anything": PAGE},
        {"health": PAGE},
        {"health": PAGE, "anything": httpx.Response(404, html="not found")},
        {"health": PAGE, "anything": httpx.Response(200, text="ok")},
    ],
    ids=["a page for every other address", "a page for health alone", "a page that says not found", "no pages"],
)
def test_what_is_not_a_wall(tmp_path: Path, answers: dict[str, httpx.Response]) -> None:
    """An app with a page for unknown addresses, and one whose health answer is broken, are verified."""
    made = run(tmp_path)
    assert gate(made, through(answering(**answers))) is None
    assert not records(made, "trouble")


@pytest.mark.parametrize(
    ("trouble", "words", "fix"),
    [
        (
            Unreachable("staging.fm5.test", "name", "the name was not found"),
            "cannot be reached: the name was not found",
            "check the address",
        ),
        (Malformed("GET", "/health", 200, "HTTP"), "does not answer as a deployment would", ""),
    ],
    ids=["unreachable", "something else"],
)
def test_deployment_that_does_not_answer(tmp_path: Path, trouble: Exception, words: str, fix: str) -> None:
    """Nothing else starts; the sentence names the origin and the cause, and the ledger keeps it."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise trouble

    made = run(tmp_path)
    text = gate(made, through(answering(anything=fail)))
    assert text is not None
    assert text.startswith(ORIGIN)
    assert words in text
    (record,) = records(made)
    assert fields(record, "what", "host", "text") == ("unreachable", "staging.fm5.test", text)
    assert str(fields(record, "fix")[0]).startswith(fix)


def test_closed_port_is_unreachable(tmp_path: Path) -> None:
    """The same with a real connection that nobody answers."""
    made = run(tmp_path, environment(connect="127.0.0.1:1"))
    wiring = priced(made.environment, made.limits)
    try:
        assert "the connection was refused" in (gate(made, wiring) or "")
    finally:
        wiring.close()


def test_deployment_without_health_is_asked_for_its_first_page(tmp_path: Path) -> None:
    """The gate then looks at `/`, and reads the version there."""
    made = run(tmp_path, environment(health=None))
    assert gate(made, through(answering(root=healthy("v3")))) is None
    assert fields(records(made)[0], "ids") == (("v3",),)


def test_cut_over_that_does_not_end_stops_the_run(tmp_path: Path) -> None:
    """Both versions are written down, which is inconclusive; no journey is wasted on a mixture."""
    ids = cycle(["v1", "v2"])
    made = run(tmp_path)
    text = gate(made, through(answering(health=lambda _: healthy(next(ids)))))
    assert text == "several versions still answer after 1 s (v1 and v2): wait until the deployment has converged, and run again"
    (record,) = records(made)
    assert fields(record, "kind", "where", "ids") == ("version", "before", ("v1", "v2"))


def test_deploy_that_has_not_arrived_stops_the_run(tmp_path: Path) -> None:
    """CI said which version it uploaded; verifying the one before would say nothing about it."""
    made = run(tmp_path, expected="v2")
    text = gate(made, through(answering(health=healthy("v1"))))
    assert text == "version v2 has not arrived after 1 s: staging.fm5.test answers with v1"
    (trouble,) = records(made, "trouble")
    assert fields(trouble, "what", "text") == ("unreachable", text)


def test_deploy_that_has_arrived_is_verified(tmp_path: Path) -> None:
    """The expected version answers."""
    made = run(tmp_path, expected="v2")
    assert gate(made, through(answering(health=healthy("v2")))) is None
    assert not records(made, "trouble")


def test_dead_host_is_named_and_the_rest_is_verified(tmp_path: Path) -> None:
    """A declared host that was never alive leaves something unknown, whatever the checks find."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.fm5.test":
            raise Unreachable("cdn.fm5.test", "name", "the name was not found")
        return healthy("v1")

    made = run(tmp_path, environment(hosts=["cdn.fm5.test"]))
    assert gate(made, through(answer)) is None
    (trouble,) = records(made, "trouble")
    assert fields(trouble, "what", "host", "text") == (
        "unreachable",
        "cdn.fm5.test",
        "cdn.fm5.test is declared and never answered: the name was not found",
    )


@pytest.mark.parametrize(
    ("page", "what", "words"),
    [
        (httpx.Response(403, headers={"cf-mitigated": "challenge"}), "challenge", "a bot challenge of Cloudflare"),
        (httpx.Response(403, headers={"set-cookie": "_vercel_sso_nonce=x"}), "wall", "Vercel's login page (Deployment Protection)"),
    ],
)
def test_wall_is_named_with_what_opens_it(tmp_path: Path, page: httpx.Response, what: str, words: str) -> None:
    """Nothing starts before it."""
    made = run(tmp_path)
    text = gate(made, through(answering(anything=page)))
    assert text == f"staging.fm5.test answers with {words} (GET /health: 403)"
    (trouble,) = records(made)
    assert fields(trouble, "kind", "what", "text") == ("trouble", what, text)
    assert "[access.headers]" in str(fields(trouble, "fix"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(302, headers={"location": "http://login.guest-wifi.test/portal"}), "a redirection to login.guest-wifi.test"),
        (httpx.Response(401, headers={"www-authenticate": 'Basic realm="x"'}), "a demand for a password"),
    ],
)
def test_same_answer_for_every_address_is_a_wall(tmp_path: Path, answer: httpx.Response, words: str) -> None:
    """A captive portal, somebody's single sign-on, a password before a staging site."""
    made = run(tmp_path)
    text = gate(made, through(answering(anything=answer))) or ""
    assert text.startswith(f"{ORIGIN} answers every address with {words} (/health: {answer.status_code}")
    assert [fields(record, "what") for record in records(made)] == [("wall",)]


@pytest.mark.parametrize(
    "answers",
    [
        {"health": httpx.Response(302, headers={"location": "https://login.acme.test/"}), "anything": httpx.Response(404)},
        {"anything": httpx.Response(302, headers={"location": f"{ORIGIN}/login"})},
        {"anything": httpx.Response(401, html="<h1>Sign in</h1>")},
        {"anything": httpx.Response(403, json={"error": "forbidden"})},
        {"health": httpx.Response(401, headers={"www-authenticate": "Basic"}), "anything": PAGE},
    ],
    ids=["health redirected", "own login", "own 401 for everything", "own 403 for everything", "password for health alone"],
)
def test_own_refusal_is_for_checks_to_report(tmp_path: Path, answers: dict[str, httpx.Response]) -> None:
    """A deployment that refuses is verified, and fails."""
    made = run(tmp_path)
    assert gate(made, through(answering(**answers))) is None
    assert not records(made, "trouble")


SESSION = "api/auth/get-session"
NOBODY = httpx.Response(200, json=None)


@pytest.mark.parametrize(
    ("sections", "answers", "through_it"),
    [
        ({**MEMBERS, "health": None}, {"anything": PAGE, SESSION: NOBODY}, True),
        ({**MEMBERS, "health": None}, {"anything": PAGE, SESSION: httpx.Response(404, text="no")}, True),
        ({**MEMBERS, "health": None}, {"anything": PAGE}, False),
        (MEMBERS, {"anything": PAGE, SESSION: NOBODY}, True),
        ({"health": {"status": 200}}, {"anything": PAGE}, False),
        ({"health": {"contains": "Sign in to"}}, {"anything": PAGE}, True),
        ({"health": {"contains": "Notes"}}, {"anything": PAGE}, False),
    ],
    ids=[
        "no health, an API",
        "no health, nobody there",
        "no health, a wall",
        "health swallowed",
        "status alone",
        "its own words",
        "others'",
    ],
)
def test_single_page_that_answers_every_address(
    tmp_path: Path, sections: dict[str, Any], answers: dict[str, httpx.Response], through_it: bool
) -> None:
    """It is no wall where what its pages ask is answered in another way, or where the file says what stands in it."""
    made = run(tmp_path, environment(**{"version": None, **sections}))
    text = gate(made, through(answering(**answers)))
    assert (text is None) is through_it, text
    if text:
        assert "health.contains" in str(fields(records(made, "trouble")[0], "fix")[0])


def test_nothing_stands_in_front_of_this_machine(tmp_path: Path) -> None:
    """An app that answers every address with a page, here: what is wrong with it is for checks to say."""
    here = environment("sandbox", origin="http://localhost:3000", sandbox=None, version=None)
    assert gate(run(tmp_path, here), through(answering(anything=PAGE))) is None


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, False),
        ({"keyword": "mail"}, True),
        ({"markexpr": "smoke"}, True),
        ({"deselect": ["suites/auth"]}, True),
        ({"lf": True}, True),
        ({"maxfail": 1}, True),
        ({"args": ["suites"]}, False),
        ({"args": ["suites/"]}, False),
        ({"args": ["suites/auth"]}, True),
        ({"args": ["suites/auth", "suites"]}, False),
        ({"args": ["suites/auth/test_sign_in.py::test_works"]}, True),
        ({"args": ["suites"], "keyword": "mail"}, True),
    ],
)
def test_part_of_a_run(options: dict[str, Any], part: bool) -> None:
    """Whatever leaves checks out makes a part, which never gets a ticket; all of the suites, also when named, are the whole."""
    assert is_part(config(**options)) is part


def test_first_record_says_what_the_run_set_out_to_do(tmp_path: Path) -> None:
    """Environment, tier, origin, capabilities, policy, and the passes that have to report their end."""
    made = run(tmp_path, environment("sandbox", deploy={"rollback": ROLLBACK}))
    announce(config(made), made)
    (record,) = records(made)
    assert fields(record, "kind", "environment", "tier", "origin") == ("run", "target", "sandbox", ORIGIN)
    assert fields(record, "capabilities", "passes") == (("deploy.rollback", "health", "origin.https", "version"), ("main", "drill"))
    assert fields(record, "selection", "started", "policy", "version_readable") == ("whole", 1000.0, Policy.load().digest, True)
    assert fields(record, "environment_digest", "depth", "checks") == (made.environment.digest, "gate", ())
    assert fields(record, "shard", "shards") == (0, 0)


def test_first_record_names_the_checks_of_other_repositories(tmp_path: Path) -> None:
    """Each folder with its revision, by name; the suites' own revision stands elsewhere."""
    folder = tmp_path / "app_checks"
    folder.mkdir()
    (folder / "test_door.py").write_text("")
    made = run(tmp_path)
    announce(config(made, args=["suites", str(folder)]), made)
    (record,) = records(made)
    assert fields(record, "checks", "selection") == ((named(folder),), "whole")


def test_first_record_of_a_part_keeps_what_was_typed(tmp_path: Path) -> None:
    """The selection, and no folder of this machine."""
    made = run(tmp_path, environment("production", version=None))
    announce(config(made, args=["/somewhere/else"], keyword="mail and not sent", markexpr="smoke"), made)
    (record,) = records(made)
    assert fields(record, "selection", "arguments") == ("part", "-k 'mail and not sent' -m 'smoke'")
    assert fields(record, "passes", "version_readable") == (("main",), False)


@pytest.mark.parametrize("role", [Role.WORKER, Role.DRILL])
def test_only_the_owner_keeps_the_gate(tmp_path: Path, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its other processes would write the first record again."""
    monkeypatch.setattr(loop, "gate", lambda *_: pytest.fail("the gate was kept again"))
    made = run(tmp_path, role=role)
    of = config(made)
    assert admit(of, made) is True
    of.stash[WIRING].close()
    assert records(made) == []


@pytest.mark.parametrize("stopped", [None, "nobody answers"])
def test_gate_stops_the_run(tmp_path: Path, stopped: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a reason nothing starts."""
    monkeypatch.setattr(loop, "gate", lambda *_: stopped)
    made = run(tmp_path)
    of = config(made)
    assert admit(of, made) is (stopped is None)
    of.stash[WIRING].close()
    assert made.stopped == stopped


def test_sandbox_that_does_not_boot_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is said once, and nothing is asked of anybody."""

    def ready(_: object) -> None:
        raise SandboxError("the port is taken")

    monkeypatch.setattr(loop, "ready", ready)
    made = run(tmp_path, environment("sandbox"))
    assert admit(config(made), made) is False
    assert made.stopped == "the sandbox could not be booted: the port is taken"


def test_override_that_was_not_honoured_stops_the_run(tmp_path: Path) -> None:
    """Cloudflare ignores an override that does not fit, and the live version answers: that says nothing about the other one."""
    made = run(tmp_path, expected="v2", override="v2")
    assert gate(made, through(answering(health=healthy("v1"))))
    (trouble,) = records(made, "trouble")
    assert "stage it first" in str(fields(trouble, "fix"))


def test_version_beside_the_live_one_has_no_drills(tmp_path: Path) -> None:
    """A drill would switch the live one."""
    target = environment(deploy={"rollback": ROLLBACK})
    assert run(tmp_path, target).drills
    assert not run(tmp_path, target, override="v2").drills
