"""Stories of mail: what the deployment sends arrives, once."""

from __future__ import annotations

from clients.mail.mails import Mail
from fixtures.mail_delivery import MailDelivery
from fixtures.members import Members
from fixtures.people import Announced, Newcomer
from journeys import Journey, step, uses


class Delivery(Journey, after=(Announced, Newcomer), expected=9.0):
    """A visitor's confirmation mail is followed to the mailbox."""

    members = uses(Members)
    provider = uses(MailDelivery, "confirmation")

    @step(deadline=180)
    def mail(self) -> Mail:
        """Waits until the provider has the confirmation mail."""
        mail = self.other(Announced).mail
        assert mail is not None
        return mail

    @step(deadline=180)
    def delivered(self) -> Mail:
        """Waits until the provider says that it was delivered, or that it never will be."""
        return self.provider.settled(self.mail)

    @step(deadline=180)
    def copies(self) -> list[Mail]:
        """After a while, reads every mail that went to this person under this subject."""
        self.pause(self.provider.settings.settle_seconds)
        return [
            mail
            for mail in self.provider.mails_to(self.other(Newcomer).person.member)
            if mail.subject == self.provider.settings.confirmation
        ]
