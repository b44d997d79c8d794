"""Journeys in a browser: what they have in common."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from clients.browser.chromium import Device
from clients.identity.members import Member
from clients.identity.port import Person
from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from fixtures.members import Members
from journeys import Journey, uses

if TYPE_CHECKING:  # with Playwright, which takes a fifth of a second to load: only a step that opens a browser pays for it
    from clients.browser.browsing import Browsing
    from clients.browser.forms import Called, Form
    from clients.browser.recorded import Seen
    from clients.browser.sending import Submitted

_LEAVES = 5.0
"""s in which the page that follows is there."""


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

    def _press(self, browsing: Browsing, label: str, *, beside: str = "") -> None:
        """Presses the button that the file calls so under [browser.labels], with a mouse or a thumb."""
        button = self._form(browsing).button(self._called(label), beside=beside)
        if browsing.device is Device.PHONE:
            button.tap()
        else:
            button.click()

    def _form(self, browsing: Browsing) -> Form:
        return self.context.facet(BrowserPages).form(browsing)

    def _called(self, label: str) -> Called:
        """The name of a field or a button, and whether the file says it."""
        from clients.browser.forms import Called

        labels = self.context.facet(BrowserPages).settings.labels
        return Called(getattr(labels, label), label in labels.model_fields_set)

    def _signed_up_with(self, browsing: Browsing, member: Member) -> None:
        """Fills in the sign-up form that is open, and sends it."""
        form, declared = self._form(browsing), self.context.facet(BrowserPages)
        with browsing.step("sign-up form filled in"):
            if form.has("name", name := self._called("name")) or name.declared:
                form.fill("name", member.name, name)
            form.fill("email", member.email, self._called("email"))
            form.fill("new password", member.password, self._called("password"), secret=True)
            for label, value in declared.settings.fields.items():
                form.answer(label, value if isinstance(value, bool) else declared.filled(value, member))
        with browsing.step("signed up"):
            self._sent(browsing, "sign-up", "create_account", member, self.context.facet(Members).identity.paths.sign_up)

    def _signed_in_with(self, browsing: Browsing, member: Member) -> str:
        """Signs in with the form that is open. Returns the text of the page that follows."""
        page, form = browsing.page, self._form(browsing)
        form.fill("email", self.context.facet(Members).identity.signs_in_as(member), self._called("email"))
        if not form.has("password", self._called("password")):  # it is asked for on the page that follows
            called = self._called("sign_in")
            form.button(called if form.has_button(called) else None, beside="email").click()
        form.fill("password", member.password, self._called("password"), secret=True)
        asked = page.url
        self._sent(browsing, "sign-in", "sign_in", member, self.context.facet(Members).identity.paths.sign_in)
        self._left(browsing, asked)
        # Without its script a form may be sent as it is: then the browser shows the bare answer, which names the member as well.
        shown = page.evaluate("document.contentType")
        assert shown == "text/html", f"after signing in the browser shows the bare answer ({shown}) instead of a page"
        return self._text_naming(browsing, member)

    def _sent(self, browsing: Browsing, what: str, label: str, member: Member, path: str) -> None:
        """Sends the form that is filled in. When it does not go through, the page's own words say why."""
        with self.context.facet(Members).turn(path):
            sent = browsing.submitted(lambda: self._press(browsing, label, beside="password"), member.email, member.password)
        browsing.let_in()
        how = f"the {what} form was answered with {sent.status}" if sent.status else f"the {what} form was not sent"
        assert sent.through, self._why(browsing, how, sent)

    def _left(self, browsing: Browsing, asked: str) -> None:
        """The form that was answered is gone: another page is there, or the same without it."""
        page, form = browsing.page, self._form(browsing)
        gone = browsing.until(lambda: page.url != asked or not form.has("password"), _LEAVES)
        assert gone, self._why(browsing, "the sign-in form was taken, and stays where it is", None)
        page.wait_for_load_state()

    def _why(self, browsing: Browsing, how: str, sent: Submitted | None) -> str:
        """What did not go through, with what the page says about it, and the requests that failed."""
        browsing.page.wait_for_timeout(250)  # a page has a moment to say so
        complaints = str(self._form(browsing).complaints())
        failed = f"failed requests: {', '.join(sent.failed[:5])}" if sent and sent.failed else ""
        return ": ".join(part for part in (how, ", ".join(part for part in (complaints, failed) if part)) if part)

    def _ended(self, browsing: Browsing) -> Submitted:
        """Presses what ends the session, in its menu where there is one."""
        if self.context.facet(BrowserPages).settings.labels.menu:
            self._press(browsing, "menu")
        sent = browsing.submitted(lambda: self._press(browsing, "sign_out"))
        assert sent.through, self._why(
            browsing, f"signing out was answered with {sent.status}" if sent.status else "signing out sends nothing and leads nowhere", sent
        )
        return sent

    def named_in(self, text: str, person: Person) -> tuple[str, ...]:
        """By what a page's text names somebody, if it does."""
        return tuple(mark for mark in self.context.facet(BrowserPages).marks(person.member) if mark in text)

    def _names(self, text: str, member: Member) -> bool:
        """Whether a page names the member."""
        return any(mark in text for mark in self.context.facet(BrowserPages).marks(member))

    def _text_naming(self, browsing: Browsing, member: Member) -> str:
        """The text of the page, as soon as it names the member, or as it is after a while."""
        browsing.until(lambda: self._names(browsing.text(), member), _LEAVES)
        return browsing.text()


class BrowserJourney(Browsed):
    """A journey in a browser."""

    pages = uses(BrowserPages)
    members = uses(Members)
    deployment = uses(Deployment)
