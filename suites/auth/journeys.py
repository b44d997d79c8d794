"""Stories of members: joining, being refused, forgetting a password, coming back."""

from __future__ import annotations

import secrets
from dataclasses import replace

from clients.attempts import Attempt, attempt
from clients.auth import Session, SignedIn, User
from clients.cookies import Cookie
from clients.mails import Mail
from clients.members import Member
from clients.signing import PUBLIC_DEFAULT_SECRET, forge
from journeys import Cost, Journey, step
from suites.stage import Actor, Stage


def confirmed(stage: Stage, person: Actor) -> str | None:
    """Signs somebody up and, where the deployment demands it, confirms the address. Returns where the link ended."""
    stage.account(person.member)
    person.auth.sign_up(person.member.name, person.member.email, person.member.password, callback=stage.email.landing)
    if not stage.email.verification:
        return None
    mail = stage.mail_to(person.member, stage.delivery.confirmation)
    return person.auth.follow_verification(mail.links[0])


class Joining(Journey, requires=("auth.email",), cost=Cost(sign_ups=1, sign_ins=2, mails=1, accounts=1), expected=6.0):
    """A visitor signs up, confirms the address, signs in, comes back, and signs out."""

    stage: Stage

    @step
    def person(self) -> Actor:
        """Somebody whom the deployment has never seen."""
        return self.stage.visitor("joining")

    @step
    def account(self) -> User:
        """Signs up."""
        self.stage.account(self.person.member)
        return self.person.auth.sign_up(
            self.person.member.name, self.person.member.email, self.person.member.password, callback=self.stage.email.landing
        )

    @step(independent=True)
    def too_early(self) -> Attempt | None:
        """Tries to sign in before the address is confirmed."""
        if not self.stage.email.verification:
            return None
        return attempt(lambda: self.person.auth.sign_in(self.person.member.email, self.person.member.password))

    @step(deadline=90)
    def mail(self) -> Mail | None:
        """Waits for the confirmation."""
        if not self.stage.email.verification:
            return None
        return self.stage.mail_to(self.person.member, self.stage.delivery.confirmation)

    @step
    def landing(self) -> str | None:
        """Follows the mailed link."""
        return self.person.auth.follow_verification(self.mail.links[0]) if self.mail else None

    @step
    def signed_in(self) -> SignedIn:
        """Signs in with the right password."""
        return self.person.auth.sign_in(self.person.member.email, self.person.member.password)

    @step
    def cookie(self) -> Cookie:
        """Looks at the session cookie as it was set."""
        cookie = self.person.auth.session_cookie()
        assert cookie is not None, "signing in set no session cookie"
        return cookie

    @step
    def session(self) -> Session | None:
        """Asks who is signed in."""
        return self.person.auth.session()

    @step
    def reloaded(self) -> Session | None:
        """Comes back on a fresh connection with the cookies that were kept."""
        return self.stage.returning(self.person.member, self.person.cookies()).auth.session()

    @step(independent=True)
    def forged(self) -> Session | None:
        """Presents the live session's token with a signature that an outsider can compute: better-auth's published default secret."""
        return self._presented(forge(self._token, PUBLIC_DEFAULT_SECRET))

    @step(independent=True)
    def tampered(self) -> Session | None:
        """Presents the live session's token with a made-up signature."""
        return self._presented(forge(self._token, secrets.token_urlsafe(32)))

    @step
    def kept(self) -> list[Cookie]:
        """Keeps a copy of every cookie."""
        return self.person.cookies()

    @step
    def signed_out(self) -> Session | None:
        """Signs out and asks again who is signed in."""
        self.person.auth.sign_out()
        return self.person.auth.session()

    @step
    def replayed(self) -> Session | None:
        """Presents the copy of the cookies after signing out."""
        return self.stage.returning(self.person.member, self.kept).auth.session()

    @property
    def _token(self) -> str:
        return self.cookie.plain.rpartition(".")[0]

    def _presented(self, value: str) -> Session | None:
        return self.stage.returning(self.person.member, [replace(self.cookie, value=value)]).auth.session()


