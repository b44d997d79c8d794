"""What members and a visitor are shown at the same addresses, without a browser: any identity."""

from __future__ import annotations

from dataclasses import dataclass

from clients.identity.port import Person
from clients.wire.marks import shown_in
from clients.wire.observed import ObservedResponse
from fixtures.members import Members
from fixtures.people import Owner, Stranger
from journeys import Journey, step, uses

ROUNDS = 3


@dataclass(frozen=True)
class AnswerView:
    """One look at one address: who looked, and whose marks stood there."""

    who: str
    look: ObservedResponse
    marks: tuple[str, ...]

    def silent(self, path: str) -> bool:
        """Whether it is an answer at that path which shows a member, and leaves it to caches what they do with it."""
        return self.look.path == path and bool(self.marks) and self.look.may_be_kept


class Neighbourhood(Journey, after=(Owner, Stranger), expected=4.0):
    """Two members and a visitor ask for the same addresses in turns, several times: a cache in between has seen each of them."""

    members = uses(Members)

    @property
    def session_path(self) -> str:
        """Where the deployment says who is signed in."""
        return self.members.identity.paths.session

    @step(deadline=120)
    def people(self) -> dict[str, Person]:
        """Two members whom other journeys share, and somebody who is not signed in."""
        return {
            "one member": self.other(Owner).person,
            "another": self.other(Stranger).person,
            "a visitor": self.members.visitor("passer-by"),
        }

    @step(deadline=60)
    def marks(self) -> dict[str, tuple[str, ...]]:
        """What tells each member: the address and the id."""
        found: dict[str, tuple[str, ...]] = {}
        for who in ("one member", "another"):
            found[who] = self.people[who].marks()
        return found

    @step(deadline=90)
    def views(self) -> list[AnswerView]:
        """Looks."""
        paths = [self.session_path, *self.members.settings.personal]
        return [self._view(who, path) for _ in range(ROUNDS) for path in paths for who in self.people]

    def _view(self, who: str, path: str) -> AnswerView:
        look = self.people[who].look(path)
        seen = tuple(whose for whose, marks in self.marks.items() if any(shown_in(look.text, mark) for mark in marks))
        return AnswerView(who, look, seen)
