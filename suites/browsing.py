"""Journeys in a browser: what they have in common."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from clients.browser.chromium import Device
from clients.identity.members import Member
from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from fixtures.members import Members
from journeys import Journey, uses

if TYPE_CHECKING:  # with Playwright, which takes a fifth of a second to load: only a step that opens a browser pays for it
    from clients.browser.browsing import Answered, Browsing, Seen


def posted(answer: Answered) -> bool:
    """Whether an answer is the one to a form."""
    return answer.request.method == "POST"


class Browsed(Journey):
    """A journey that may open a browser: keeps what it recorded as its evidence."""

    def _opened(self, device: Device = Device.DESKTOP) -> Browsing:
        """A browser that stays open over several steps, until ``_closed``."""
        self._window = ExitStack()
        self._browsing = self._window.enter_context(self.context.facet(BrowserPages).open(device))
        return self._browsing

    def _closed(self) -> Seen:
        """Closes the browser; its pictures and its trace become evidence."""
        with self._window:
            seen = self._browsing.seen()
        self._pictured(seen)
        return seen

    def _pictured(self, seen: Seen) -> None:
        """Keeps what a browser has recorded as evidence."""
        for picture in seen.screenshots:
            self.screenshot(picture.title, picture.png)
        if seen.trace:
            self.attach("trace after signing in", seen.trace, "application/vnd.allure.playwright-trace")

    def _press(self, browsing: Browsing, name: str) -> None:
        """Presses a button, with a mouse or a thumb."""
        button = browsing.page.get_by_role("button", name=name, exact=True)
        if browsing.device is Device.PHONE:
            button.tap()
        else:
            button.click()

    def _signed_in_with(self, browsing: Browsing, member: Member) -> str:
        """Signs in with the form that is open. Returns the text of the page that follows."""
        declared, page = self.context.facet(BrowserPages).settings, browsing.page
        labels, members = declared.labels, self.context.facet(Members)
        browsing.fill(labels.email, member.email)
        browsing.fill(labels.password, member.password, secret=True)
        with members.turn(members.identity.paths.sign_in), page.expect_response(posted) as answered:
            self._press(browsing, labels.sign_in)
        answer = answered.value
        browsing.let_in()
        assert answer.ok, f"the sign-in form was answered with {answer.status}"
        page.wait_for_url(lambda url: not url.endswith(declared.sign_in))
        # Without its script a form may be sent as it is: then the browser shows the bare answer, which names the member as well.
        shown = page.evaluate("document.contentType")
        assert shown == "text/html", f"after signing in the browser shows the bare answer ({shown}) instead of a page"
        return self._text_naming(browsing, member)

    def _text_naming(self, browsing: Browsing, member: Member) -> str:
        """The text of the page, as soon as it names the member, or as it is after a while."""
        from clients.browser.browsing import WaitedInVain

        with suppress(WaitedInVain):
            browsing.page.get_by_text(member.email).first.wait_for(timeout=5000)
        return str(browsing.page.inner_text("body"))


class BrowserJourney(Browsed):
    """A journey in a browser."""

    pages = uses(BrowserPages)
    members = uses(Members)
    deployment = uses(Deployment)
