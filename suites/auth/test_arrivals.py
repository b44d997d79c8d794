"""Arrivals: the mail of every sign-up arrives, not only that of the one that is looked at more closely."""

from __future__ import annotations

import allure
import pytest

from fixtures.people import Stranger
from suites.auth.journeys import Joining, Resetting

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-up"), pytest.mark.requires("auth.email.verification", "mail.delivery")]


@allure.severity(allure.severity_level.BLOCKER)
@pytest.mark.parametrize("who", ["joining", "stranger", "resetting"])
def test_mail_of_every_sign_up_arrives(who: str, joining: Joining, stranger: Stranger, resetting: Resetting) -> None:
    """Each sign-up of the run makes the provider accept a confirmation mail within the declared deadline; none is lost."""
    mail = joining.mail if who == "joining" else stranger.mail if who == "stranger" else resetting.confirmation
    assert mail is not None
    assert mail.links, f"the confirmation mail of the sign-up {who!r} has no link"
