"""The page for people, in a real browser: mails show up by themselves, and a mail's HTML cannot do anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, Page, expect, sync_playwright

from tests.mail.service import MailService, mail

HOSTILE = """
<h1>Confirm your address</h1>
<a href="https://staging.fm5.test/verify?token=abc">Confirm</a> <a href="javascript:alert(1)">odd</a>
<script>parent.document.title = 'taken'; document.body.innerHTML = 'taken'</script>
<img src="TRACKER/pixel.png" onerror="alert(1)">
<form action="https://phish.fm5.test/"><button>Go</button></form>
<style>h1 { color: rgb(1, 2, 3) }</style>
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of a headless Chromium: an installed one, else Playwright's."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
    profile = tmp_path_factory.mktemp("profile")
    home: dict[str, str | float | bool] = (
        {"HOME": str(profile), "XDG_CONFIG_HOME": str(profile), "XDG_CACHE_HOME": str(profile)} if installed else {}
    )
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=installed, args=["--disable-quic", "--disable-background-networking"], env=home or None
        ) as browser,
    ):
        yield browser.new_page()


@pytest.fixture
def tracker() -> Iterator[tuple[str, list[str]]]:
    """Another server on loopback, and the paths that were asked of it: a browser does not report what a sandboxed frame requests."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the parameter of the base class)
            """Requests are recorded, not printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_mail_shows_up_by_itself_and_is_found_by_its_recipient(service: MailService, page: Page) -> None:
    """The list refreshes; the search keeps what went to a recipient."""
    page.goto(service.url)
    address = f"delivered+{uuid4().hex}@resend.dev"
    service.call("POST", "/emails", body=mail(to=address, subject="For Ada"))
    service.call("POST", "/emails", body=mail(subject="For others"))
    entries = page.get_by_role("navigation").get_by_role("link")
    expect(entries.filter(has_text="For Ada")).to_have_count(1)
    page.get_by_role("searchbox", name="Search by recipient").fill(address)
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("delivered")


def test_a_mail_is_rendered_without_power(service: MailService, page: Page, tracker: tuple[str, list[str]]) -> None:
    """Styles and links work; scripts, forms and remote images do not, and no other host is asked."""
    address, asked = tracker
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    sent = service.call(
        "POST", "/emails", body=mail(html=HOSTILE.replace("TRACKER", address), text="Confirm: https://staging.fm5.test/verify?token=abc")
    ).json()["id"]
    page.goto(f"{service.url}/#{sent}")
    heading = page.frame_locator("iframe").get_by_role("heading", name="Confirm your address")
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")
    # A frame has loaded when its images have, or could not be.
    page.frames[-1].wait_for_load_state("load")
    page.get_by_role("tab", name="Links").click()
    expect(page.get_by_role("link", name="https://staging.fm5.test/verify?token=abc")).to_have_count(1)
    expect(page.get_by_text("javascript:alert(1)")).to_be_visible()
    expect(page.get_by_role("link", name="javascript")).to_have_count(0)
    page.get_by_role("tab", name="Text").click()
    expect(page.get_by_role("tabpanel")).to_have_text("Confirm: https://staging.fm5.test/verify?token=abc")
    assert page.title() == "Mail · gonogo sandbox"
    assert dialogs == []
    assert asked == []


def test_a_narrow_window_shows_one_thing_at_a_time(service: MailService, page: Page, tmp_path: Path) -> None:
    """The list, then the chosen mail, and a way back."""
    sent = service.call("POST", "/emails", body=mail(subject="On a telephone")).json()["id"]
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{service.url}/#{sent}")
    expect(page.get_by_role("heading", name="On a telephone")).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.get_by_role("link", name="All mails").click()
    expect(page.get_by_role("navigation")).to_be_visible()
