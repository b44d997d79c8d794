"""Reading a health endpoint, and measuring it."""

import math
import threading

import httpx
import pytest

from clients.errors import Cancelled, Inconclusive, Malformed, Refusal, Unreachable
from clients.health import Distribution, name_at, read, sample
from clients.machine import Processors
from tests.clients.mocks import Reply, Service, failing

HEALTHY = httpx.Response(200, headers={"x-version-id": "v1"}, json={"status": "healthy"})


def test_answer_is_read_whatever_its_status() -> None:
    """Being unhealthy is an answer as well."""
    service = Service({"GET /health": [HEALTHY, httpx.Response(503, json={"status": "unhealthy"})]})
    http = service.client()
    first, second = read(http, "/health"), read(http, "/health")
    assert (first.status, first.body, first.headers["x-version-id"]) == (200, {"status": "healthy"}, "v1")
    assert (second.status, second.body) == (503, {"status": "unhealthy"})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, html="<p>up</p>"), Malformed),
        (httpx.Response(200, json="up"), Malformed),
        (httpx.Response(307, headers={"location": "/sign-in"}, json={}), Malformed),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), Refusal),
    ],
    ids=["html", "bare", "redirect", "gateway"],
)
def test_something_else_is_named(answer: httpx.Response, error: type[Exception]) -> None:
    """A page, a login wall, a gateway's error."""
    with pytest.raises(error, match="GET /health -> "):
        read(Service({"GET /health": answer}).client(), "/health")


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"OK", "text/plain", "OK"),
        (b" OK\r\n", "text/html; charset=utf-8", "OK"),
        (b"\xef\xbb\xbfOK", "text/plain", "OK"),
        (b'"OK"', "application/json", "OK"),
        (b'"OK"', "application/json", '"OK"'),
        (b"true", "application/health+json", "true"),
        (b"1", "application/json", "1"),
        (b"", "text/plain", ""),
    ],
)
def test_answer_without_fields_is_read_where_it_is_declared(body: bytes, kind: str, text: str) -> None:
    """H5, H7: a text, a bare value or nothing is an answer for whom declares it; another one reads otherwise."""
    service = Service({"GET /health": httpx.Response(200, headers={"content-type": kind}, content=body)})
    answer = read(service.client(), "/health", plain=True)
    assert answer.reads(text)
    assert not answer.reads("healthy")
    assert answer.reads("") is (not body)


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        (b'{"components": [{"healthy": true}, {"healthy": false}]}', "components.0.healthy", True),
        (b'{"components": [{"healthy": true}, {"healthy": false}]}', "components.1.healthy", False),
        (b'{"components": [{"healthy": true}]}', "components.1.healthy", None),
        (b'{"components": [{"healthy": true}]}', "components.-1.healthy", None),
        (b'{"components": {"0": "up"}}', "components.0", "up"),
        (b'[{"status": "pass"}]', "0.status", "pass"),
        (b'\xef\xbb\xbf{"status": "ok"}', "status", "ok"),
        (b'{"checks": {"db:time": [{"status": "pass"}]}}', "checks.db:time.0.status", "pass"),
        (b'{"status": "ok"}', "status.0", None),
    ],
)
def test_path_leads_into_lists(body: bytes, path: str, found: object) -> None:
    """H6: parts of a health answer may be in a list, and the answer may be one; so it is read with a byte order mark in front."""
    service = Service({"GET /health": httpx.Response(200, headers={"content-type": "application/health+json"}, content=body)})
    assert read(service.client(), "/health").at(path) == found


def test_sampling_counts_every_request_once() -> None:
    """As many requests as asked for, from as many clients as asked for; every one is a time or an error."""
    replies: list[Reply] = [HEALTHY] * 57
    replies[5] = httpx.Response(500, json={})
    replies[6] = failing(Unreachable("h", "reset", "the connection was cut"))
    service = Service({"GET /health": replies})
    lock, answer = threading.Lock(), service.answer
    clients: list[httpx.Client] = []

    def one_at_a_time(request: httpx.Request) -> httpx.Response:
        with lock:
            return answer(request)

    def client() -> httpx.Client:
        http = httpx.Client(base_url="https://h", transport=httpx.MockTransport(one_at_a_time))
        clients.append(http)
        return http

    taken = sample(client, "/health", requests=20, at_once=4)
    assert len(service.requests) == taken.requests == 20
    assert sorted(taken.errors) == ["500 application/json", "h cannot be reached: the connection was cut"]
    assert len(taken.errors) / taken.requests == 0.1
    assert len(clients) == 4
    assert all(http.is_closed for http in clients)


