"""Stories of several people at once: what each of them sees of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.identity.port import Person
from clients.wire.marks import stands_in
from fixtures.browser import BrowserPages
from fixtures.people import Owner, Stranger
from fixtures.storage_objects import StorageObjects
from journeys import Cost, step, uses
from suites.browsing import BrowserJourney
from suites.isolation.answers import Neighbourhood
from suites.storage.journeys import File, keep, new_file

if TYPE_CHECKING:
    from clients.browser.browsing import Browsing

__all__ = ["Neighbourhood", "Neighbours"]


@dataclass(frozen=True)
class PageView:
    """One look at one page: who looked, and which of the marks of all people stood there."""

    who: str
    path: str
    marks: frozenset[str]


class Neighbours(BrowserJourney, requires=("members.cookies",), after=(Owner, Stranger), cost=Cost(objects=2, requests=2), expected=8.0):
    """Two members and a visitor open the same pages, in turns, each in a browser of their own."""

    pages = uses(BrowserPages, "files")
    storage = uses(StorageObjects)

    @step(deadline=120)
    def people(self) -> dict[str, Person]:
        """Two members whom other journeys share."""
        return {"the owner": self.other(Owner).person, "the stranger": self.other(Stranger).person}

    @step(deadline=60)
    def files(self) -> dict[str, File]:
        """Each keeps a file."""
        files = {who: new_file(self.storage, who.removeprefix("the ")) for who in self.people}
        for who, file in files.items():
            keep(self.storage, self.people[who], file)
        return files

    @step(deadline=120)
    def views(self) -> tuple[PageView, ...]:
        """All look at the same pages by turns, and the first once more: a cache in between has seen each of them."""
        first = self._opened()
        windows = {"the owner": first, "the stranger": first.beside(), "the visitor": first.beside()}
        for who, person in self.people.items():
            windows[who].keep(person.cookies(), self.deployment.origin.url)
        pages = tuple(dict.fromkeys((self.pages.settings.home, self._files_page)))
        views = [self._view(who, path, browsing) for who, browsing in windows.items() for path in pages]
        views.append(self._view("the owner", self._files_page, first))
        for browsing in list(windows.values())[1:]:
            self._pictured(browsing.seen())
        return tuple(views)

    @step(always=True, deadline=60)
    def seen(self) -> None:
        """Closes the browser."""
        self._closed()

    def _view(self, who: str, path: str, browsing: Browsing) -> PageView:
        with browsing.step(f"{path} for {who}", picture=path == self._files_page) as page:
            browsing.open(path)
            return PageView(who, path, self._marks(f"{page.content()}\n{page.inner_text('body')}"))

    @property
    def _files_page(self) -> str:
        return self.pages.settings.files or self.pages.settings.home

    def _marks(self, text: str) -> frozenset[str]:
        """Whose address, name or file stands in a text."""
        marks = {
            f"{kind} of {who}": mark
            for who, person in self.people.items()
            for kind, mark in (("the address", person.member.email), ("the name", person.member.name), ("the file", self.files[who].name))
        }
        return frozenset(title for title, mark in marks.items() if stands_in(text, mark))
