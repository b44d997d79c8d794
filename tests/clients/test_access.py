"""Past a wall: its headers go to the deployment's own hosts, and nobody else ever sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clients.platforms.cloudflare import OVERRIDE, CloudflareWorker
from clients.wire.access import AccessHeaders
from clients.wire.wire import Exchange, Wire
from tests.clients.servers import Answer, Server, serving

SECRET = "open-sesame-4711"
ORIGIN = "https://staging.fm5.test"
ACCESS = AccessHeaders.of({"X-Wall-Bypass": SECRET}, ORIGIN, ["cdn.fm5.test"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The deployment with a second host, and somebody else."""
    with serving(tmp_path, "staging.fm5.test", "cdn.fm5.test", "elsewhere.test", "staging.fm5.test.evil.test") as server:
        yield server


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        (f"{ORIGIN}/", True),
        (f"{ORIGIN}:443/api?x=1", True),
        ("https://STAGING.fm5.test/", True),
        ("https://cdn.fm5.test/app.js", True),
        ("http://staging.fm5.test/", False),
        ("https://staging.fm5.test:8443/", False),
        ("https://staging.fm5.test.evil.test/", False),
        ("https://staging.fm5.test@evil.test/", False),
        ("https://evil.test/?u=https://staging.fm5.test/", False),
        ("https://fm5.test/", False),
        ("wss://staging.fm5.test/", False),
        ("https://staging.fm5.test:x/", False),
        ("about:blank", False),
        ("", False),
    ],
)
def test_addresses_that_may_see_it(url: str, admitted: bool) -> None:
    """The declared hosts under the origin's scheme and port; never in the clear."""
    assert ACCESS.admits(url) is admitted
    assert ACCESS.for_url(url) == ({"x-wall-bypass": SECRET} if admitted else {})


def test_access_shows_no_secret() -> None:
    """Not in a traceback either."""
    assert SECRET not in repr(ACCESS)


def seen(server: Server, path: str) -> str | None:
    """The header of the last request to a path."""
    return [arrived.headers.get("x-wall-bypass") for arrived in server.arrived if arrived.path == path][-1]


def test_every_client_of_the_wire_sends_it(server: Server) -> None:
    """Whatever host its base is, by where each request goes."""
    with Wire(connect=server.connect, ca=server.ca, access=ACCESS) as wire:
        for base in (ORIGIN, "https://elsewhere.test"):
            with wire.client(base) as http:
                http.get(f"{ORIGIN}/own")
                http.post("https://cdn.fm5.test/second", json={"a": 1})
                http.put("https://elsewhere.test/presigned", content=b"file")
                http.get("https://staging.fm5.test.evil.test/lookalike")
            assert [seen(server, path) for path in ("/own", "/second", "/presigned", "/lookalike")] == [SECRET, SECRET, None, None]
    assert [arrived.body for arrived in server.arrived if arrived.path == "/second"] == [b'{"a":1}'] * 2


def test_it_follows_no_redirection(server: Server) -> None:
    """Also for a client that follows redirections by itself; back at the deployment it is there again."""
    server.routes["/out"] = lambda _: Answer(302, headers=(("location", "https://elsewhere.test/in"),))
    server.routes["/in"] = lambda _: Answer(302, headers=(("location", f"{ORIGIN}/back"),))
    server.routes["/back"] = lambda _: Answer(200)
    with Wire(connect=server.connect, ca=server.ca, access=ACCESS) as wire, wire.client(ORIGIN) as http:
        assert http.get("/out", follow_redirects=True).status_code == 200
    assert [seen(server, path) for path in ("/out", "/in", "/back")] == [SECRET, None, SECRET]


def test_evidence_names_the_header_and_hides_its_value(server: Server) -> None:
    """In the request's headers, and where a page repeats it."""
    heard: list[Exchange] = []
    server.routes["/echo"] = lambda arrived: Answer(body=str(arrived.headers.get("x-wall-bypass")).encode())
    with Wire(connect=server.connect, ca=server.ca, access=ACCESS, after=heard.append) as wire, wire.client(ORIGIN) as http:
        assert http.get("/echo").text == SECRET
    (exchange,) = heard
    assert "x-wall-bypass" in dict(exchange.request_headers)
    assert SECRET not in exchange.transcript() + exchange.curl()


def test_request_of_the_caller_stays_as_it_was(server: Server) -> None:
    """What a caller keeps, and prints, has no secret in it."""
    with Wire(connect=server.connect, ca=server.ca, access=ACCESS) as wire, wire.client(ORIGIN) as http:
        request = http.build_request("GET", "/")
        answer = http.send(request)
    assert isinstance(answer, httpx.Response)
    assert "x-wall-bypass" not in request.headers
    assert "x-wall-bypass" not in answer.request.headers


def test_what_is_no_secret_goes_the_same_way(server: Server) -> None:
    """Which version is asked for is sent to the same hosts, and is not hidden in what was sent."""
    asked = CloudflareWorker.override("fm5", "aaaaaaaa-1111-4111-8111-111111111111")
    access, heard = AccessHeaders.of({}, ORIGIN, ["cdn.fm5.test"], plain=asked), list[Exchange]()
    with Wire(connect=server.connect, ca=server.ca, access=access, after=heard.append) as wire:
        for host in ("staging.fm5.test", "cdn.fm5.test", "elsewhere.test"):
            with wire.client(f"https://{host}") as http:
                http.get("/")
        assert wire.redactor.text(next(iter(asked.values()))) == next(iter(asked.values()))
    sent = [arrived.headers.get(OVERRIDE.lower()) for arrived in server.arrived]
    assert sent == [next(iter(asked.values()))] * 2 + [None]