LIMITED = httpx.Response(429, json={"message": "Too many requests"})


def test_rate_limiter_says_nothing_about_health() -> None:
    """What a rate limiter turned away is asked again, and is neither an error of the deployment nor its answer."""
    service = Service({"GET /health": [HEALTHY, LIMITED, HEALTHY, LIMITED, LIMITED, *[HEALTHY] * 20]})
    taken = sample(service.client, "/health", requests=10, at_once=1)
    assert (taken.requests, taken.errors, len(service.requests)) == (10, (), 13)
    assert read(Service({"GET /health": [LIMITED, HEALTHY]}).client(), "/health").status == 200


def test_rate_limiter_that_never_lets_go_leaves_nothing_known() -> None:
    """Its refusal ends the sample, and the single question."""
    service = Service({"GET /health": [LIMITED] * 9})
    with pytest.raises(Refusal, match="429"):
        sample(service.client, "/health", at_once=1)
    with pytest.raises(Refusal, match="429"):
        read(service.client(), "/health")


def test_waiting_for_a_turn_is_no_slowness() -> None:
    """The time that the wire held a request back is not the deployment's."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"status": "ok"}, extensions={"held": 5.0}))
    taken = sample(lambda: httpx.Client(base_url="https://h", transport=transport), "/health", requests=10)
    assert taken.max < 0


def test_sampling_stops_when_interrupted() -> None:
    """No request is sent after the interrupt."""
    service, cancelled = Service({"GET /health": HEALTHY}), threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled, match="0 of 40"):
        sample(service.client, "/health", cancelled=cancelled)
    assert service.requests == []


def test_percentiles_are_of_the_nearest_rank() -> None:
    """No interpolation: a percentile is a time that was measured."""
    taken = Distribution(tuple(float(value) for value in range(1, 21)), ())
    assert (taken.p50, taken.p95, taken.max, taken.percentile(0)) == (10, 19, 20, 1)
    assert taken.slower_than(18) == 2
    assert math.isnan(Distribution((), ("refused",)).p95)


def test_slowness_is_more_late_answers_than_are_allowed() -> None:
    late = (10.0,) * 37 + (1200.0,) * 3
    assert Distribution(late, ()).slowness(1000, 3) == ""
    assert Distribution(late, ()).slowness(1000, 2).startswith("3 of 40 answers took longer than 1000 ms\n")


def test_a_busy_machine_is_no_slow_deployment() -> None:
    """Where only some answers are late; where most are, the deployment is slow, however busy the machine that asks."""
    some, most = (10.0,) * 37 + (1200.0,) * 3, (10.0,) * 10 + (1200.0,) * 30
    with pytest.raises(
        Inconclusive, match=r"3 of 40 answers took longer than 1000 ms, and this machine's processors were busy 95% of that time: verify"
    ):
        Distribution(some, (), busy=0.951).slowness(1000, 2)
    assert Distribution(some, (), busy=0.89).slowness(1000, 2).startswith("3 of 40")
    assert Distribution(most, (), busy=1.0).slowness(1000, 2).startswith("30 of 40")
    assert Distribution((10.0,) * 40, (), busy=1.0).slowness(1000, 2) == ""


def test_sampling_notices_how_busy_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([Processors(100.0, 50.0), Processors(104.0, 51.0)])
    monkeypatch.setattr(Processors, "now", classmethod(lambda _: next(seen)))
    assert sample(Service({"GET /health": HEALTHY}).client, "/health", requests=4).busy == 0.75


def test_histogram_shows_every_sample() -> None:
    """Classes without a sample are left out; the counts add up; errors are quoted."""
    lines = Distribution((1.0, 7.0, 8.0, 30_000.0), ("500",)).histogram().splitlines()
    assert [line.split()[-2] for line in lines[:3]] == ["1", "2", "1"]
    assert lines[2].strip().startswith("from 2500 ms")
    assert lines[3] == "p50 7 ms, p95 30000 ms, max 30000 ms, 1 of 5 failed"
    assert lines[4] == "error: 500"


@pytest.mark.parametrize(
    ("body", "name"),
    [({"v": 0}, "0"), ({"v": "abc"}, "abc"), ({"v": 7}, "7"), ({"v": None}, ""), ({"v": False}, ""), ({}, ""), ([], "")],
)
def test_version_of_a_health_answer_is_a_name(body: object, name: str) -> None:
    """A build may have the number 0; what is no name is none."""
    assert name_at(body, "v") == name
