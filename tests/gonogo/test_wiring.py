"""The wire of a run: paced, counted, watched, and kept as evidence; over real connections to a small server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from clients.wire.walls import CLOUDFLARE_CHALLENGE, Wall
from fixtures import wiring as module
from fixtures.wiring import Wiring, access_to, at
from journeys import BudgetExceeded, Cancelled
from journeys.context import PLAYING, Playing
from tests.clients.servers import Answer, Server, serving
from tests.gonogo.fakes import EMAIL, MEMBERS, ORIGIN, VARIABLES, environment

SIGN_IN = "/api/auth/sign-in/email"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A deployment with a second host, and a host of somebody else."""
    with serving(tmp_path, "staging.fm5.test", "cdn.fm5.test", "elsewhere.test") as server:
        yield server


@contextmanager
def wired(server: Server, **sections: Any) -> Iterator[Wiring]:
    """The wiring of a run against that server."""
    limits = {"limits": [{"paths": ["/sign-in/*"], "max": 2, "window": 60.0}]}
    auth = {"email": {**EMAIL, **limits}}
    given = {"connect": server.connect, "ca": str(server.ca), "hosts": ["cdn.fm5.test"], **MEMBERS, "auth": auth, **sections}
    made = Wiring(environment(**given), server.ca.with_name("limits.json"))
    try:
        yield made
    finally:
        made.close()


@contextmanager
def playing(journey: str, step: str) -> Iterator[None]:
    """As if this were a step of a journey."""

    @contextmanager
    def hold(reason: str) -> Iterator[None]:
        yield

    act = SimpleNamespace(journey_name=journey, step_name=step, check=lambda: None, hold=hold)
    token = PLAYING.set(cast("Playing", act))
    try:
        yield
    finally:
        PLAYING.reset(token)


def versions(*ids: str) -> Any:
    """A route that answers with these versions in turn; the last one stays."""
    left = list(ids)
    return lambda _: Answer(headers=(("x-version-id", left.pop(0) if len(left) > 1 else left[0]),))


def test_versions_are_those_of_declared_hosts(server: Server) -> None:
    """What another host says about its version is not the deployment's."""
    server.routes["/"] = versions("v1", "v2", "v3")
    with wired(server) as wiring:
        for host in ("staging.fm5.test", "cdn.fm5.test", "elsewhere.test"):
            wiring.wire.client(f"https://{host}").get("/")
        assert wiring.versions == {"v1", "v2"}


