"""The member who has been here before."""

from __future__ import annotations

from clients.identity.better_auth import Session, SignedIn
from clients.identity.better_auth_members import BetterAuthPerson
from clients.wire.cookies import Cookie
from fixtures.auth_email import EmailSignIn
from fixtures.auth_standing import StandingMember
from journeys import Cost, Journey, step, uses


class Returning(Journey, cost=Cost(sign_ins=1), expected=2.0):
    """A member who has been here before signs in and out."""

    auth = uses(EmailSignIn)
    standing = uses(StandingMember)

    @step
    def person(self) -> BetterAuthPerson:
        """The standing account."""
        return self.auth.returning(self.standing.member)

    @step
    def signed_in(self) -> SignedIn:
        """Signs in."""
        return self.person.auth.sign_in(self.person.member.email, self.person.member.password)

    @step
    def session(self) -> Session | None:
        """Asks who is signed in."""
        return self.person.auth.session()

    @step
    def kept(self) -> list[Cookie]:
        """Keeps a copy of every cookie."""
        return self.person.cookies()

    @step
    def signed_out(self) -> Session | None:
        """Signs out and asks again."""
        self.person.auth.sign_out()
        return self.person.auth.session()

    @step
    def replayed(self) -> Session | None:
        """Presents the copy of the cookies after signing out."""
        return self.auth.returning(self.person.member, self.kept).auth.session()
