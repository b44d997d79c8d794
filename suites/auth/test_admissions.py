"""Admissions: signing up and signing in cost the deployment the most work, and it has that much."""

from __future__ import annotations

from collections import Counter

import allure
import pytest

from suites.auth.journeys import Admissions

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-in"), pytest.mark.requires("auth.email")]


@allure.severity(allure.severity_level.CRITICAL)
def test_no_sign_up_or_sign_in_dies(admissions: Admissions) -> None:
    """None of the run's sign-ups and sign-ins ends in an error of the deployment, such as one for too much processor time."""
    died = [f"{admission.path} -> {admission.status}" for admission in admissions.answered if admission.status >= 500]
    each = ", ".join(f"{answer} ({times} times)" if times > 1 else answer for answer, times in Counter(died).items())
    assert not died, f"{len(died)} of {len(admissions.answered)} sign-ups and sign-ins died: {each}"
