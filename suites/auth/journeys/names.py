"""Members with user names, and members who show their session's token instead of a cookie."""

from __future__ import annotations

import secrets

from clients.identity.better_auth import Session
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.foreign_page import Lured
from clients.wire.attempts import Attempt
from fixtures.auth_email import EmailSignIn
from fixtures.people import Newcomer
from journeys import Cost, Journey, step, uses


class Namesakes(Journey, after=(Newcomer,), cost=Cost(requests=2, sign_ins=1), expected=4.0):
    """Others want the user name that a member has, or lure the member to a page of theirs."""

    auth = uses(EmailSignIn, "user_names", "sign_up")

    @step(deadline=120)
    def taken(self) -> str:
        """The member's user name, once they have signed up."""
        newcomer = self.other(Newcomer)
        _ = newcomer.account
        return newcomer.person.member.user_name

    @step
    def same(self) -> Attempt:
        """Somebody signs up with it."""
        return self.auth.namesake(self.auth.visitor("namesake"), self.taken)

    @step
    def in_capitals(self) -> Attempt:
        """Somebody else signs up with it in capitals."""
        return self.auth.namesake(self.auth.visitor("namesake"), self.taken.upper())

    @step(independent=True)
    def lured(self) -> Lured:
        """A form on a page of somebody else signs a browser in as the member, with the user name."""
        newcomer = self.other(Newcomer)
        _ = newcomer.landing
        return self.auth.foreign_page(newcomer.person.member, by_name=True).by_surprise()


class Carrying(Journey, after=(Newcomer,), cost=Cost(sign_ins=1), expected=3.0):
    """A member signs in, and shows the session's token as a bearer token, as an app on a phone does."""

    auth = uses(EmailSignIn, "bearer")

    @step(deadline=180)
    def person(self) -> BetterAuthPerson:
        """Signs in on a device of its own."""
        newcomer = self.other(Newcomer)
        _ = newcomer.landing
        person = self.auth.returning(newcomer.person.member, elsewhere=True)
        person.sign_in()
        return person

    @step
    def given(self) -> bool:
        """Looks whether a token came along (set-auth-token)."""
        return bool(self.person.auth.bearer)

    @step
    def session(self) -> Session | None:
        """Shows it, without a cookie, and asks who is signed in."""
        return self.auth.bearing(self.person.auth.bearer or secrets.token_urlsafe(24)).session()

    @step
    def altered(self) -> Session | None:
        """Shows the token with another signature."""
        token = self.person.auth.bearer.partition(".")[0]
        return self.auth.bearing(f"{token}.{secrets.token_urlsafe(32)}").session()

    @step
    def replayed(self) -> Session | None:
        """Signs out on the device, and shows the token once more."""
        token = self.person.auth.bearer
        self.person.auth.sign_out()
        return self.auth.bearing(token or secrets.token_urlsafe(24)).session()
