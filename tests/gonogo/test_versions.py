"""Which version answers: read on fresh connections of every declared host, until one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import httpx
import pytest

from clients.errors import Unreachable
from fixtures import versions as module
from fixtures.versions import Walled, look, read_versions, settle
from journeys import Cancelled
from tests.gonogo.fakes import ORIGIN, answering, environment, fields, healthy, through

CDN = "cdn.fm5.test"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds follow each other at once."""
    monkeypatch.setattr(module, "PAUSE", 0.005)


def by_host(**answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by the first label of the host; an exception is raised."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = answers[request.url.host.partition(".")[0]]
        if isinstance(given, Exception):
            raise given
        made: httpx.Response = given() if callable(given) else given
        return httpx.Response(made.status_code, headers=made.headers, content=made.content)

    return answer


def in_turn(ids: Iterator[str]) -> Callable[[], httpx.Response]:
    """A deployment that names these versions, one per request."""
    lock = threading.Lock()

    def answer() -> httpx.Response:
        with lock:
            return healthy(next(ids))

    return answer


def test_version_is_read_from_fresh_connections() -> None:
    """As many clients as asked for, each with connections of its own."""
    wiring = through(answering(health=healthy("v7")))
    opened: list[httpx.Client] = []
    client = wiring.wire.client

    def open_one(origin: str, **_: object) -> httpx.Client:
        opened.append(client(origin))
        return opened[-1]

    wiring.wire.client = open_one
    assert read_versions(environment(), wiring, 5) == ["v7"] * 5
    assert len(opened) == 5
    assert all(http.is_closed and http.base_url == ORIGIN for http in opened)


@pytest.mark.parametrize(
    ("version", "answer", "seen"),
    [
        ({"header": "X-Release"}, httpx.Response(200, json={}, headers={"x-release": "r1"}), "r1"),
        ({"header": "x-release"}, httpx.Response(200, json={}), None),
        ({"health_field": "build.version"}, httpx.Response(200, json={"build": {"version": "r2"}}), "r2"),
        ({"health_field": "build.version"}, httpx.Response(200, json={"build": "r2"}), None),
        ({"health_field": "version"}, httpx.Response(503, json={"version": 17}), "17"),
        ({"health_field": "version"}, httpx.Response(200, json=["r2"]), None),
        ({"health_field": "version"}, httpx.Response(502, html="<h1>Bad gateway</h1>"), None),
    ],
)
def test_where_the_version_stands(version: dict[str, str], answer: httpx.Response, seen: str | None) -> None:
    """A header in any case, or a field of the health answer by its dotted path. Where no answer names one, nothing is known."""
    assert read_versions(environment(version=version), through(answering(health=answer)), 1) == ([seen] if seen else [])


def test_version_that_nobody_declared_is_not_asked_for() -> None:
    """Without [version] no request is sent."""
    wiring = through(answering(anything=lambda _: pytest.fail("a request was sent")))
    assert read_versions(environment(version=None), wiring, 3) == []


def test_wall_in_place_of_a_version(tmp_path: object) -> None:
    """Nobody knows which version runs behind it, and nobody waits for it to go away."""
    wiring = through(answering(health=httpx.Response(403, headers={"cf-mitigated": "challenge"})))
    with pytest.raises(Walled, match=f"{ORIGIN}/health answers with a bot challenge of Cloudflare"):
        settle(environment(), wiring)


def test_every_declared_host_is_looked_at() -> None:
    """Each as often as declared, and what it names is kept by host."""
    target = environment(hosts=[CDN], version={"header": "x-version-id", "connections": 3})
    seen = look(target, through(by_host(staging=healthy("v1"), cdn=healthy("v1"))))
    assert seen.seen == {"staging.fm5.test": ("v1",) * 3, CDN: ("v1",) * 3}
    assert [fields(record, "where", "ids", "host") for record in seen.records("before")] == [
        ("before", ("v1",), "staging.fm5.test"),
        ("before", ("v1",), CDN),
    ]


def test_other_host_may_name_no_version_unless_it_should() -> None:
    """A host of pictures has none; one that [version] lists has to name it."""
    answers = by_host(staging=healthy("v1"), cdn=httpx.Response(404))
    assert look(environment(hosts=[CDN]), through(answers)).nameless == ()
    listed = environment(hosts=[CDN], version={"header": "x-version-id", "hosts": ["staging.fm5.test", CDN]})
    assert look(listed, through(answers)).nameless == (CDN,)


@pytest.mark.parametrize("version", [{"header": "x-version-id"}, {"health_field": "version"}, None])
def test_dead_host_is_silent(version: dict[str, str] | None) -> None:
    """Whether it could name a version or not: it is declared, so it has to be alive."""
    dead = Unreachable(CDN, "name", "the name was not found")
    seen = look(environment(hosts=[CDN], version=version), through(by_host(staging=httpx.Response(200, json={"version": "v1"}), cdn=dead)))
    assert seen.silent == {CDN: dead}


def test_dead_origin_is_no_silence() -> None:
    """Without the origin there is nothing to look at."""
    dead = Unreachable("staging.fm5.test", "refused", "the connection was refused")
    with pytest.raises(Unreachable, match="refused"):
        look(environment(hosts=[CDN]), through(by_host(staging=dead, cdn=healthy("v1"))))


def test_hosts_of_different_versions_are_named() -> None:
    """Behind a second host lies another deployment."""
    seen = look(environment(hosts=[CDN]), through(by_host(staging=healthy("v2"), cdn=healthy("v1"))))
    assert seen.shown == f"staging.fm5.test: v2; {CDN}: v1"
    (record,) = seen.records("before")
    assert fields(record, "ids", "host") == (("v1", "v2"), f"staging.fm5.test, {CDN}")


def test_one_version_is_believed_at_once() -> None:
    """Two rounds of connections, without a word and without waiting."""
    said: list[str] = []
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return healthy("v1")

    assert settle(environment(), through(answer), say=said.append).ids == ("v1",)
    assert (len(asked), said) == (10, [])


def test_mixture_is_waited_for() -> None:
    """Until one version has answered for several rounds: half of the connections agree by chance often enough."""
    said: list[str] = []
    lucky = ["v2", "v1", *["v2"] * 9]  # a mixture, then a round that agrees by luck
    target = environment(limits={"converge_seconds": 20})
    ids = chain(lucky, ["v1"], repeat("v2"))
    assert settle(target, through(by_host(staging=in_turn(ids))), say=said.append).ids == ("v2",)
    assert next(ids) == "v2"
    assert said == ["waiting up to 20 s until one version answers everywhere (now: v1 and v2)"]


def test_mixture_that_stays_ends_at_the_deadline() -> None:
    """What answered last is what the run is judged by."""
    ids = (("v1", "v2")[number % 2] for number in range(10_000_000))
    assert settle(environment(), through(by_host(staging=in_turn(ids)))).ids == ("v1", "v2")


def test_expected_version_is_waited_for() -> None:
    """A version that answers everywhere and is another one is the deployment before."""
    said: list[str] = []
    ids = chain(["v1"] * 12, repeat("v2"))
    target = environment(limits={"converge_seconds": 20})
    assert settle(target, through(by_host(staging=in_turn(ids))), expected="v2", say=said.append).ids == ("v2",)
    assert said == ["waiting up to 20 s until version v2 answers everywhere (now: v1)"]


def test_expected_version_that_nobody_names() -> None:
    """Is waited for as well, and never believed."""
    assert settle(environment(), through(by_host(staging=httpx.Response(200, json={}))), expected="v2").ids == ()


def test_deployment_without_versions_is_not_waited_for() -> None:
    """There is nothing to converge."""
    assert settle(environment(version=None), through(by_host(staging=healthy("v1")))).ids == ()


def test_interrupt_ends_the_waiting() -> None:
    """Ctrl-C is heard between two rounds."""
    wiring = through(by_host(staging=in_turn(iter(["v1", "v2"] * 50))))
    wiring.wire.closed.set()
    with pytest.raises(Cancelled):
        settle(environment(), wiring)
