"""Chromium with several windows: phones, kept cookies, scripts on a slow line, and what is asked of open pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from base import tools
from clients.browser.chromium import Chromium, Device
from clients.browser.pages import Inspector
from clients.errors import Unavailable
from clients.wire.cookies import Cookie
from tests.clients.servers import Answer, Server, serving
from tests.house import ROOT

ORIGIN = "https://staging.fm5.test"
HTML = (("content-type", "text/html; charset=utf-8"), ("content-security-policy", "default-src 'none'; script-src 'self' 'nonce-n'"))
SCRIPT = "let a = 1"
PHONE = '<meta name="viewport" content="width=device-width, initial-scale=1">'
pytestmark = pytest.mark.skipif(tools.chromium() is None, reason="no Chromium on this machine; install chromium or Google Chrome")


def page(body: str, *, head: str = PHONE) -> Answer:
    return Answer(200, f'<!doctype html><html lang="en"><title>t</title>{head}<main><h1>h</h1>{body}</main>'.encode(), HTML)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Pages with a defect each, behind a strict policy."""
    with serving(tmp_path_factory.mktemp("site"), "staging.fm5.test") as server:
        server.routes["/good"] = lambda _: page(
            '<form><label>Name <input style="height:2rem"></label>'
            '<label><input type="checkbox"> I accept the terms, all of them</label></form><script nonce="n">let a = 1</script>'
        )
        server.routes["/wide"] = lambda _: page('<table id="long" width="700"><tr><td>x</table>')
        server.routes["/old"] = lambda _: page("<p>x</p>", head="")
        server.routes["/nameless"] = lambda _: page(
            '<form><input><button style="width:10px;height:10px;padding:0;border:0"></button></form>'
        )
        server.routes["/who"] = lambda arrived: page(f"<p>{'Ada' if '__Host-s=1' in arrived.headers.get('cookie', '') else 'nobody'}</p>")
        server.routes["/slow"] = lambda _: page('<p>x</p><script src="/late.js" defer></script>')
        server.routes["/late.js"] = lambda _: Answer(200, b"document.title = 'late'", (("content-type", "text/javascript"),))
        yield server


@pytest.fixture
def chromium(site: Server) -> Chromium:
    """A browser that reaches the site."""
    return Chromium(connect=site.connect, ca=site.ca, timeout=10)


@pytest.fixture
def inspector() -> Inspector:
    """With axe-core as it is installed."""
    return Inspector(ROOT / "node_modules" / "axe-core" / "axe.min.js")


def test_pages_are_inspected_on_a_phone(chromium: Chromium, inspector: Inspector) -> None:
    """What sticks out, what no finger hits, what has no name; a page without a viewport pretends to be wide. The policy is in no way."""
    with chromium.open(ORIGIN, Device.PHONE) as browsing:
        browsing.page.goto("/good")
        good, nothing, scripts = inspector.fit(browsing.page), inspector.barriers(browsing.page), inspector.scripts(browsing.page)
        browsing.page.goto("/wide")
        wide = inspector.fit(browsing.page)
        browsing.page.goto("/old")
        old = inspector.fit(browsing.page)
        browsing.page.goto("/nameless")
        small, barriers = inspector.fit(browsing.page).small, inspector.barriers(browsing.page)
    assert (good.overflow, good.small, nothing) == (0, (), ())
    assert scripts == SCRIPT
    assert wide.overflow > 300
    assert "table#long" in wide.beyond
    assert old.overflow == 980 - 390
    assert "button" in small
    assert {"label", "button-name"} <= {barrier.rule for barrier in barriers}
    assert all(barrier.grave for barrier in barriers)
    assert "label (critical)" in str(next(barrier for barrier in barriers if barrier.rule == "label"))


def test_windows_beside_each_other_share_nothing(chromium: Chromium) -> None:
    """Cookies that were kept are one window's own, with the prefix rules observed; the other window is a phone and somebody else."""
    cookie = Cookie("__Host-s", "1", secure=True, http_only=True, same_site="Lax", path="/", host="staging.fm5.test")
    with chromium.open(ORIGIN) as browsing:
        other = browsing.beside(Device.PHONE)
        browsing.keep([cookie], ORIGIN)
        seen = []
        for window in (browsing, other, browsing):
            with window.step("who", picture=False) as shown:
                shown.goto("/who")
                seen.append((shown.inner_text("p"), window.device))
        pictures = browsing.seen().screenshots
    assert seen == [("Ada", Device.DESKTOP), ("nobody", Device.PHONE), ("Ada", Device.DESKTOP)]
    assert pictures == ()


def test_scripts_wait_until_they_are_let_through(chromium: Chromium, site: Server) -> None:
    """The page is there, its script has not been asked for; afterwards it loads, and is recorded with its type."""
    with chromium.open(ORIGIN) as browsing:
        browsing.hold_back("script")
        browsing.page.goto("/slow", wait_until="commit")
        browsing.page.get_by_text("x").wait_for()
        early = [arrived.path for arrived in site.arrived if arrived.path == "/late.js"]
        browsing.let_through()
        browsing.page.wait_for_load_state("load")
        titles = [browsing.page.title()]
        browsing.reload_past_caches()
        titles.append(browsing.page.title())
        loaded = [(each.kind, each.status, each.media_type) for each in browsing.seen().loaded if each.url.endswith("/late.js")]
    assert early == []
    assert titles == ["late", "late"]
    assert loaded == [("script", 200, "text/javascript")] * 2


def test_missing_axe_is_said_so(tmp_path: Path) -> None:
    """One sentence that says what to run."""
    with pytest.raises(Unavailable, match="make setup"):
        Inspector(tmp_path / "axe.min.js")
