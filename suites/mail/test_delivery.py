"""Delivery: a mail that a user waits for arrives, once, from the sender they know, and leads back here."""

from __future__ import annotations

import allure
import pytest

from fixtures.deployment import Deployment
from fixtures.mail_delivery import MailDelivery
from fixtures.people import Announced
from suites.mail.journeys import Delivery

pytestmark = [allure.epic("Mail"), allure.feature("Delivery"), pytest.mark.requires("mail.delivery.confirmation", "members.newcomers")]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_confirmation_is_sent_within_its_deadline(announced: Announced, mail_delivery: MailDelivery) -> None:
    """Signing up makes the provider accept a confirmation mail within the declared deadline."""
    assert announced.mail is not None
    assert announced.mail.subject == mail_delivery.settings.confirmation


@allure.severity(allure.severity_level.BLOCKER)
def test_confirmation_is_delivered(delivery: Delivery) -> None:
    """The provider says that the confirmation mail was delivered, not merely accepted."""
    assert delivery.delivered.last_event == "delivered", f"the provider says: {delivery.delivered.last_event}"


@allure.severity(allure.severity_level.CRITICAL)
def test_confirmation_is_sent_exactly_once(delivery: Delivery) -> None:
    """One sign-up makes one confirmation mail."""
    assert len(delivery.copies) == 1, f"{len(delivery.copies)} confirmation mails for one sign-up"


@allure.severity(allure.severity_level.CRITICAL)
def test_confirmation_comes_from_the_declared_sender(delivery: Delivery, mail_delivery: MailDelivery) -> None:
    """The confirmation mail's From is the sender that users know."""
    assert delivery.mail.sender == mail_delivery.settings.sender, (
        f"the mail is from {delivery.mail.sender}, declared is {mail_delivery.settings.sender}"
    )


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_every_link_leads_to_this_deployment(delivery: Delivery, deployment: Deployment) -> None:
    """Every link in the confirmation mail is https and stays on the hosts of the deployment under verification."""
    assert delivery.mail.links, "the confirmation mail has no link"
    strays = sorted({deployment.origin.hostname(link) for link in delivery.mail.links if not deployment.origin.owns(link)})
    assert not strays, f"the confirmation mail links to {', '.join(strays)}"
