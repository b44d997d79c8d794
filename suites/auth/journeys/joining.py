"""Joining: a visitor becomes a member, comes back, and signs out."""

from __future__ import annotations

import secrets
from dataclasses import replace

from clients.identity.better_auth import NewUser, Session, SignedIn
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.signing import PUBLIC_DEFAULT_SECRETS, forge
from clients.mail.mails import Mail
from clients.wire.attempts import Attempt
from clients.wire.cookies import Cookie
from fixtures.auth_email import EmailSignIn
from fixtures.people import Newcomer
from journeys import Cost, Journey, step, uses


class Joining(Journey, after=(Newcomer,), cost=Cost(sign_ins=2), expected=6.0):
    """A visitor who has signed up and confirmed the address signs in, comes back, and signs out."""

    auth = uses(EmailSignIn)

    @property
    def person(self) -> BetterAuthPerson:
        """Somebody whom the deployment has never seen."""
        return self.auth.of(self.other(Newcomer).person)

    @property
    def account(self) -> NewUser:
        """The answer to signing up."""
        account = self.other(Newcomer).account
        assert isinstance(account, NewUser), "where accounts exist, nobody signs up"
        return account

    @property
    def too_early(self) -> Attempt | None:
        """Signing in before the address is confirmed."""
        return self.other(Newcomer).too_early

    @property
    def mail(self) -> Mail | None:
        """The confirmation."""
        return self.other(Newcomer).mail

    @property
    def landing(self) -> str | None:
        """Where the mailed link ended."""
        return self.other(Newcomer).landing

    @step(deadline=180)
    def signed_in(self) -> SignedIn:
        """Signs in with the right password, when the mailed link was followed."""
        _ = self.landing
        return self.person.sign_in()

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
        return self.auth.returning(self.person.member, self.person.cookies()).auth.session()

    @step(independent=True)
    def forged(self) -> Session | None:
        """Presents the live session's token with signatures that an outsider can compute: better-auth's published default secrets."""
        opened = (self._presented(forge(self._token, secret)) for secret in PUBLIC_DEFAULT_SECRETS)
        return next((session for session in opened if session is not None), None)

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
        return self.auth.returning(self.person.member, self.kept).auth.session()

    @property
    def _token(self) -> str:
        return self.cookie.plain.rpartition(".")[0]

    def _presented(self, value: str) -> Session | None:
        return self.auth.returning(self.person.member, [replace(self.cookie, value=value)]).auth.session()
