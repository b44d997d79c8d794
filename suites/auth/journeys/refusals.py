"""People who must not get in, and what they are told."""

from __future__ import annotations

import secrets
from dataclasses import replace

from clients.errors import Refusal
from clients.identity.better_auth import NewUser, Session
from clients.identity.members import Member
from clients.identity.signing import PUBLIC_DEFAULT_SECRET, forge
from clients.wire.attempts import Attempt, attempt, tried
from journeys import Cost, Journey, step
from suites.auth.journeys.joining import Joining
from suites.auth.journeys.resetting import Resetting
from suites.stage import Actor, Stage


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


class Enumeration(Journey, requires=("auth.email",), after=(Joining,), cost=Cost(sign_ups=1, sign_ins=1), expected=6.0):
    """Somebody tries to find out who is a member, by signing up in a member's place."""

    stage: Stage

    @step
    def impostor(self) -> Actor:
        """Somebody who knows a member's address."""
        joining = self.other(Joining)
        _ = joining.landing
        made_up = self.stage.visitor("impostor").member
        member = Member(made_up.name, joining.person.member.email, made_up.password)
        return self.stage.returning(member, elsewhere=True)

    @step
    def signed_up(self) -> NewUser | Refusal:
        """Signs up with that address, a name and a password of their own."""
        member = self.impostor.member
        with self.stage.in_vain():
            return tried(lambda: self.impostor.auth.sign_up(member.name, member.email, member.password, callback=self.stage.email.landing))

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
        back = self.stage.returning(member, elsewhere=True)
        back.auth.sign_in(member.email, member.password)
        return back.auth.session()


class Forgetful(Journey, requires=("auth.email.reset", "mail.delivery"), after=(Resetting,), cost=Cost(requests=2), expected=8.0):
    """Somebody asks for a reset of an address that nobody signed up with."""

    stage: Stage

    @step
    def nobody(self) -> Actor:
        """Somebody who never joined."""
        return self.stage.visitor("forgetful")

    @step
    def asked(self) -> str:
        """Asks. Returns what the deployment says."""
        with self.stage.in_vain():
            return self.nobody.auth.request_reset(self.nobody.member.email, self.stage.email.reset_page)

    @step(deadline=120)
    def mails(self) -> tuple[str, ...]:
        """Once a member who asked at that time has theirs, looks for mails to that address. Returns their subjects."""
        _ = self.asked, self.other(Resetting).mail
        return tuple(mail.subject for mail in self.stage.mails_to(self.nobody.member))
