"""Devices: a member sees where they are signed in, and can end it from elsewhere."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Devices

pytestmark = [allure.epic("Authentication"), allure.feature("Devices"), pytest.mark.requires("auth.email.sessions")]


@allure.severity(allure.severity_level.NORMAL)
def test_every_device_is_listed(devices: Devices) -> None:
    """The list of sessions shows the device at hand and the other one."""
    listed, second = {session.id for session in devices.listed}, devices.on_second
    assert second is not None, "the second device is signed in, and its session is empty"
    assert second.id in listed, f"the second device is not among the {len(listed)} sessions of the list"
    assert len(listed) > 1, "the device at hand is not in the list"


@allure.severity(allure.severity_level.NORMAL)
def test_list_shows_the_members_own_sessions(devices: Devices) -> None:
    """The list holds no other member's sessions."""
    strangers = [session for session in devices.listed if session.user_id != devices.revoked.user_id]
    assert not strangers, f"{len(strangers)} of {len(devices.listed)} sessions in the list are somebody else's"


@allure.severity(allure.severity_level.CRITICAL)
def test_revoked_device_is_signed_out(devices: Devices) -> None:
    """A device whose session was ended from another one presents its cookies in vain."""
    assert devices.second_afterwards is None, "the session was ended from another device, and its cookies still open it"


@allure.severity(allure.severity_level.NORMAL)
def test_revoked_device_leaves_the_list(devices: Devices) -> None:
    """A session that was ended is not in the list any more."""
    assert devices.revoked.id not in {session.id for session in devices.listed_afterwards}, (
        "the list still shows the session that was ended"
    )


@allure.severity(allure.severity_level.CRITICAL)
def test_revoking_device_stays_signed_in(devices: Devices) -> None:
    """Ending another device's session leaves one's own."""
    assert devices.first_afterwards is not None, "ending the other device's session ended this one as well"
