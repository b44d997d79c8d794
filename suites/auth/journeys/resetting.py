"""Resetting: a forgotten password is replaced through the mail, in spite of whoever opens the links first."""

from __future__ import annotations

from clients.errors import DeadLink, Refusal
from clients.identity.better_auth import NewUser, ResetPage, SignedIn
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.members import Member
from clients.mail.mails import Mail
from clients.wire.attempts import Attempt, attempt, tried
from clients.wire.fetch_metadata import clicked
from fixtures.auth_email import EmailSignIn
from journeys import Cost, Journey, step, uses


class Resetting(Journey, cost=Cost(sign_ups=1, sign_ins=2, mails=1), expected=7.0):
    """A member whose mail provider opens every link first forgets the password and sets a new one through the mail."""

    auth = uses(EmailSignIn, "reset")

    @step
    def person(self) -> BetterAuthPerson:
        """Somebody whose mails are scanned."""
        return self.auth.visitor("resetting")

    @step
    def account(self) -> NewUser:
        """Signs up."""
        return self.auth.sign_up(self.person)

    @step(deadline=90)
    def confirmation(self) -> Mail | None:
        """Waits for the confirmation."""
        return self.auth.members.confirmation(self.person)

    @step
    def confirmed_after_a_scan(self) -> Attempt | None:
        """A scanner opens the confirmation link, then the person does."""
        if self.confirmation is None:
            return None
        link = self.confirmation.links[0]
        self._scanner.auth.scan(link)
        return attempt(lambda: self.person.confirm(link))

    @step(deadline=90)
    def confirmed(self) -> bool:
        """Where the scanner has used the link up, asks for another one. Returns whether that was necessary."""
        if self.confirmation is None or self.confirmed_after_a_scan is None or self.confirmed_after_a_scan.refusal is None:
            return False
        self.person.auth.send_verification(self.person.member.email, self.auth.settings.landing)
        again = self.auth.delivery.mail_again(self.person.member, self.auth.delivery.settings.confirmation, but=self.confirmation)
        self.person.confirm(again.links[0])
        return True

    @step
    def asked(self) -> str:
        """Asks for a reset link. Returns what the deployment says, which is the same for everybody."""
        _ = self.confirmed
        return self.person.auth.request_reset(self.person.member.email, self.auth.settings.reset_page)

    @step(deadline=90)
    def mail(self) -> Mail:
        """Waits for the reset mail."""
        return self.auth.delivery.mail_to(self.person.member, self.auth.delivery.settings.reset)

    @step
    def opened_after_a_scan(self) -> ResetPage | Refusal | DeadLink:
        """A scanner opens the reset link, then the person does: it hands a token to the page that asks for the new password."""
        self._scanner.auth.scan(self.mail.links[0])
        try:
            return tried(lambda: self._followed(self.mail))
        except DeadLink as dead:
            return dead  # for scanners as well, so they have not used it up

    @step(deadline=90)
    def opened(self) -> ResetPage:
        """That page, or, where the scanner has used the link up, the one of another link that is opened once."""
        if isinstance(self.opened_after_a_scan, ResetPage):
            return self.opened_after_a_scan
        if isinstance(self.opened_after_a_scan, DeadLink):
            raise self.opened_after_a_scan
        self.person.auth.request_reset(self.person.member.email, self.auth.settings.reset_page)
        return self._followed(self.auth.delivery.mail_again(self.person.member, self.auth.delivery.settings.reset, but=self.mail))

    @step(independent=True)
    def page(self) -> int:
        """The page is there. Returns its status."""
        return self.person.look(self.opened.url, headers=clicked()).status

    @property
    def token(self) -> str:
        """What the page was handed."""
        return self.opened.token

    @step
    def renewed(self) -> Member:
        """Sets the new password."""
        return self.auth.reset(self.person, self.token)

    @step
    def old_password(self) -> Attempt:
        """Signs in with the forgotten password."""
        return attempt(lambda: self.person.auth.sign_in(self.person.member.email, self.person.member.password))

    @step
    def new_password(self) -> SignedIn:
        """Signs in with the new one."""
        signed_in = self.person.auth.sign_in(self.renewed.email, self.renewed.password)
        self.auth.members.stays(self.person)
        return signed_in

    @step
    def second_use(self) -> Attempt:
        """Uses the same reset link once more."""
        return self.auth.reset_again(self.person, self.token)

    def _followed(self, mail: Mail) -> ResetPage:
        return self.person.auth.follow_reset(mail.links[0], self.auth.settings.reset_page)

    @property
    def _scanner(self) -> BetterAuthPerson:
        """A program at the mail provider's, without anybody's cookies."""
        return self.auth.returning(self.person.member, elsewhere=True)
