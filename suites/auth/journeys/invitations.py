"""People whom nobody has invited."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from clients.identity.port import Person
from clients.wire.attempts import Attempt, attempt
from fixtures.members import Members
from journeys import Cost, Journey, step, uses


@dataclass(frozen=True)
class SignedUp:
    """Somebody who signed up, and how that was answered."""

    person: Person
    answer: Attempt


class Uninvited(Journey, requires=("members.invitation",), cost=Cost(requests=4, sign_ins=3), expected=3.0):
    """Somebody signs up whom nobody has invited, and then signs in as if that had worked."""

    members = uses(Members)

    @step
    def signed_up(self) -> dict[str, SignedUp]:
        """Signs up with no invitation; where people are invited, somebody else with one that was made up."""
        ways = {"without an invitation": ""}
        if self.members.settings.invitation:
            ways["with a made-up invitation"] = secrets.token_urlsafe(12)
        return {how: self._signed_up(code) for how, code in ways.items()}

    @step(deadline=60)
    def sign_ins(self) -> dict[str, Attempt]:
        """Each signs in with the password that they chose."""
        tried = {how: attempt(each.person.sign_in) for how, each in self.signed_up.items()}
        for how, each in self.signed_up.items():
            if each.answer.refused and tried[how].refused:
                self.members.gone(each.person.member)
        return tried

    @step(deadline=60)
    def nobodys(self) -> Attempt:
        """Somebody signs in who never signed up."""
        return attempt(self.members.visitor("nobody").sign_in)

    @step
    def made(self) -> list[str]:
        """The ways to sign up that made an account: signing in is not answered as it is for nobody. An app may accept a sign-up only to
        hide who is invited, as better-auth does when a hook refuses one where addresses are confirmed."""
        return [how for how, tried in self.sign_ins.items() if repr(tried) != repr(self.nobodys)]

    def _signed_up(self, code: str) -> SignedUp:
        person = self.members.visitor("uninvited")
        return SignedUp(person, self.members.sign_up_uninvited(person, code))
