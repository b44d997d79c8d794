"""Members who show a token with every request, and tokens that must open nothing."""

from __future__ import annotations

import secrets
from dataclasses import replace

from clients.identity.altered import altered, published_key
from clients.identity.bearer import BearerPerson
from clients.wire.attempts import Attempt, attempt
from fixtures.members import Members
from fixtures.people import Newcomer
from journeys import Cost, Journey, step, uses


class Bearing(Journey, requires=("auth.bearer",), after=(Newcomer,), cost=Cost(sign_ins=3), expected=4.0):
    """A member signs in and shows the token, others try without one that is theirs, and the member signs out."""

    members = uses(Members)

    @step(deadline=120)
    def person(self) -> BearerPerson:
        """Signs in on a device of its own."""
        newcomer = self.other(Newcomer)
        _ = newcomer.landing
        person = self.members.returning(newcomer.person.member, elsewhere=True)
        assert isinstance(person, BearerPerson), f"{person.member.name} shows no token"
        person.sign_in()
        return person

    @step
    def named(self) -> str | None:
        """Asks whom the token stands for."""
        return self.person.whoami()

    @step
    def from_a_tutorial(self) -> bool:
        """Looks whether the token is signed with a key that anybody can read somewhere."""
        return published_key(self.person.token)

    @step(independent=True)
    def wrong_password(self) -> Attempt:
        """Signs in as that member with another password."""
        guesser = self.members.returning(replace(self.person.member, password=secrets.token_urlsafe(18)), elsewhere=True)
        return attempt(guesser.sign_in)

    @step(independent=True)
    def unknown(self) -> Attempt:
        """Signs in as somebody who never signed up."""
        return attempt(self.members.visitor("nobody").sign_in)

    @step(independent=True)
    def without(self) -> str | None:
        """Asks who is there, without a token."""
        return self.members.visitor("nobody").whoami()

    @step(independent=True)
    def altered(self) -> dict[str, str | None]:
        """Asks whom tokens stand for that the deployment never gave out."""
        return {what: self._shown(token) for what, token in altered(self.person.token).items()}

    @step
    def replayed(self) -> str | None:
        """Signs out, and shows the token once more."""
        kept = self.person.kept()
        self.person.sign_out()
        return self.members.returning(self.person.member, kept).whoami()

    def _shown(self, token: str) -> str | None:
        thief = self.members.returning(self.person.member)
        assert isinstance(thief, BearerPerson)
        thief.show(token)
        return thief.whoami()
