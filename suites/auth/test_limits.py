"""Limits: guessing passwords is slowed down for the one who guesses, and for nobody else."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Flood

pytestmark = [allure.epic("Authentication"), allure.feature("Limits"), pytest.mark.requires("auth.email.limits_drill")]


@pytest.mark.drill
@allure.severity(allure.severity_level.CRITICAL)
def test_guessing_is_throttled(flood: Flood) -> None:
    """Whoever tries one password after another is soon told to wait."""
    assert flood.burst.throttled, f"{len(flood.burst.statuses)} wrong passwords in a row, and none was throttled"


@pytest.mark.drill
@allure.severity(allure.severity_level.CRITICAL)
def test_made_up_client_address_does_not_help(flood: Flood) -> None:
    """Whoever is throttled stays so, whatever client address their requests claim to come from."""
    helped = [header for header, burst in flood.disguised.items() if burst.judged]
    assert not helped, f"a throttled client goes on guessing with a made-up {', '.join(helped)}"


@pytest.mark.drill
@pytest.mark.requires("limits.addresses")
@allure.severity(allure.severity_level.CRITICAL)
def test_another_client_is_not_throttled(flood: Flood) -> None:
    """While one client is throttled, another one at another address is not."""
    assert not flood.another_client.throttled, "another client, at another address, is throttled for what the first one did"
