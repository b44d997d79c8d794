"""Isolates: requests that share a process do not get in each other's way."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Crowd

pytestmark = [allure.epic("Authentication"), allure.feature("Sessions"), pytest.mark.requires("auth.email")]


LONGEST = 10.0


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_every_read_in_a_crowd_succeeds(crowd: Crowd) -> None:
    """Of many reads of one session, one after another and side by side with some that give up half-way, none fails."""
    failed = crowd.readings.failed
    assert not failed, f"{len(failed)} of {len(crowd.readings.done)} reads failed, first {failed[0].how}: {failed[0].trouble}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_no_read_in_a_crowd_hangs(crowd: Crowd) -> None:
    """None of these reads takes longer than ten seconds."""
    done = crowd.readings.done
    hung = [reading for reading in done if reading.seconds > LONGEST]
    assert not hung, f"{len(hung)} of {len(done)} reads took longer than {LONGEST:g} s, one {crowd.readings.slowest:.1f} s ({hung[0].how})"
