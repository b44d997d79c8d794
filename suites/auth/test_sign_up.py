"""Sign-up: a visitor becomes a member who can prove the address is theirs."""

from __future__ import annotations

import allure
import pytest

from clients.wire.origin import Origin
from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from fixtures.people import Announced
from suites.auth.journeys import Joining

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-up"), pytest.mark.requires("auth.email.sign_up")]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_visitor_becomes_a_member(joining: Joining) -> None:
    """Signing up creates a member with the name and the address that were given."""
    assert joining.account.email == joining.person.member.email
    assert joining.account.name == joining.person.member.name, f"the member is called {joining.account.name!r}"


@pytest.mark.requires("auth.email.verification")
@allure.severity(allure.severity_level.CRITICAL)
def test_new_member_is_not_verified(joining: Joining) -> None:
    """A new member's address still has to be confirmed."""
    assert not joining.account.verified, "a new member counts as confirmed before the link was followed"


@pytest.mark.requires("auth.email.verification")
@allure.severity(allure.severity_level.CRITICAL)
def test_unverified_member_cannot_sign_in(joining: Joining) -> None:
    """Nobody signs in before the address is confirmed."""
    assert joining.too_early is not None
    assert joining.too_early.refused, f"signing in before confirming: {joining.too_early}"


@pytest.mark.smoke
@pytest.mark.requires("mail.delivery.confirmation", "members.newcomers")
@allure.severity(allure.severity_level.BLOCKER)
def test_confirmation_link_lands_on_the_deployment(announced: Announced, deployment: Deployment, email_sign_in: EmailSignIn) -> None:
    """The mailed link ends on the landing page of this deployment, without an error."""
    assert announced.landing is not None
    assert deployment.origin.owns(announced.landing), f"the confirmation link ended on {announced.landing}"
    assert "error=" not in announced.landing, f"the confirmation link ended on {announced.landing}"
    path = Origin.path(announced.landing)
    assert path == email_sign_in.settings.landing, f"the confirmation link ended on {path}, declared is {email_sign_in.settings.landing}"


@pytest.mark.requires("auth.email.verification")
@allure.severity(allure.severity_level.CRITICAL)
def test_confirmed_member_is_verified(joining: Joining) -> None:
    """After the link was followed the member's address counts as confirmed."""
    assert joining.session is not None, "the link was followed, and nobody is signed in after it"
    assert joining.session.user is not None, "the link was followed, and the session names nobody"
    assert joining.session.user.verified, "the link was followed, and the address does not count as confirmed"
