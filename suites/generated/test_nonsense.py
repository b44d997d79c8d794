"""Nonsense: whatever is sent, the deployment answers, does not fall over, and lets nobody in."""

from __future__ import annotations

import allure
import pytest

from suites.generated.journeys import Nonsense

pytestmark = [
    allure.epic("Authentication"),
    allure.feature("Nonsense"),
    pytest.mark.requires("auth.email"),
    pytest.mark.safe_in_production,
]


@allure.severity(allure.severity_level.NORMAL)
def test_malformed_requests_are_refused(nonsense: Nonsense) -> None:
    """Bodies and headers that are not what they say never lead to a failure, a hang, or a session."""
    assert nonsense.requests.examples > 0, "no request was made up"


@allure.severity(allure.severity_level.NORMAL)
def test_made_up_credentials_are_refused(nonsense: Nonsense) -> None:
    """Addresses and passwords of any alphabet and length never lead to a failure, a hang, or a session."""
    assert nonsense.credentials.examples > 0, "no credentials were made up"
