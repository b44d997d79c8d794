"""Members whom other journeys share, and the one who has been here before."""

from __future__ import annotations

from clients.identity.better_auth import NewUser, Session, SignedIn
from clients.mail.mails import Mail
from clients.wire.cookies import Cookie
from journeys import Cost, Journey, step
from suites.auth.journeys.joining import Joining, joined
from suites.stage import Actor, Stage


class Owner(Journey, requires=("auth.email",), after=(Joining,), cost=Cost(sign_ins=1), expected=3.0):
    """A member whom other journeys share: somebody who owns things."""

    stage: Stage

    @step(deadline=90)
    def person(self) -> Actor:
        """Signs in on a device of their own, so that nobody else's signing out ends this session."""
        member = self.stage.standing
        if member is None:
            joining = self.other(Joining)
            _ = joining.landing
            member = joining.person.member
        owner = self.stage.returning(member, elsewhere=True)
        owner.auth.sign_in(member.email, member.password)
        self.stage.device(owner)
        return owner


class Stranger(Journey, requires=("auth.email",), cost=Cost(sign_ups=1, sign_ins=1, mails=1, accounts=1), expected=4.0):
    """A member whom other journeys share: somebody who must not see what the owner has."""

    stage: Stage

    @step
    def visitor(self) -> Actor:
        """Somebody else."""
        return self.stage.visitor("stranger")

    @step
    def account(self) -> NewUser:
        """Signs up."""
        return joined(self.stage, self.visitor)

    @step(deadline=90)
    def mail(self) -> Mail | None:
        """Waits for the confirmation."""
        if not self.stage.email.verification:
            return None
        return self.stage.mail_to(self.visitor.member, self.stage.delivery.confirmation)

    @step
    def person(self) -> Actor:
        """Follows the mailed link and signs in."""
        if self.mail:
            self.visitor.auth.follow_verification(self.mail.links[0])
        self.visitor.auth.sign_in(self.visitor.member.email, self.visitor.member.password)
        self.stage.device(self.visitor)
        return self.visitor


class Returning(Journey, requires=("auth.standing",), cost=Cost(sign_ins=1), expected=2.0):
    """A member who has been here before signs in and out."""

    stage: Stage

    @step
    def person(self) -> Actor:
        """The standing account."""
        assert self.stage.standing is not None
        return self.stage.returning(self.stage.standing)

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
        return self.stage.returning(self.person.member, self.kept).auth.session()
