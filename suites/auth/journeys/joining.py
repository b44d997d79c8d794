"""Joining: a visitor becomes a member, comes back, and signs out."""

from __future__ import annotations

import secrets
from dataclasses import replace

from clients.identity.better_auth import NewUser, Session, SignedIn
from clients.identity.signing import PUBLIC_DEFAULT_SECRET, forge
from clients.mail.mails import Mail
from clients.wire.attempts import Attempt, attempt
from clients.wire.cookies import Cookie
from journeys import Cost, Journey, step
from suites.stage import Actor, Stage


def joined(stage: Stage, person: Actor) -> NewUser:
    """Signs somebody up."""
    stage.account(person.member)
    return person.auth.sign_up(person.member.name, person.member.email, person.member.password, callback=stage.email.landing)


def confirmed(stage: Stage, person: Actor) -> str | None:
    """Signs somebody up and, where the deployment demands it, confirms the address. Returns where the link ended."""
    joined(stage, person)
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
    def account(self) -> NewUser:
        """Signs up."""
        return joined(self.stage, self.person)

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
