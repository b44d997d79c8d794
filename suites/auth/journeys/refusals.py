"""People who must not get in, and what they are told."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace

from clients.errors import Refusal
from clients.identity.better_auth import NewUser, Session
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.foreign_page import FOREIGN, ForeignPage, Lured
from clients.identity.members import Member
from clients.identity.signing import PUBLIC_DEFAULT_SECRET, forge
from clients.wire.attempts import Attempt, attempt, tried
from fixtures.auth_email import EmailSignIn
from fixtures.mail_delivery import MailDelivery
from journeys import Cost, Journey, NotReached, step, uses
from suites.auth.journeys.joining import Joining
from suites.auth.journeys.resetting import Resetting


class Outsiders(Journey, cost=Cost(sign_ins=2), expected=2.0):
    """People who are nobody's members try to get in."""

    auth = uses(EmailSignIn)

    @step(independent=True)
    def unknown_user(self) -> Attempt:
        """Signs in with an address that nobody signed up with."""
        nobody = self.auth.visitor("nobody")
        return attempt(lambda: nobody.auth.sign_in(nobody.member.email, nobody.member.password))

    @step(independent=True)
    def foreign_callback(self) -> Attempt:
        """Signs in on a way that would lead to somebody else's site."""
        nobody = self.auth.visitor("lured")
        return attempt(lambda: nobody.auth.sign_in(nobody.member.email, nobody.member.password, callback=f"{FOREIGN}/"))


class Refusals(Journey, after=(Joining,), cost=Cost(sign_ins=3), expected=6.0):
    """People who know a member's address, or the shape of a cookie, try to get in."""

    auth = uses(EmailSignIn)

    @step(independent=True)
    def wrong_password(self) -> Attempt:
        """Signs in as a member who exists, with another password."""
        joining = self.other(Joining)
        _ = joining.landing
        guesser = self.auth.returning(joining.person.member, elsewhere=True)
        return attempt(lambda: guesser.auth.sign_in(joining.person.member.email, secrets.token_urlsafe(16)))

    @step(independent=True, deadline=90)
    def foreign_origin(self) -> tuple[Lured, ...]:
        """A page of somebody else signs a browser in as that member, with the right password, in every way that browsers leave it."""
        return tuple(self._foreign_page.tries())

    @step(independent=True, deadline=60)
    def foreign_form(self) -> Lured:
        """The same, by a form, in a browser that has never been here."""
        return self._foreign_page.by_surprise()

    @step(independent=True)
    def made_up_cookie(self) -> Session | None:
        """Presents a cookie with a token that no deployment ever gave out."""
        joining = self.other(Joining)
        made_up = replace(joining.cookie, value=forge(secrets.token_urlsafe(24), PUBLIC_DEFAULT_SECRET))
        return self.auth.returning(joining.person.member, [made_up]).auth.session()

    @property
    def _foreign_page(self) -> ForeignPage:
        joining, same_site = self.other(Joining), "Lax"
        _ = joining.landing
        with suppress(NotReached):  # how cookies are set is for other checks to say
            same_site = joining.cookie.same_site
        return self.auth.foreign_page(joining.person.member, same_site)


class Enumeration(Journey, after=(Joining,), cost=Cost(requests=1, sign_ins=1), expected=6.0):
    """Somebody tries to find out who is a member, by signing up in a member's place."""

    auth = uses(EmailSignIn)

    @step
    def impostor(self) -> BetterAuthPerson:
        """Somebody who knows a member's address."""
        joining = self.other(Joining)
        _ = joining.landing
        made_up = self.auth.visitor("impostor").member
        member = Member(made_up.name, joining.person.member.email, made_up.password)
        return self.auth.returning(member, elsewhere=True)

    @step
    def signed_up(self) -> NewUser | Refusal:
        """Signs up with that address, a name and a password of their own."""
        return tried(lambda: self.auth.another_sign_up(self.impostor))

    @step
    def signs_in(self) -> Attempt:
        """Signs in with that password."""
        _ = self.signed_up
        return attempt(lambda: self.impostor.auth.sign_in(self.impostor.member.email, self.impostor.member.password))

    @step(deadline=60)
    def member_afterwards(self) -> Session | None:
        """The member comes back with their own password."""
        _ = self.signs_in
        member = self.other(Joining).person.member
        back = self.auth.returning(member, elsewhere=True)
        back.auth.sign_in(member.email, member.password)
        return back.auth.session()


class Forgetful(Journey, after=(Resetting,), cost=Cost(requests=2), expected=8.0):
    """Somebody asks for a reset of an address that nobody signed up with."""

    auth = uses(EmailSignIn, "reset")
    delivery = uses(MailDelivery)

    @step
    def nobody(self) -> BetterAuthPerson:
        """Somebody who never joined."""
        return self.auth.visitor("forgetful")

    @step
    def asked(self) -> str:
        """Asks. Returns what the deployment says."""
        with self.auth.members.in_vain():
            return self.nobody.auth.request_reset(self.nobody.member.email, self.auth.settings.reset_page)

    @step(deadline=120)
    def mails(self) -> tuple[str, ...]:
        """Once a member who asked at that time has theirs, looks for mails to that address. Returns their subjects."""
        _ = self.asked, self.other(Resetting).mail
        return tuple(mail.subject for mail in self.delivery.mails_to(self.nobody.member))