class Outsiders(Journey, requires=("auth.email",), cost=Cost(sign_ins=2), expected=2.0):
    """People who are nobody's members try to get in."""

    stage: Stage

    @step(independent=True)
    def unknown_user(self) -> Attempt:
        """Signs in with an address that nobody signed up with."""
        nobody = self.stage.visitor("nobody")
        return attempt(lambda: nobody.auth.sign_in(nobody.member.email, nobody.member.password))

    @step(independent=True)
    def foreign_callback(self) -> Attempt:
        """Signs in on a way that would lead to somebody else's site."""
        nobody = self.stage.visitor("lured")
        return attempt(lambda: nobody.auth.sign_in(nobody.member.email, nobody.member.password, callback="https://gonogo-foreign.example/"))


class Refusals(Journey, requires=("auth.email",), after=(Joining,), cost=Cost(sign_ins=2), expected=6.0):
    """People who know a member's address, or the shape of a cookie, try to get in."""

    stage: Stage

    @step(independent=True)
    def wrong_password(self) -> Attempt:
        """Signs in as a member who exists, with another password."""
        joining = self.other(Joining)
        _ = joining.landing
        guesser = self.stage.returning(joining.person.member, elsewhere=True)
        return attempt(lambda: guesser.auth.sign_in(joining.person.member.email, secrets.token_urlsafe(16)))

    @step(independent=True)
    def foreign_origin(self) -> Attempt:
        """Signs in as that member, with the right password, from a page of somebody else."""
        joining = self.other(Joining)
        _ = joining.landing
        lured = self.stage.returning(joining.person.member, origin="https://gonogo-foreign.example", elsewhere=True)
        return attempt(lambda: lured.auth.sign_in(joining.person.member.email, joining.person.member.password))

    @step(independent=True)
    def made_up_cookie(self) -> Session | None:
        """Presents a cookie with a token that no deployment ever gave out."""
        joining = self.other(Joining)
        made_up = replace(joining.cookie, value=forge(secrets.token_urlsafe(24), PUBLIC_DEFAULT_SECRET))
        return self.stage.returning(joining.person.member, [made_up]).auth.session()


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

    @step(deadline=90)
    def person(self) -> Actor:
        """Joins and signs in."""
        stranger = self.stage.visitor("stranger")
        confirmed(self.stage, stranger)
        stranger.auth.sign_in(stranger.member.email, stranger.member.password)
        self.stage.device(stranger)
        return stranger


class Resetting(Journey, requires=("auth.email.reset",), cost=Cost(sign_ups=1, sign_ins=2, mails=2, accounts=1), expected=7.0):
    """A member forgets the password and sets a new one through the mail."""

    stage: Stage

    @step(deadline=90)
    def person(self) -> Actor:
        """Joins, without signing in."""
        person = self.stage.visitor("resetting")
        confirmed(self.stage, person)
        return person

    @step
    def asked(self) -> str:
        """Asks for a reset link. Returns what the deployment says, which is the same for everybody."""
        return self.person.auth.request_reset(self.person.member.email, self.stage.email.reset_page)

    @step(deadline=90)
    def mail(self) -> Mail:
        """Waits for the reset mail."""
        return self.stage.mail_to(self.person.member, self.stage.delivery.reset)

    @step
    def token(self) -> str:
        """Follows the mailed link, which hands a token to the page that asks for the new password."""
        return self.person.auth.follow_reset(self.mail.links[0])

    @step
    def renewed(self) -> Member:
        """Sets the new password."""
        renewed = Member(self.person.member.name, self.person.member.email, secrets.token_urlsafe(18))
        self.stage.account(renewed)
        self.person.auth.reset(self.token, renewed.password)
        return renewed

    @step
    def old_password(self) -> Attempt:
        """Signs in with the forgotten password."""
        return attempt(lambda: self.person.auth.sign_in(self.person.member.email, self.person.member.password))

    @step
    def new_password(self) -> SignedIn:
        """Signs in with the new one."""
        signed_in = self.person.auth.sign_in(self.renewed.email, self.renewed.password)
        self.stage.device(self.person)
        return signed_in

    @step
    def second_use(self) -> Attempt:
        """Uses the same reset link once more."""
        return attempt(lambda: self.person.auth.reset(self.token, secrets.token_urlsafe(18)))


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


joining = Joining.fixture()
refusals = Refusals.fixture()
owner = Owner.fixture()
stranger = Stranger.fixture()
outsiders = Outsiders.fixture()
resetting = Resetting.fixture()
returning = Returning.fixture()
