"""The rollback drill: back to the previous version and forward again, with people inside."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from clients.browser.assets import Loaded
from clients.errors import Inconclusive, Trouble
from clients.identity.port import Kept, Person
from clients.platforms.base import Release, previous_version
from clients.platforms.drill_mark import DrillMark
from clients.storage.objects import Fetched
from clients.wire.attempts import Attempt, attempt
from clients.wire.origin import Origin
from fixtures.browser import BrowserPages
from fixtures.deploy_rollback import RollbackDrill
from fixtures.deployment import Deployment
from fixtures.members import Members
from fixtures.storage_objects import StorageObjects
from journeys import Cost, step, uses
from suites.browsing import Browsed
from suites.storage.journeys import File, keep, new_file

if TYPE_CHECKING:
    from clients.browser.recorded import Seen

PARTS = frozenset({"script", "stylesheet"})


class Drill(
    Browsed,
    exclusive=True,
    cost=Cost(sign_ups=1, sign_ins=3, objects=1),
    expected=14.0,
):
    """The newest version is taken back and brought forward while a member keeps a session, a file and an open tab."""

    drill = uses(RollbackDrill)
    deployment = uses(Deployment)
    pages = uses(BrowserPages, optional=True)
    members = uses(Members, optional=True)
    storage = uses(StorageObjects, optional=True)

    _safety: ExitStack

    @step(deadline=60)
    def history(self) -> tuple[Release, ...]:
        """Reads the platform's own list of deployments, newest first."""
        return self.drill.deployments().history()

    @step
    def current(self) -> str:
        """Finds the version that is live; it must have all of the traffic, to be something to come back to."""
        live = self.history[0]
        if live.sole is None:
            shares = ", ".join(f"{share.version_id} {share.percentage:g} %" for share in live.shares)
            raise Inconclusive(f"the platform serves several versions at once ({shares}): finish the gradual deployment before a drill")
        if mark := DrillMark.read(live):
            raise Inconclusive(f"{live.sole} is live by a drill of run {mark.run}, which has not restored {mark.version_id}: run again")
        return live.sole

    @step
    def previous(self) -> str:
        """Finds the version that was live before."""
        previous = previous_version(self.history, self.current)
        if previous is None:
            raise Inconclusive("the deployment's history holds no version before the current one: deploy twice before a drill")
        return previous

    @step(deadline=60)
    def served_before(self) -> list[str]:
        """Asks fresh connections which version answers."""
        return self.drill.served_versions()

    @step(deadline=120)
    def member(self) -> Person | None:
        """A member joins and signs in on the newest version, where the deployment has members."""
        if self.members is None:
            return None
        if self.members.open:
            person = self.members.visitor("drill")
            self.members.confirmed(person)
        else:
            person = self.members.returning(self.members.standing[0], elsewhere=True)
        person.sign_in()
        self.members.stays(person)
        return person

    @property
    def person(self) -> Person:
        """The member, in steps that only checks of deployments with members ask for."""
        assert self.member is not None, "the environment declares no members, so nobody could join"
        return self.member

    def _again(self, kept: Kept | None = None) -> Person:
        """The member on another device."""
        assert self.members is not None
        return self.members.returning(self.person.member, kept)

    @step(deadline=60)
    def file(self) -> File | None:
        """The member stores a file, where the deployment keeps files."""
        if self.storage is None:
            return None
        file = new_file(self.storage, "drill")
        keep(self.storage, self.person, file)
        return file

    @step(deadline=120)
    def rolled_back(self) -> float:
        """Rolls back to the recorded previous version. Returns the seconds until only that version answered."""
        safety = ExitStack()
        self._switch = safety.enter_context(self.drill.switching(self.current))
        self._safety = safety
        started = time.monotonic()
        self._switch.away(self.previous)
        self.drill.await_served(self.previous)
        seconds = time.monotonic() - started
        self.figure(f"rollback {seconds:.1f} s until only the previous version answered")
        return seconds

    @step(independent=True)
    def session_on_previous(self) -> str | None:
        """The session from before the rollback asks who is signed in."""
        _ = self.rolled_back
        return self._again(self.person.kept()).whoami() if self.member else None

    @step(independent=True)
    def file_on_previous(self) -> Fetched | None:
        """The file that the newer version wrote is fetched from the older one."""
        _ = self.rolled_back
        return self.storage.of(self.person).get(self.file.name) if self.file and self.storage else None

    @step(independent=True, deadline=60)
    def sign_in_on_previous(self) -> Attempt | None:
        """The member signs in anew on the older version."""
        _ = self.rolled_back
        if self.member is None:
            return None
        return attempt(self._again().sign_in)

    @step(independent=True, deadline=60)
    def tab(self) -> tuple[Loaded, ...]:
        """Somebody opens the sign-in page on the older version, and once more on a line so slow that its scripts are still on their way.

        Returns the scripts and styles that the page asks for; nothing where no pages are declared.
        """
        _ = self.rolled_back
        if self.pages is None:
            return ()
        browsing = self._opened()
        with browsing.step("tab of the older version"):
            browsing.open(self.pages.settings.sign_in)
        self._slow = browsing.beside()
        with self._slow.step("slow tab of the older version", picture=False) as page:
            self._slow.hold_back("script")
            page.goto(self.pages.settings.sign_in, wait_until="commit")
        seen = browsing.seen()
        return tuple(
            dict.fromkeys(each for each in seen.loaded if each.kind in PARTS and self.deployment.origin.has(Origin.hostname(each.url)))
        )

    @step(always=True, deadline=180)
    def restored(self) -> float:
        """Brings the recorded version forward again, whatever happened. Returns the seconds until only that version answered."""
        if not hasattr(self, "_safety"):
            return self.rolled_back  # nothing was changed, so there is nothing to bring forward: says why
        started = time.monotonic()
        with self._safety:
            self._switch.back()
            self.drill.await_served(self.current)
        seconds = time.monotonic() - started
        self.figure(f"restore  {seconds:.1f} s until only the current version answered again")
        return seconds

    @step(independent=True)
    def session_on_current(self) -> str | None:
        """The same session asks again on the version that came back."""
        _ = self.restored
        return self._again(self.person.kept()).whoami() if self.member else None

    @step(independent=True, deadline=60)
    def parts_afterwards(self) -> tuple[Loaded, ...]:
        """Asks the newer version for the scripts and styles that a page of the older one names."""
        _ = self.restored
        return tuple(self.deployment.asset(part.url).as_kind(part.kind) for part in self.tab)

    @step(independent=True, deadline=60)
    def tab_afterwards(self) -> str:
        """The member signs in with the form of the tab that was opened before. Returns the text of the page that follows."""
        _ = self.restored, self.tab
        if self.pages is None:
            return ""
        with self._browsing.step("tab after the deploy"):
            return self._signed_in_with(self._browsing, self.person.member)

    @step(independent=True, deadline=60)
    def slow_tab_afterwards(self) -> str | None:
        """Where a part is gone: the slow tab's scripts go on loading, and the member signs in there. Returns why that is impossible."""
        if all(part.fits for part in self.parts_afterwards):
            return None
        try:
            with self._slow.step("slow tab after the deploy"):
                self._slow.let_through()
                text = self._signed_in_with(self._slow, self.person.member)
        except (Trouble, AssertionError) as error:
            return str(error)
        return None if self._names(text, self.person.member) else "the page after signing in does not name the member"

    @step(always=True, deadline=60)
    def seen(self) -> Seen | None:
        """Closes the browser."""
        if not hasattr(self, "_browsing"):
            return None
        if hasattr(self, "_slow"):
            self._pictured(self._slow.seen())
        return self._closed()
