"""Members whom other journeys share, however people get in."""

from __future__ import annotations

from clients.identity.members import Member
from clients.identity.port import Person
from clients.mail.mails import Mail
from clients.wire.attempts import Attempt, attempt
from fixtures.members import Members
from journeys import Cost, Journey, step, uses


class Newcomer(Journey, cost=Cost(sign_ups=1, mails=1, accounts=1), expected=4.0):
    """A visitor signs up, and confirms the address where that is demanded. Where nobody can sign up, nobody does."""

    members = uses(Members)

    @step
    def person(self) -> Person:
        """Somebody whom the deployment has never seen; where nobody can sign up, somebody who is a member already."""
        return self.members.visitor("joining") if self.members.open else self.members.returning(self.members.standing[0])

    @step
    def account(self) -> object:
        """Signs up. Returns the answer, as far as it is understood."""
        return self.members.sign_up(self.person) if self.members.open else None

    @step(independent=True)
    def too_early(self) -> Attempt | None:
        """Tries to sign in before the address is confirmed."""
        return attempt(self.person.sign_in) if self.members.open and self.members.identity.confirms else None

    @step(deadline=90)
    def mail(self) -> Mail | None:
        """Waits for the confirmation."""
        return self.members.confirmation(self.person) if self.members.open else None

    @step
    def landing(self) -> str | None:
        """Follows the mailed link."""
        return self.person.confirm(self.mail.links[0]) if self.mail else None


class Owner(Journey, after=(Newcomer,), cost=Cost(sign_ins=1), expected=3.0):
    """A member whom other journeys share: somebody who owns things."""

    members = uses(Members)

    @step(deadline=90)
    def person(self) -> Person:
        """Signs in on a device of their own, so that nobody else's signing out ends this session."""
        owner = self.members.returning(self._member(), elsewhere=True)
        owner.sign_in()
        self.members.stays(owner)
        return owner

    def _member(self) -> Member:
        """The first of those who are there already, else whoever has joined."""
        if standing := self.members.standing:
            return standing[0]
        newcomer = self.other(Newcomer)
        _ = newcomer.landing
        return newcomer.person.member


class Stranger(Journey, cost=Cost(sign_ups=1, sign_ins=1, mails=1, accounts=1), expected=4.0):
    """A member whom other journeys share: somebody who must not see what the owner has."""

    members = uses(Members)

    @step
    def visitor(self) -> Person:
        """Somebody else; where two accounts exist, the one who has the second."""
        second = self.members.standing[1:2]
        return self.members.returning(second[0], elsewhere=True) if second else self.members.visitor("stranger")

    @step
    def account(self) -> object:
        """Signs up. Returns the answer, as far as it is understood."""
        return None if self.members.standing[1:2] else self.members.sign_up(self.visitor)

    @step(deadline=90)
    def mail(self) -> Mail | None:
        """Waits for the confirmation."""
        return None if self.members.standing[1:2] else self.members.confirmation(self.visitor)

    @step
    def person(self) -> Person:
        """Follows the mailed link and signs in."""
        if self.mail:
            self.visitor.confirm(self.mail.links[0])
        self.visitor.sign_in()
        self.members.stays(self.visitor)
        return self.visitor
