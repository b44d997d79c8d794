"""Stories of mail: what the deployment sends arrives, once."""

from __future__ import annotations

from clients.mail.mails import Mail
from journeys import Journey, step
from suites.auth.journeys import Joining
from suites.stage import Stage


class Delivery(Journey, requires=("mail.delivery", "auth.email.verification"), after=(Joining,), expected=9.0):
    """A visitor's confirmation mail is followed to the mailbox."""

    stage: Stage

    @step(deadline=180)
    def mail(self) -> Mail:
        """Waits until the provider has the confirmation mail."""
        mail = self.other(Joining).mail
        assert mail is not None
        return mail

    @step(deadline=180)
    def delivered(self) -> Mail:
        """Waits until the provider says that it was delivered, or that it never will be."""
        return self.stage.settled(self.mail)

    @step(deadline=180)
    def copies(self) -> list[Mail]:
        """After a while, reads every mail that went to this person under this subject."""
        self.stage.pause(self.stage.delivery.settle_seconds)
        return [mail for mail in self.stage.mails_to(self.other(Joining).person.member) if mail.subject == self.stage.delivery.confirmation]


delivery = Delivery.fixture()
