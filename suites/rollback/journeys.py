"""The rollback drill: back to the previous version and forward again, with people inside."""

from __future__ import annotations

import time
from contextlib import ExitStack

from clients.attempts import Attempt, attempt
from clients.auth import Session
from clients.deployments.base import Release, previous_version
from clients.errors import Inconclusive
from clients.objects import Fetched
from journeys import Cost, Journey, step
from suites.auth.journeys import confirmed
from suites.stage import Actor, Stage
from suites.storage.journeys import File, keep, new_file


class Drill(
    Journey, requires=("deploy.rollback",), exclusive=True, cost=Cost(sign_ups=1, sign_ins=2, mails=1, accounts=1, objects=1), expected=12.0
):
    """The newest version is taken back and brought forward while a member keeps a session and a file."""

    stage: Stage
    _safety: ExitStack

    @step(deadline=60)
    def history(self) -> tuple[Release, ...]:
        """Reads the platform's own list of deployments, newest first."""
        return self.stage.deployments().history()

    @step
    def current(self) -> str:
        """Finds the version that is live; it must have all of the traffic, to be something to come back to."""
        live = self.history[0]
        if live.sole is None:
            shares = ", ".join(f"{share.version_id} {share.percentage:g} %" for share in live.shares)
            raise Inconclusive(f"the platform serves several versions at once ({shares}): finish the gradual deployment before a drill")
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
        return self.stage.served_versions()

    @step(deadline=120)
    def person(self) -> Actor:
        """A member joins and signs in on the newest version."""
        person = self.stage.visitor("drill")
        confirmed(self.stage, person)
        person.auth.sign_in(person.member.email, person.member.password)
        self.stage.device(person)
        return person

    @step(deadline=60)
    def file(self) -> File | None:
        """The member stores a file, where the deployment keeps files."""
        if not self.stage.keeps_files:
            return None
        file = new_file("drill")
        keep(self.stage, self.person, file)
        return file

    @step(deadline=120)
    def rolled_back(self) -> float:
        """Rolls back to the recorded previous version. Returns the seconds until only that version answered."""
        self._safety = ExitStack()
        self._safety.enter_context(self.stage.guard(self.current))
        started = time.monotonic()
        self.stage.deployments().roll_back(self.previous, message=f"gonogo drill {self.stage.run_id}")
        self.stage.await_served(self.previous)
        seconds = time.monotonic() - started
        self.stage.figure(f"rollback {seconds:.1f} s until only the previous version answered")
        return seconds

    @step(independent=True)
    def session_on_previous(self) -> Session | None:
        """The session from before the rollback asks who is signed in."""
        _ = self.rolled_back
        return self.stage.returning(self.person.member, self.person.cookies()).auth.session()

    @step(independent=True)
    def file_on_previous(self) -> Fetched | None:
        """The file that the newer version wrote is fetched from the older one."""
        _ = self.rolled_back
        return self.person.files.get(self.file.name) if self.file else None

    @step(independent=True, deadline=60)
    def sign_in_on_previous(self) -> Attempt:
        """The member signs in anew on the older version."""
        _ = self.rolled_back
        return attempt(lambda: self.stage.returning(self.person.member).auth.sign_in(self.person.member.email, self.person.member.password))

    @step(always=True, deadline=180)
    def restored(self) -> float:
        """Brings the recorded version forward again, whatever happened. Returns the seconds until only that version answered."""
        if not hasattr(self, "_safety"):
            return self.rolled_back  # nothing was changed, so there is nothing to bring forward: says why
        started = time.monotonic()
        with self._safety:
            self.stage.deployments().deploy(self.current, message=f"gonogo drill {self.stage.run_id}: forward again")
            self.stage.await_served(self.current)
        seconds = time.monotonic() - started
        self.stage.figure(f"restore  {seconds:.1f} s until only the current version answered again")
        return seconds

    @step(independent=True)
    def session_on_current(self) -> Session | None:
        """The same session asks again on the version that came back."""
        _ = self.restored
        return self.stage.returning(self.person.member, self.person.cookies()).auth.session()


drill = Drill.fixture()
