"""Signing in by mail: whoever reads the mail to an address comes in, once, and nobody else."""

from __future__ import annotations

import allure
import pytest

from clients.wire.redaction import shown_path
from fixtures.auth_by_mail import MailSignIn
from fixtures.mail_delivery import MailDelivery
from suites.auth.journeys import ByMail

pytestmark = [
    allure.epic("Authentication"),
    allure.feature("Sign-in by mail"),
    pytest.mark.requires("members.mailed"),
]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_mail_is_sent_within_its_deadline(by_mail: ByMail) -> None:
    """Whoever asks for a mail to sign in with gets it within the declared deadline."""
    email = by_mail.person.member.email.lower()
    assert any(email in to.lower() for to in by_mail.mail.to), f"the mail is to {', '.join(by_mail.mail.to)}, and {email} has asked"


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_mail_lets_its_receiver_in(by_mail: ByMail, mail_sign_in: MailSignIn) -> None:
    """Whoever does what the mail says is signed in under the address that it was sent to."""
    entered = by_mail.entered
    where = f": it ended on {entered.ended}" if entered.ended else ""
    if entered.ended in map(shown_path, by_mail.mail.links):
        where = f": {entered.ended} answered with a page, and led nowhere; the catch-all of a single-page app in front of it would"
    assert entered.who is not None, f"the {mail_sign_in.what} of the mail was {entered.answer}, and nobody is signed in{where}"
    assert entered.who == by_mail.person.member.email, f"the {mail_sign_in.what} of one member's mail signs in {entered.who}"


@allure.severity(allure.severity_level.CRITICAL)
def test_mail_comes_from_the_declared_sender(by_mail: ByMail, mail_delivery: MailDelivery) -> None:
    """The mail's From is the sender that users know."""
    declared = mail_delivery.settings.sender
    assert by_mail.mail.sender == declared, f"the mail is from {by_mail.mail.sender}, declared is {declared}"


@allure.severity(allure.severity_level.BLOCKER)
def test_mail_lets_in_once(by_mail: ByMail, mail_sign_in: MailSignIn) -> None:
    """A code or a link that was used lets nobody in again."""
    assert by_mail.again.who is None, f"a {mail_sign_in.what} that was used already signs in {by_mail.again.who} once more"


@allure.severity(allure.severity_level.BLOCKER)
def test_signing_out_ends_the_session(by_mail: ByMail) -> None:
    """After signing out nobody is signed in, also with a copy of every cookie from before."""
    assert by_mail.signed_out is None, f"after signing out {by_mail.signed_out} is still signed in"
    assert by_mail.replayed is None, f"a copy of the cookies still signs in {by_mail.replayed} after signing out"


@allure.severity(allure.severity_level.CRITICAL)
def test_scripts_cannot_read_the_session(by_mail: ByMail) -> None:
    """Every cookie that carries the session is HttpOnly."""
    assert by_mail.carriers, "without any of its cookies the session goes on: no single one carries it"
    readable = [cookie.name for cookie in by_mail.carriers if not cookie.http_only]
    assert not readable, f"scripts can read the cookie {' and '.join(readable)}, which carries the session (no HttpOnly)"