def test_answer_without_a_version_is_none(server: Server) -> None:
    """A page that names no version, or an environment that does not say where it stands, adds nothing."""
    server.routes["/bare"], server.routes["/"] = lambda _: Answer(), versions("v1")
    with wired(server) as wiring:
        wiring.wire.client(ORIGIN).get("/bare")
        assert wiring.versions == set()
    with wired(server, version=None) as wiring:
        wiring.wire.client(ORIGIN).get("/")
        assert wiring.versions == set()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("retry-after", "7"),), 7.0),
        ((("x-retry-after", "3"),), 3.0),
        ((("x-retry-after", "3"), ("retry-after", "7")), 7.0),
        ((("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), ("x-retry-after", "4")), 4.0),
        ((), 10.0),
        ((("retry-after", "soon"),), 10.0),
    ],
)
def test_refused_haste_says_how_long_to_wait(server: Server, headers: tuple[tuple[str, str], ...], seconds: float) -> None:
    """The seconds come from Retry-After or better-auth's own header; without one, ten are taken."""
    server.routes[SIGN_IN] = lambda _: Answer(429, headers=headers)
    with wired(server) as wiring:
        wiring.wire.client(ORIGIN).post(SIGN_IN)
        (refused,) = wiring.pacer.refused
        assert (refused.path, refused.retry_after, refused.rule) == (SIGN_IN, seconds, "/sign-in/*")


def test_other_answers_are_no_refused_haste(server: Server) -> None:
    """A 503 with Retry-After is no rate limit."""
    server.routes[SIGN_IN] = lambda _: Answer(503, headers=(("retry-after", "7"),))
    with wired(server) as wiring:
        wiring.wire.client(ORIGIN).post(SIGN_IN)
        assert wiring.pacer.refused == ()


def test_limits_are_the_declared_ones(server: Server) -> None:
    """Per client address and path, below the declared base, on the deployment's own host."""
    with wired(server) as wiring:
        (rule,) = wiring.pacer.rules
        assert (rule.paths, rule.hosts, rule.max, rule.window, rule.per) == (
            ("/api/auth/sign-in/*",),
            ("staging.fm5.test",),
            2,
            60.0,
            "address and path",
        )
    with wired(server, auth=None, mail=None) as wiring:
        assert wiring.pacer.rules == ()


def test_limits_without_a_word_are_better_auths(server: Server) -> None:
    """What better-auth limits by default is paced: https://better-auth.com/docs/concepts/rate-limit."""

    def limit(path: str) -> tuple[int, float] | None:
        found = (rule for rule in wiring.pacer.rules if rule.covers("POST", "staging.fm5.test", path))
        return next(((rule.max, rule.window) for rule in found), None)

    with wired(server, auth={"email": EMAIL}) as wiring:
        quick = ("sign-in/email", "sign-in/social", "sign-up/email", "change-password", "change-email")
        assert {limit(f"/api/auth/{path}") for path in quick} == {(3, 10)}
        assert {limit(f"/api/auth/{path}") for path in ("request-password-reset", "send-verification-email")} == {(3, 60)}
        assert limit("/api/auth/get-session") is None
        assert limit("/api/files") is None


def test_counts_are_shared_through_the_file(server: Server) -> None:
    """Another process of the run, or the next run, knows what the deployment's limiter has counted."""
    server.routes[SIGN_IN] = lambda _: Answer()
    with wired(server) as first:
        first.wire.client(ORIGIN).post(SIGN_IN)
        assert first.pacer.sent() == {"/sign-in/*": 1}
    assert server.ca.with_name("limits.json").stat().st_size > 0


def test_request_beyond_the_budget_takes_no_turn(server: Server) -> None:
    """It is refused before it waits: a turn that is not used would keep others waiting."""
    server.routes[SIGN_IN] = lambda _: Answer()
    with wired(server, budget={"requests": 1}) as wiring:
        http = wiring.wire.client(ORIGIN)
        http.post(SIGN_IN)
        with pytest.raises(BudgetExceeded):
            http.post(SIGN_IN)
        assert wiring.pacer.sent() == {"/sign-in/*": 1}
    assert len(server.arrived) == 1


def test_exchanges_are_kept_by_journey(server: Server) -> None:
    """Each journey's evidence is its own, over all of its steps, in the order in which things were sent."""
    for path in ("/a", "/b", "/c", "/d"):
        server.routes[path] = lambda _: Answer()
    with wired(server) as wiring:
        http = wiring.wire.client(ORIGIN)
        for journey, step, path in (("Joining", "up", "/a"), ("Keeping", "put", "/b"), ("Joining", "mail", "/c")):
            with playing(journey, step):
                http.get(path)
        http.get("/d")
        kept = {
            name: [exchange.url.removeprefix(ORIGIN) for exchange in wiring.exchanges(name)] for name in ("Joining", "Keeping", "Nobody")
        }
        assert kept == {"Joining": ["/a", "/c"], "Keeping": ["/b"], "Nobody": []}


def test_only_the_last_exchanges_of_a_step_are_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that asks again and again does not fill the report, nor push out what other steps have seen."""
    monkeypatch.setattr(module, "KEPT", 2)
    server.routes.update(dict.fromkeys((f"/{number}" for number in range(4)), lambda _: Answer()))
    with wired(server) as wiring:
        http = wiring.wire.client(ORIGIN)
        for step, path in (("first", "/0"), ("second", "/1"), ("second", "/2"), ("second", "/3")):
            with playing("Waiting", step):
                http.get(path)
        assert [exchange.url.removeprefix(ORIGIN) for exchange in wiring.exchanges("Waiting")] == ["/0", "/2", "/3"]


def test_secrets_are_hidden_from_the_first_request_on(server: Server) -> None:
    """A deployment that prints a key of ours does not get it into the report."""
    key = VARIABLES["RESEND_API_KEY"]
    server.routes["/"] = lambda _: Answer(body=f"debug: {key}".encode())
    with wired(server) as wiring, playing("Looking", "at"):
        assert key in wiring.wire.client(ORIGIN).get("/").text
        assert key not in "".join(exchange.transcript() for exchange in wiring.exchanges("Looking"))


def test_repeated_request_is_remembered_with_its_journey(server: Server) -> None:
    """A check that passed only thanks to a second attempt is shown as such."""
    answers = [None, Answer()]
    server.routes["/"] = lambda _: answers.pop(0)
    with wired(server) as wiring:
        with playing("Looking", "at"):
            assert wiring.wire.client(ORIGIN).get("/").status_code == 200
        ((journey, probe, why),) = wiring.retried
        assert (journey, probe) == ("Looking", f"GET {ORIGIN}/")
        assert "cut" in why


def test_every_attempt_is_paid_for(server: Server) -> None:
    """What a repeated request costs the target is counted twice."""
    answers = [None, Answer()]
    server.routes["/"] = lambda _: answers.pop(0)
    with wired(server) as wiring:
        wiring.wire.client(ORIGIN).get("/")
        assert wiring.spending.meter.total.requests == 2


def test_nothing_is_sent_after_the_end(server: Server) -> None:
    """Closing wakes whatever waits, and lets nothing more out."""
    server.routes["/"] = lambda _: Answer()
    with wired(server) as wiring:
        wiring.close()
        with pytest.raises(Cancelled):
            wiring.wire.client(ORIGIN).get("/")
    assert server.arrived == []


@pytest.mark.parametrize(("path", "value"), [("a.b.c", 1), ("a.b", {"c": 1}), ("a.x", None), ("a.b.c.d", None), ("x", None), ("n", None)])
def test_value_at_a_dotted_path(path: str, value: object) -> None:
    """None where nothing is."""
    assert at({"a": {"b": {"c": 1}}, "n": None}, path) == value


def test_version_in_the_health_answer_is_seen_during_the_run(server: Server) -> None:
    """Wherever the environment says that it stands; another path that has such a field says nothing."""
    server.routes["/health"] = lambda _: Answer(body=b'{"build":{"version":"v3"}}')
    server.routes["/other"] = lambda _: Answer(body=b'{"build":{"version":"v4"}}')
    with wired(server, version={"health_field": "build.version"}) as wiring:
        for path in ("/health", "/other"):
            wiring.wire.client(ORIGIN).get(path)
        assert wiring.versions_by_host == {"staging.fm5.test": ("v3",)}
        wiring.settled()
        assert wiring.versions_by_host == {}, "what answered while the run waited for one version is past"


def test_wall_is_told_to_the_watch(server: Server) -> None:
    """With the exchange; other answers are not."""
    heard: list[tuple[Wall, str, str, int]] = []
    server.routes["/wall"] = lambda _: Answer(403, headers=(("cf-mitigated", "challenge"), ("x-version-id", "v9")))
    server.routes["/own"] = lambda _: Answer(403)
    with wired(server) as wiring:
        wiring._watch = lambda *wall: heard.append(wall)
        for path in ("/wall", "/own"):
            wiring.wire.client(ORIGIN).get(path)
        assert wiring.versions == set()
        # A browser's answers are heard in the same way; a cookie-less header list is all it has.
        for status, headers in ((403, {"CF-Mitigated": "challenge", "x-version-id": "v9"}), (200, {"X-Version-Id": "v1"})):
            wiring.answered_in_browser("GET", f"{ORIGIN}/page", status, headers.items(), b"")
        assert wiring.versions == {"v1"}
    assert heard == [(CLOUDFLARE_CHALLENGE, "GET", f"{ORIGIN}{path}", 403) for path in ("/wall", "/page")]


def test_declared_access_goes_to_the_deployment_alone(server: Server) -> None:
    """Neither to the bucket, nor to the mail provider, though a file may list their hosts as its own."""
    s3 = {"endpoint": "https://files.fm5.test", "bucket": "b", "access_key_id": "CF_TOKEN", "secret_access_key": "CF_API"}
    storage, hosts = {"objects": {}, "s3": s3}, ["cdn.fm5.test", "files.fm5.test"]
    with wired(server, access={"headers": {"X-Bypass": "BYPASS"}}, hosts=hosts, storage=storage) as wiring:
        for host in ("staging.fm5.test", "cdn.fm5.test", "elsewhere.test"):
            wiring.wire.client(f"https://{host}").get("/")
        access = access_to(wiring.environment)
    assert [arrived.headers.get("x-bypass") for arrived in server.arrived] == [VARIABLES["BYPASS"]] * 2 + [None]
    assert access is not None
    assert not access.admits("https://files.fm5.test/b/key?X-Amz-Signature=1")


def test_versions_before_the_run_are_forgotten(server: Server) -> None:
    """What answered while a cut-over was waited for is no change during the run."""
    server.routes["/"] = versions("v1", "v2")
    with wired(server) as wiring:
        http = wiring.wire.client(ORIGIN)
        http.get("/")
        wiring.settled()
        http.get("/")
        assert wiring.versions_by_host == {"staging.fm5.test": ("v2",)}


def test_version_is_asked_for_by_the_name_of_its_worker(server: Server) -> None:
    """On every request to the deployment, also where nothing has to be opened; without a version nothing is sent."""
    with wired(server, promotion={"worker": "fm5"}) as wiring:
        assert access_to(wiring.environment) is None
        access = access_to(wiring.environment, "v2")
    assert access is not None
    assert dict(access.for_url(f"{ORIGIN}/health")) == {"cloudflare-workers-version-overrides": 'fm5="v2"'}
    assert not access.for_url("https://elsewhere.test/")


def test_unpaced_requests_do_not_wait(server: Server) -> None:
    """A drill uses a limit up without waiting for its turn; afterwards, told by the limiter, everybody waits again."""
    server.routes[SIGN_IN] = lambda _: Answer(200, b"{}")
    with wired(server) as wiring:
        client = wiring.wire.client(ORIGIN)
        with wiring.unpaced():
            for _ in range(5):
                assert client.post(SIGN_IN, json={}).status_code == 200
            assert wiring.pacer.sent() == {}
            server.routes[SIGN_IN] = lambda _: Answer(429, b"{}", headers=(("x-retry-after", "60"),))
            assert client.post(SIGN_IN, json={}).status_code == 429
        waiting = threading.Timer(0.3, wiring.pacer.cancel)
        waiting.start()
        with pytest.raises(Cancelled):
            client.post(SIGN_IN, json={})
        waiting.join()


def test_sign_ups_and_sign_ins_are_on_record(server: Server) -> None:
    """How each was answered, whoever asked; other requests are not counted."""
    server.routes[SIGN_IN] = lambda _: Answer(503)
    server.routes["/api/auth/sign-up/email"] = lambda _: Answer(200, b"{}")
    server.routes["/api/auth/sign-out"] = lambda _: Answer(200, b"{}")
    with wired(server) as wiring:
        client = wiring.wire.client(ORIGIN)
        for path in (SIGN_IN, "/api/auth/sign-up/email", "/api/auth/sign-out"):
            client.post(path, json={})
        assert [(urlsplit(seen.url).path, seen.status) for seen in wiring.answered()] == [(SIGN_IN, 503), ("/api/auth/sign-up/email", 200)]
