"""Password reset: a forgotten password is replaced through the member's own mail, once."""

from __future__ import annotations

import allure
import pytest

from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from suites.auth.journeys import Resetting

pytestmark = [allure.epic("Authentication"), allure.feature("Password reset"), pytest.mark.requires("auth.email.reset")]


@allure.severity(allure.severity_level.CRITICAL)
def test_reset_can_be_asked_for(resetting: Resetting) -> None:
    """A member can ask for a reset link."""
    assert resetting.asked, "asking for a reset link was answered with nothing to read"


@allure.severity(allure.severity_level.CRITICAL)
def test_reset_link_stays_on_the_deployment(resetting: Resetting, deployment: Deployment) -> None:
    """The reset mail links to this deployment only, over https."""
    assert resetting.mail.links, "the reset mail has no link"
    strays = [link for link in resetting.mail.links if not deployment.origin.owns(link)]
    assert not strays, f"the reset mail links to {[deployment.origin.hostname(link) for link in strays]}"


@allure.severity(allure.severity_level.CRITICAL)
def test_reset_link_ends_on_the_reset_page(resetting: Resetting, deployment: Deployment, email_sign_in: EmailSignIn) -> None:
    """Whoever clicks the mailed link gets to the declared page of this deployment, and the page is there."""
    ended, declared = resetting.opened.url, email_sign_in.settings.reset_page
    assert deployment.origin.owns(ended), f"the reset link ended on {deployment.origin.hostname(ended)}"
    assert deployment.origin.path(ended) == declared, f"the reset link ended on {deployment.origin.path(ended)}, declared is {declared}"
    assert resetting.page == 200, f"the reset link ends on {declared}, which is answered with {resetting.page}"


@allure.severity(allure.severity_level.CRITICAL)
def test_new_password_signs_in(resetting: Resetting) -> None:
    """After the reset the new password signs the member in."""
    assert resetting.new_password.user.email == resetting.person.member.email


@allure.severity(allure.severity_level.CRITICAL)
def test_old_password_is_refused_after_a_reset(resetting: Resetting) -> None:
    """After the reset the forgotten password signs nobody in."""
    assert resetting.old_password.refused, f"signing in with the old password: {resetting.old_password}"


@allure.severity(allure.severity_level.CRITICAL)
def test_reset_link_works_once(resetting: Resetting) -> None:
    """A reset link that has been used sets no further password."""
    assert resetting.second_use.refused, f"using the reset link again: {resetting.second_use}"
