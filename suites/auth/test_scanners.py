"""Scanners: links still work for people whose mail provider opens every link first."""

from __future__ import annotations

import allure
import pytest

from clients.errors import Refusal
from suites.auth.journeys import Resetting

pytestmark = [allure.epic("Authentication"), allure.feature("Mailed links"), pytest.mark.requires("auth.email.reset")]


@pytest.mark.requires("auth.email.verification")
@allure.severity(allure.severity_level.CRITICAL)
def test_confirmation_link_survives_a_scanner(resetting: Resetting) -> None:
    """A confirmation link that a mail scanner has opened (HEAD, then GET without cookies) still works for the person."""
    clicked = resetting.confirmed_after_a_scan
    assert clicked is not None
    assert clicked.refusal is None, f"a confirmation link that a mail scanner opened first: {clicked}"


@allure.severity(allure.severity_level.CRITICAL)
def test_reset_link_survives_a_scanner(resetting: Resetting) -> None:
    """A reset link that a mail scanner has opened still works for the person."""
    opened = resetting.opened_after_a_scan
    refused = str(opened) if isinstance(opened, Refusal) else ""  # outside of the assertion, whose message shows what it is given
    assert not refused, f"a reset link that a mail scanner opened first: {refused}"
