"""Refusals: who must not get in does not."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Outsiders, Refusals

pytestmark = [allure.epic("Authentication"), allure.feature("Refusals"), pytest.mark.requires("auth.email")]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_wrong_password_is_refused(refusals: Refusals) -> None:
    """A member's address with another password signs nobody in."""
    assert refusals.wrong_password.refused, f"signing in with a wrong password: {refusals.wrong_password}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_unknown_user_is_refused(outsiders: Outsiders) -> None:
    """An address that nobody signed up with signs nobody in."""
    assert outsiders.unknown_user.refused, f"signing in as nobody: {outsiders.unknown_user}"


@allure.severity(allure.severity_level.CRITICAL)
def test_unknown_user_and_wrong_password_look_alike(outsiders: Outsiders, refusals: Refusals) -> None:
    """A refusal does not tell whether the address is a member's."""
    assert outsiders.unknown_user.refused, f"signing in as nobody: {outsiders.unknown_user}"
    known, unknown = repr(refusals.wrong_password), repr(outsiders.unknown_user)
    assert known == unknown, f"a member's address: {known}; nobody's: {unknown}"


@allure.severity(allure.severity_level.CRITICAL)
def test_foreign_origin_is_refused(refusals: Refusals) -> None:
    """A page on somebody else's site cannot sign a member in, even with the right password."""
    assert refusals.foreign_origin.refused, f"signing in from a foreign origin: {refusals.foreign_origin}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_foreign_callback_is_refused(outsiders: Outsiders) -> None:
    """Signing in does not lead to somebody else's site."""
    assert outsiders.foreign_callback.status == 403, f"signing in with a foreign callback: {outsiders.foreign_callback}"


@allure.severity(allure.severity_level.BLOCKER)
def test_made_up_cookie_is_refused(refusals: Refusals) -> None:
    """A session cookie that the deployment never gave out opens nothing."""
    assert refusals.made_up_cookie is None, "a made-up session cookie opens a session"
