"""Stories in a browser: what a person sees and clicks."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from clients.browser.assets import Asset, Loaded
from clients.browser.chromium import Device
from clients.browser.pages import Barrier, Fit
from clients.identity.port import Person
from clients.wire.origin import Origin
from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from fixtures.people import Owner
from fixtures.storage_objects import StorageObjects
from journeys import Cost, Journey, step, uses
from suites.browsing import BrowserJourney

if TYPE_CHECKING:
    from clients.browser.browsing import Browsing
    from clients.browser.recorded import Seen

ASSETS = frozenset({"script", "stylesheet", "image", "font", "manifest"})
MOST_DROPPED = 10


@dataclass(frozen=True)
class Sight:
    """A page as somebody sees it: how it lies on the screen, what keeps people out, and the scripts that stand in it."""

    fit: Fit
    barriers: tuple[Barrier, ...]
    scripts: str = field(repr=False)


class Visit(BrowserJourney, expected=4.0):
    """Somebody opens the first page."""

    @step(deadline=60)
    def status(self) -> int:
        """Opens it and waits a moment for what it asks for by itself. Returns the page's status."""
        with self._opened().step("first page"):
            answer = self._browsing.open(self.pages.settings.home, quiet=True)
            assert answer is not None
            self._browsing.let_in()
            return answer.status

    @step(always=True, deadline=60)
    def seen(self) -> Seen:
        """Closes the browser."""
        return self._closed()


class FirstDay(BrowserJourney, cost=Cost(sign_ups=1, sign_ins=1, objects=1), expected=9.0):
    """A person signs up, confirms, signs in, keeps a file, and signs out, with mouse and keyboard."""

    storage = uses(StorageObjects, optional=True)

    @step(deadline=90)
    def person(self) -> Person:
        """Fills in the sign-up form; where nobody signs up, opens a browser for somebody who is a member already."""
        if not self.members.open:
            self._opened()
            return self.members.returning(self.members.standing[0])
        person = self.members.visitor("browser")
        self.members.expect_in_browser(person.member)
        browsing = self._opened()
        with browsing.step("sign-up form", picture=False):
            browsing.open(self.pages.settings.sign_up)
        self._signed_up_with(browsing, person.member)
        return person

    @step(deadline=90)
    def confirmed(self) -> str:
        """Opens the mailed link, where the deployment demands it. Returns where it ended."""
        mail = self.members.confirmation(self.person)
        if mail is None:
            return self._browsing.page.url
        with self._browsing.step("address confirmed") as page:
            self._browsing.open(mail.links[0])
            assert "error=" not in page.url, "the mailed link ended on a page that says error"
            return page.url

    @step(deadline=60)
    def signed_in(self) -> str:
        """Fills in the sign-in form. Returns the text of the page that follows."""
        browsing = self._browsing
        with browsing.step("signed in") as page:
            browsing.open(self.pages.settings.sign_in)
            if self._is_in_already(browsing):
                browsing.forget()
                browsing.open(self.pages.settings.sign_in)
            text = self._signed_in_with(browsing, self.person.member)
            self._personal = page.url
        browsing.start_trace()
        return text

    def _is_in_already(self, browsing: Browsing) -> bool:
        """Whether signing up, or confirming, has signed the person in: then there is no form to sign in with."""
        form = self._form(browsing)
        return self._names(browsing.text(), self.person.member) and not (form.has("email") or form.has("password"))

    @step(deadline=60)
    def reloaded(self) -> str:
        """Reloads the page, past everything that the browser has kept. Returns its text."""
        with self._browsing.step("reloaded"):
            self._browsing.reload_past_caches()
            return self._text_naming(self._browsing, self.person.member)

    @step(deadline=60)
    def file(self) -> tuple[str, bytes]:
        """Makes a file. Returns its name and contents."""
        return f"gonogo-browser-{secrets.token_hex(4)}.txt", secrets.token_hex(400).encode()

    @step(deadline=60)
    def downloaded(self) -> bytes | None:
        """Uploads it with the form and downloads it with a click, where the deployment has a page for that."""
        if not self.pages.settings.files or self.storage is None:
            return None
        browsing, (name, data) = self._browsing, self.file
        self.storage.expect(self.person, name)
        with browsing.step("file uploaded") as page:
            browsing.open(self.pages.settings.files)
            field = self._form(browsing).field("file", self._called("file"))
            field.set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})
            upload = self._called("upload")
            if upload.declared or self._form(browsing).has_button(upload, beside="file"):  # some pages upload as soon as a file is chosen
                self._press(browsing, "upload", beside="file")
            link = page.get_by_role("link", name=re.compile(re.escape(name)))
            link.wait_for()
        with browsing.step("file downloaded"):
            return browsing.download(link.click).data

    @step(deadline=60)
    def left(self) -> str:
        """Signs out. Returns where that leads."""
        from clients.browser.browsing import WaitedInVain

        with self._browsing.step("signed out") as page:
            before = page.url
            self._ended(self._browsing)
            with suppress(WaitedInVain):  # some sites stay where they are
                page.wait_for_url(lambda url: url != before, timeout=2000)
            return str(page.url)

    @step(independent=True, deadline=60)
    def went_back(self) -> str:
        """Presses the back button, before anything else is asked for: what the browser has kept is as it was. Returns the text."""
        _ = self.left
        with self._browsing.step("went back") as page:
            page.go_back(wait_until="load")
            return str(page.inner_text("body"))

    @step(deadline=60)
    def signed_out(self) -> str:
        """Opens the page that named the person in another tab. Returns the text that is there."""
        _ = self.left
        with self._browsing.step("another tab after signing out", picture=False) as page:
            tab = page.context.new_page()
            self._browsing.open(self._personal, quiet=True, page=tab)
            text = str(tab.inner_text("body"))
            tab.close()
            return text

    @step(always=True, deadline=60)
    def seen(self) -> Seen:
        """Closes the browser."""
        return self._closed()


