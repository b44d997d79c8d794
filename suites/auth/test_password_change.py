"""Password change: a member who is signed in sets another password, and everybody else is out."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Changing

pytestmark = [allure.epic("Authentication"), allure.feature("Password change"), pytest.mark.requires("auth.email.change_password")]


@allure.severity(allure.severity_level.CRITICAL)
def test_changed_password_signs_in(changing: Changing) -> None:
    """After the change the new password signs the member in."""
    assert changing.new_password.user.email == changing.changed.email


@allure.severity(allure.severity_level.CRITICAL)
def test_old_password_is_refused_after_a_change(changing: Changing) -> None:
    """After the change the password from before signs nobody in."""
    assert changing.old_password.refused, f"signing in with the password from before the change: {changing.old_password}"


@allure.severity(allure.severity_level.CRITICAL)
def test_other_devices_are_signed_out_by_a_change(changing: Changing) -> None:
    """A change that asks for it ends the sessions of all other devices."""
    assert changing.second_afterwards is None, "the password was changed to end other sessions, and the other device's still answers"


@allure.severity(allure.severity_level.CRITICAL)
def test_device_at_hand_stays_signed_in_after_a_change(changing: Changing) -> None:
    """The device on which the password was changed stays signed in, as the same member."""
    assert changing.first_afterwards is not None, "changing the password signed the member out"
    assert changing.first_afterwards.email == changing.changed.email


@allure.severity(allure.severity_level.CRITICAL)
def test_change_needs_the_password(changing: Changing) -> None:
    """Being signed in is not enough to set another password: the one in force is asked for."""
    assert changing.guess.refused, f"changing the password without knowing it: {changing.guess}"
