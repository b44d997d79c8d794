"""Bearer tokens: whoever shows one is its member, and nobody else has one."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Bearing

pytestmark = [allure.epic("Authentication"), allure.feature("Bearer tokens"), pytest.mark.requires("auth.bearer")]


@pytest.mark.smoke
@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_token_stands_for_the_member(bearing: Bearing) -> None:
    """After signing in the token names the member who signed in."""
    assert bearing.named is not None, "signed in, and the token stands for nobody"
    assert bearing.named == bearing.person.member.email, f"the token stands for {bearing.named}, who is somebody else"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_nobody_is_known_without_a_token(bearing: Bearing) -> None:
    """Whoever shows no token is nobody."""
    assert bearing.without is None, f"without a token somebody is {bearing.without}"


@allure.severity(allure.severity_level.BLOCKER)
def test_token_needs_the_password(bearing: Bearing) -> None:
    """Another password than the member's gets no token."""
    assert bearing.wrong_password.refused, f"signing in with a wrong password: {bearing.wrong_password}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_needs_a_member(bearing: Bearing) -> None:
    """Somebody who never signed up gets no token."""
    assert bearing.unknown.refused, f"signing in as nobody: {bearing.unknown}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_altered_token_opens_nothing(bearing: Bearing) -> None:
    """A token that was made up, or whose signature is another one or missing, stands for nobody."""
    opened = [what for what, who in bearing.altered.items() if who is not None]
    assert not opened, f"taken for somebody's: {'; '.join(opened)}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_token_is_not_signed_with_a_published_key(bearing: Bearing) -> None:
    """A signed token (JWT) is not made with the key of a tutorial."""
    assert not bearing.from_a_tutorial, "the token is signed with a key that stands in a tutorial: anybody can make tokens, for anybody"


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.bearer.logout")
@allure.severity(allure.severity_level.CRITICAL)
def test_token_is_refused_after_signing_out(bearing: Bearing) -> None:
    """A copy of the token opens nothing after signing out."""
    assert bearing.replayed is None, "a copy of the token still opens the session after signing out"
