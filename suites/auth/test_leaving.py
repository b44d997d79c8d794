"""Leaving: a member who deletes the account is gone, and so is what they had."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Leaving

pytestmark = [allure.epic("Authentication"), allure.feature("Leaving"), pytest.mark.requires("auth.email.deletion")]


@allure.severity(allure.severity_level.CRITICAL)
def test_member_can_leave(leaving: Leaving) -> None:
    """A member who is signed in can delete the account with the password."""
    assert leaving.answer, "deleting the account was answered with nothing to read"


@allure.severity(allure.severity_level.CRITICAL)
def test_sessions_end_with_the_account(leaving: Leaving) -> None:
    """No device of a member who has left is signed in any more."""
    still = [device for device, session in leaving.gone.sessions.items() if session is not None]
    assert not still, f"the account is deleted, and still signed in: {', '.join(still)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_password_of_a_deleted_account_is_refused(leaving: Leaving) -> None:
    """The right password of a deleted account signs nobody in."""
    assert leaving.signs_in.refused, f"signing in to a deleted account: {leaving.signs_in}"


@pytest.mark.requires("storage.objects", "storage.objects.keys", "storage.s3")
@allure.severity(allure.severity_level.CRITICAL)
def test_files_go_with_the_account(leaving: Leaving) -> None:
    """The bucket keeps nothing of a member who has left."""
    assert leaving.gone.object_stays is False, "the account is deleted, and its file is still in the bucket"
