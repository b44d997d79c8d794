"""Connections that are cut under a browser: asked again, once, and told; what stays away is the deployment's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from base import tools
from clients.browser.chromium import Chromium
from clients.browser.cuts import Cuts
from clients.browser.recorded import Seen
from tests.clients.servers import Answer, Arrived, Server, serving

ORIGIN = "https://staging.fm5.test"
PICTURE = Answer(200, b'<svg xmlns="http://www.w3.org/2000/svg"/>', (("content-type", "image/svg+xml"),))
needs_chromium = pytest.mark.skipif(tools.chromium() is None, reason="no Chromium on this machine; install chromium or Google Chrome")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    """A page with one picture."""
    with serving(tmp_path, "staging.fm5.test") as server:
        html = b'<!doctype html><title>t</title><h1>Here</h1><img src="/late.svg">'
        server.routes["/"] = lambda _: Answer(200, html, (("content-type", "text/html"),))
        server.routes["/late.svg"] = lambda _: PICTURE
        server.routes["/favicon.ico"] = lambda _: Answer(204)
        yield server


def cut(answer: Answer, times: int) -> Callable[[Arrived], Answer | None]:
    """A route whose connection is cut so many times before it answers. Chromium itself asks again on a connection it has used before."""
    left = [times]

    def route(_: Arrived) -> Answer | None:
        left[0] -= 1
        return None if left[0] >= 0 else answer

    return route


def visited(site: Server) -> tuple[Seen, str, list[tuple[str, str, str]]]:
    """What was seen of the first page, its heading, and what was repeated."""
    repeated: list[tuple[str, str, str]] = []
    chromium = Chromium(connect=site.connect, ca=site.ca, timeout=10, repeated=lambda *told: repeated.append(told))
    with chromium.open(ORIGIN) as browsing:
        with browsing.step("home") as page:
            browsing.open("/")
            heading = page.inner_text("h1")
        return browsing.seen(), heading, repeated


@needs_chromium
@pytest.mark.parametrize("times", [1, 2])
def test_page_whose_picture_was_cut_is_opened_again(site: Server, times: int) -> None:
    """The network's fault leaves no error behind, and is told."""
    site.routes["/late.svg"] = cut(PICTURE, times)
    seen, _, repeated = visited(site)
    assert (seen.console_errors, seen.failed_requests) == ((), ())
    assert all(method == "GET" and url == f"{ORIGIN}/late.svg" and "cut" in why for method, url, why in repeated)
    assert len([each for each in site.arrived if each.path == "/late.svg"]) == times + 1


@needs_chromium
def test_page_that_was_cut_itself_is_opened_again(site: Server) -> None:
    """A navigation is a safe request like any other."""
    site.routes["/"] = cut(site.routes["/"](Arrived("GET", "/", {}, b"", "", "")) or Answer(), 1)
    seen, heading, _ = visited(site)
    assert (heading, seen.console_errors, seen.failed_requests) == ("Here", (), ())


@needs_chromium
def test_what_is_always_cut_stays_a_failure(site: Server) -> None:
    """A deployment that drops every request for its picture has a fault, and the console says so."""
    site.routes["/late.svg"] = lambda _: None
    seen, _, repeated = visited(site)
    assert seen.failed_requests
    assert any("late.svg" in line for line in (*seen.failed_requests, *seen.console_errors))
    assert repeated == []


def test_only_safe_requests_and_cut_connections_count() -> None:
    """A form is not sent twice, and a certificate that nobody trusts is no accident of the network."""
    cuts = Cuts()
    cuts.failed("POST", f"{ORIGIN}/files", "net::ERR_CONNECTION_RESET")
    cuts.failed("GET", f"{ORIGIN}/a.js", "net::ERR_CERT_DATE_INVALID")
    assert not cuts.pending
    cuts.failed("GET", f"{ORIGIN}/b.js", "net::ERR_CONNECTION_RESET")
    assert cuts.pending == (f"{ORIGIN}/b.js",)
    assert not cuts.forgives(f"{ORIGIN}/b.js", "net::ERR_CONNECTION_RESET")
    cuts.answered(f"{ORIGIN}/b.js")
    assert cuts.forgives(f"{ORIGIN}/b.js", "net::ERR_CONNECTION_RESET")
    assert not cuts.forgives(f"{ORIGIN}/b.js", "net::ERR_ABORTED")


def test_a_second_cut_of_the_same_address_counts() -> None:
    """One repetition is forgiven; an address that is cut again and again is not."""
    cuts = Cuts()
    for _ in range(2):
        cuts.failed("GET", f"{ORIGIN}/b.js", "net::ERR_CONNECTION_RESET")
        cuts.answered(f"{ORIGIN}/b.js")
    cuts.failed("GET", f"{ORIGIN}/b.js", "net::ERR_CONNECTION_RESET")
    assert not cuts.pending


@needs_chromium
def test_a_request_that_was_blocked_is_no_cut_connection(site: Server) -> None:
    """What the browser itself refuses to load fails at once, and is not asked for again."""
    chromium = Chromium(connect=site.connect, ca=site.ca, timeout=10)
    with chromium.open(ORIGIN) as browsing:
        with browsing.step("home", picture=False) as page:
            page.route("**/late.svg", lambda route: route.abort("accessdenied"))
            browsing.open("/")
        seen = browsing.seen()
    assert seen.failed_requests == (f"GET {ORIGIN}/late.svg: net::ERR_ACCESS_DENIED",)
    assert [message for message in seen.console_errors if "ACCESS_DENIED" in message]
