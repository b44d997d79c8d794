"""Enumeration: nobody can find out who is a member, or take a member's place."""

from __future__ import annotations

import allure
import pytest

from clients.identity.better_auth import NewUser
from suites.auth.journeys import Enumeration, Forgetful, Joining, Resetting

pytestmark = [allure.epic("Authentication"), allure.feature("Enumeration"), pytest.mark.requires("auth.email")]


# Without verification better-auth signs a new member in at once, so the answer tells: https://www.better-auth.com/docs/authentication/email-password
@pytest.mark.requires("auth.email.duplicates", "auth.email.verification")
@allure.severity(allure.severity_level.CRITICAL)
def test_second_sign_up_looks_like_the_first(joining: Joining, enumeration: Enumeration) -> None:
    """Signing up with a member's address is answered as if nobody had it."""
    second = enumeration.signed_up
    assert isinstance(second, NewUser), f"signing up with a member's address: {second}"
    assert second.shape == joining.account.shape, f"a member's address: {second.shape}; nobody's: {joining.account.shape}"


@pytest.mark.requires("auth.email.sign_up")
@allure.severity(allure.severity_level.BLOCKER)
def test_second_sign_up_opens_nothing(enumeration: Enumeration) -> None:
    """Whoever signs up with a member's address cannot sign in with the password that they chose."""
    assert enumeration.signs_in.refused, f"signing in with the password of a second sign-up: {enumeration.signs_in}"


@pytest.mark.requires("auth.email.sign_up")
@allure.severity(allure.severity_level.BLOCKER)
def test_second_sign_up_changes_nothing(joining: Joining, enumeration: Enumeration) -> None:
    """After somebody else signed up with their address, the member's password and name are what they were."""
    session = enumeration.member_afterwards
    assert session is not None, "signed in, and the session is empty"
    assert session.user is not None, "signed in, and the session names nobody"
    assert session.user.name == joining.person.member.name, f"the member is now called {session.user.name!r}"


@pytest.mark.requires("auth.email.reset", "mail.delivery")
@allure.severity(allure.severity_level.CRITICAL)
def test_reset_does_not_tell_who_is_a_member(resetting: Resetting, forgetful: Forgetful) -> None:
    """Asking for a reset link says the same about a member's address and about nobody's."""
    assert forgetful.asked == resetting.asked, f"a member's address: {resetting.asked!r}; nobody's: {forgetful.asked!r}"


@pytest.mark.requires("auth.email.reset", "mail.delivery")
@allure.severity(allure.severity_level.CRITICAL)
def test_nobody_is_mailed_a_reset(forgetful: Forgetful) -> None:
    """An address that nobody signed up with gets no mail."""
    assert not forgetful.mails, f"an address that nobody signed up with was sent {', '.join(map(repr, forgetful.mails))}"