class OnAPhone(BrowserJourney, after=(Owner,), cost=Cost(sign_ins=1), expected=8.0):
    """A member with a phone looks around, signs in, looks at their files, and signs out."""

    @step(deadline=90)
    def sights(self) -> dict[str, Sight]:
        """Looks at the pages that anybody may open."""
        browsing = self._opened(Device.PHONE)
        self._inspector = self.pages.inspector()
        return {title: self._sight(browsing, title, path) for title, path in self._public()}

    @step(deadline=120)
    def person(self) -> Person:
        """The member whom other journeys share."""
        return self.other(Owner).person

    @step(deadline=60)
    def signed_in(self) -> str:
        """Fills in the sign-in form with a thumb. Returns the text of the page that follows."""
        with self._browsing.step("signed in on a phone"):
            self._browsing.open(self.pages.settings.sign_in)
            return self._signed_in_with(self._browsing, self.person.member)

    @step(independent=True, deadline=60)
    def files(self) -> Sight | None:
        """Looks at the member's files, where the deployment has a page for that."""
        _ = self.signed_in
        return self._sight(self._browsing, "files", self.pages.settings.files) if self.pages.settings.files else None

    @step(deadline=60)
    def signed_out(self) -> str:
        """Signs out and opens the page that named the member, in another tab. Returns the text that is there."""
        with self._browsing.step("signed out on a phone") as page:
            self._ended(self._browsing)
            tab = page.context.new_page()  # the page itself may still be on its way to another: two navigations would cut each other off
            self._browsing.open(self.pages.settings.files or self.pages.settings.home, page=tab)
            text = str(tab.inner_text("body"))
            tab.close()
            return text

    @step(always=True, deadline=60)
    def seen(self) -> Seen:
        """Closes the browser."""
        return self._closed()

    def _public(self) -> list[tuple[str, str]]:
        declared = self.pages.settings
        joining = [("sign-up", declared.sign_up)] if self.members.settings.newcomers else []
        return [("home", declared.home), *joining, ("sign-in", declared.sign_in)]

    def _sight(self, browsing: Browsing, title: str, path: str) -> Sight:
        with browsing.step(f"{title} on a phone") as page:
            browsing.open(path)
            browsing.let_in()
            return Sight(self._inspector.fit(page), self._inspector.barriers(page), self._inspector.scripts(page))


class Assets(Journey, after=(Visit, OnAPhone), expected=1.0, cost=Cost(requests=6)):
    """Somebody reads what the pages load."""

    pages = uses(BrowserPages)
    deployment = uses(Deployment)

    @step(deadline=180)
    def loaded(self) -> tuple[Loaded, ...]:
        """What the pages on the way have loaded, once each. What a browser dropped is asked for again, without a browser."""
        visit, phone = self.other(Visit).seen, self.other(OnAPhone).seen
        loaded = dict.fromkeys(each for each in (*visit.loaded, *phone.loaded) if each.kind in ASSETS)
        known = {(each.url, each.kind) for each in loaded}
        dropped = [each for each in dict.fromkeys((*visit.dropped, *phone.dropped)) if each[1] in ASSETS and each not in known]
        own = [(url, kind) for url, kind in dropped if self.deployment.origin.has(Origin.hostname(url))]
        return (*loaded, *(self.deployment.asset(url).as_kind(kind) for url, kind in own[:MOST_DROPPED]))

    @step(deadline=60)
    def scripts(self) -> dict[str, str]:
        """The text of every script, by its address; of the deployment's own scripts and of those that stand in pages."""
        own = dict.fromkeys(
            each.url for each in self.loaded if each.kind == "script" and self.deployment.origin.has(Origin.hostname(each.url))
        )
        read = {Origin.path(url): self.deployment.asset(url).text for url in own}
        return {**read, **{f"in the page {title}": sight.scripts for title, sight in self.other(OnAPhone).sights.items() if sight.scripts}}

    @step(independent=True)
    def unknown(self) -> Asset:
        """Asks for a script that no build has ever had, beside one that there is."""
        beside = next((each.url for each in self.loaded if each.kind == "script"), f"{self.deployment.origin}/assets/")
        return self.deployment.asset(urljoin(beside, f"gonogo-{secrets.token_hex(6)}.js"))
