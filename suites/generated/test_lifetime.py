"""Lifetime: whatever order people do things in, a session is there exactly as long as they want it to be."""

from __future__ import annotations

import allure
import pytest

from suites.generated.journeys import Lifetime

pytestmark = [
    allure.epic("Authentication"),
    allure.feature("Lifetime of an account"),
    pytest.mark.requires("auth.email.change_password", "auth.email.sessions"),
]


@allure.severity(allure.severity_level.CRITICAL)
def test_sessions_live_as_long_as_their_stories_say(lifetime: Lifetime) -> None:
    """In every story that is made up of signing in and out, new passwords and ended sessions, each device is signed in when it must be."""
    assert lifetime.told.examples > 0, "no story was told"
