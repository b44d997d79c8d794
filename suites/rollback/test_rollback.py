"""Rollback: the newest version can be taken back, and brought forward again, without anybody losing anything."""

from __future__ import annotations

import allure
import pytest

from suites.rollback.journeys import Drill

pytestmark = [allure.epic("Deployment"), allure.feature("Rollback drill"), pytest.mark.requires("deploy.rollback"), pytest.mark.drill]


@allure.severity(allure.severity_level.CRITICAL)
def test_platform_and_answers_agree_on_the_version(drill: Drill) -> None:
    """The version that the platform says is live is the one that answers."""
    seen = sorted(set(drill.served_before))
    assert seen == [drill.current], f"the platform says {drill.current} is live, the answers say {', '.join(seen)}"


@allure.severity(allure.severity_level.BLOCKER)
def test_previous_version_is_served_after_a_rollback(drill: Drill) -> None:
    """After rolling back to the recorded version, only that version answers, within the declared time."""
    assert drill.rolled_back > 0


@pytest.mark.requires("members")
@allure.severity(allure.severity_level.CRITICAL)
def test_session_survives_a_rollback(drill: Drill) -> None:
    """A member who was signed in before the rollback is still signed in after it."""
    assert drill.session_on_previous is not None, "the session was lost by the rollback: have secrets changed between the versions?"
    assert drill.session_on_previous == drill.person.member.email, "the session belongs to somebody else after the rollback"


@pytest.mark.requires("members")
@allure.severity(allure.severity_level.CRITICAL)
def test_member_of_the_newer_version_signs_in_on_the_older(drill: Drill) -> None:
    """An account that the newer version created signs in on the older one."""
    assert drill.sign_in_on_previous is not None
    assert drill.sign_in_on_previous.refusal is None, f"signing in on the previous version: {drill.sign_in_on_previous}"


@pytest.mark.requires("storage.objects")
@allure.severity(allure.severity_level.CRITICAL)
def test_file_of_the_newer_version_is_readable_on_the_older(drill: Drill) -> None:
    """A file that the newer version stored is read by the older one, byte for byte."""
    assert drill.file is not None
    assert drill.file_on_previous is not None
    assert drill.file_on_previous.data == drill.file.data, "the previous version shows other bytes"


@allure.severity(allure.severity_level.BLOCKER)
def test_current_version_is_served_again(drill: Drill) -> None:
    """After the drill only the recorded version answers again, within the declared time."""
    assert drill.restored > 0


@pytest.mark.requires("members")
@allure.severity(allure.severity_level.CRITICAL)
def test_session_survives_the_way_forward(drill: Drill) -> None:
    """The member is still signed in when the newest version is back."""
    assert drill.session_on_current is not None, "the session was lost on the way forward"
    assert drill.session_on_current == drill.person.member.email
