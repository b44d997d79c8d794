"""A browser past a wall: a real Chromium, the deployment, and somebody else who must never see what opens it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from base import tools
from clients.browser.chromium import Chromium
from clients.browser.interception import Headers
from clients.wire.access import AccessHeaders
from clients.wire.redaction import Redactor
from clients.wire.walls import CLOUDFLARE_CHALLENGE, recognise
from tests.clients.servers import Answer, Arrived, Server, serving

pytestmark = pytest.mark.skipif(tools.chromium() is None, reason="no Chromium on this machine; install chromium or Google Chrome")

ORIGIN, OTHER = "https://staging.fm5.test", "https://elsewhere.test"
SECRET = "open-sesame-4711"
ACCESS = AccessHeaders.of({"x-wall-bypass": SECRET}, ORIGIN, ["cdn.fm5.test"])
HTML, SCRIPT = ("content-type", "text/html"), ("content-type", "text/javascript")
HOME = f"""<!doctype html><img src="/own.png"><img src="https://cdn.fm5.test/cdn.png"><img src="{OTHER}/other.png">
<img src="/redirected.png"><iframe src="{OTHER}/frame"></iframe>
<script>
fetch('/own-fetch'); fetch('{OTHER}/other-fetch', {{mode: 'no-cors'}}); fetch('/redirected-fetch', {{mode: 'no-cors'}});
navigator.sendBeacon('{OTHER}/beacon', 'x'); new Worker('/worker.js'); window.open('/popup');
</script>"""
WORKER = f"fetch('/own-worker'); fetch('{OTHER}/other-worker', {{mode: 'no-cors'}})"


@dataclass(frozen=True)
class Heard:
    """An answer of which the listener heard."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Visit:
    """What a visit left with the servers and with the listener."""

    arrived: tuple[Arrived, ...]
    heard: tuple[Heard, ...]
    trace: bytes

    def seen(self, host: str) -> dict[str, str | None]:
        """What opens the wall, as each request to a host showed it, by path."""
        return {a.path: a.headers.get("x-wall-bypass") for a in self.arrived if a.headers.get("host") == host}


def answering(body: str, *headers: tuple[str, str], status: int = 200) -> Callable[[Arrived], Answer]:
    """A route with one answer."""
    return lambda _: Answer(status, body.encode(), headers)


def leading(to: str, status: int = 302) -> Callable[[Arrived], Answer]:
    """A route that leads elsewhere."""
    return answering("", ("location", to), status=status)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The deployment and somebody else; pages of each ask the other."""
    with serving(tmp_path_factory.mktemp("site"), "staging.fm5.test", "cdn.fm5.test", "elsewhere.test") as server:
        server.routes |= {
            "/": answering(HOME, HTML),
            "/worker.js": answering(WORKER, SCRIPT),
            "/popup": answering('<img src="/own-popup.png">', HTML),
            "/frame": answering(f'<img src="{ORIGIN}/embedded.png"><img src="/framed.png">', HTML),
            "/redirected.png": leading(f"{OTHER}/after-image"),
            "/redirected-fetch": leading(f"{OTHER}/after-fetch", 307),
            "/leave": leading(f"{OTHER}/passing"),
            "/passing": leading(f"{ORIGIN}/back"),
            "/back": answering("<p>back</p>", HTML),
            "/blocked": answering("<title>Just a moment...</title>", HTML, ("cf-mitigated", "challenge"), status=403),
        }
        yield server


@pytest.fixture(scope="module")
def visit(server: Server) -> Visit:
    """One visit: a page with everything that a page may ask, a redirection through somebody else, a challenge; traced."""
    heard: list[Heard] = []

    def answered(method: str, url: str, status: int, headers: Headers, body: bytes) -> None:
        heard.append(Heard(url, status, {name.lower(): value for name, value in headers}, body))

    hosts = ("cdn.fm5.test", "elsewhere.test")
    browser = Chromium(connect=server.connect, ca=server.ca, hosts=hosts, access=ACCESS, answered=answered, redactor=Redactor())
    with browser.open(ORIGIN) as browsing:
        browsing.start_trace()
        with browsing.step("home"):
            browsing.open("/", quiet=True)
        with browsing.step("through somebody else") as page:
            page.goto("/leave")
        with browsing.step("challenge") as page:
            page.goto("/blocked")
        trace = browsing.stop_trace() or b""
    return Visit(tuple(server.arrived), tuple(heard), trace)


def test_somebody_else_never_sees_it(visit: Visit) -> None:
    """Not from a page, a frame, a worker or a beacon, and not at the end of a redirection from the deployment."""
    seen = visit.seen("elsewhere.test")
    by_page = {"/other.png", "/other-fetch", "/other-worker", "/beacon", "/frame", "/framed.png"}
    by_redirection = {"/after-image", "/after-fetch", "/passing"}
    assert by_page | by_redirection <= seen.keys()
    assert set(seen.values()) == {None}


def test_nobody_but_the_deployment_sees_it(visit: Visit) -> None:
    """Chromium talks to its maker too, and the server stands in for every host."""
    places = {(a.headers.get("host"), a.headers.get("x-wall-bypass")) for a in visit.arrived}
    assert {host for host, secret in places if secret} == {"staging.fm5.test", "cdn.fm5.test"}
    assert all(SECRET not in f"{a.path} {a.headers} {a.body!r}" for a in visit.arrived if a.headers.get("host") not in ACCESS.hosts)


def test_every_request_to_the_deployment_carries_it(visit: Visit) -> None:
    """Pages, what they load, pop-ups, workers, frames of others, and the way back from a redirection."""
    seen = visit.seen("staging.fm5.test")
    expected = {"/", "/own.png", "/own-fetch", "/worker.js", "/own-worker", "/popup", "/own-popup.png", "/embedded.png", "/leave", "/back"}
    assert expected <= seen.keys()
    assert set(seen.values()) == {SECRET}
    assert visit.seen("cdn.fm5.test") == {"/cdn.png": SECRET}


def test_trace_keeps_no_secret(visit: Visit) -> None:
    """A trace has a log of requests, with their headers."""
    with zipfile.ZipFile(io.BytesIO(visit.trace)) as archive:
        contents = b"".join(archive.read(name) for name in archive.namelist())
    assert b"elsewhere.test" in contents
    assert SECRET.encode() not in contents


def test_listener_hears_walls(visit: Visit) -> None:
    """By the headers at once, and with the body of the page when it has come."""
    blocked = [heard for heard in visit.heard if heard.url == f"{ORIGIN}/blocked"]
    assert [recognise(heard.status, heard.headers.items(), heard.body) for heard in blocked] == [CLOUDFLARE_CHALLENGE] * 2
    assert [heard.body for heard in blocked] == [b"", b"<title>Just a moment...</title>"]


def test_listener_hears_every_answer(visit: Visit) -> None:
    """Also of redirections, which have no body, and of what pages load."""
    urls = {heard.url for heard in visit.heard}
    assert {f"{ORIGIN}/", f"{ORIGIN}/own.png", f"{ORIGIN}/leave", f"{OTHER}/passing", f"{ORIGIN}/back"} <= urls


def test_without_access_nothing_is_added(server: Server) -> None:
    """A browser that opens no wall sends what browsers send."""
    before = len(server.arrived)
    with Chromium(connect=server.connect, ca=server.ca).open(ORIGIN) as browsing, browsing.step("back") as page:
        page.goto("/back")
    assert all("x-wall-bypass" not in arrived.headers for arrived in server.arrived[before:])
