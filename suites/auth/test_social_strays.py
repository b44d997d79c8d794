"""Ways back on which nobody was sent: whoever makes one up gets nowhere."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Straying

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-in elsewhere"), pytest.mark.requires("auth.oauth.live")]


@allure.severity(allure.severity_level.BLOCKER)
def test_stray_way_back_signs_nobody_in(straying: Straying) -> None:
    """Nobody is signed in by a way back with a state or a code that is made up or missing, nor in another browser, nor by a refusal."""
    opened = [str(stray) for stray in straying.strays if stray.session is not None]
    assert not opened, f"somebody is signed in by {'; '.join(opened)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_state_is_looked_at_before_the_code(straying: Straying) -> None:
    """A way back whose state is not the browser's is refused for that (login CSRF), before the provider is asked about its code."""
    passed = [f"{stray} ({stray.answer.refusal.code})" for stray in straying.strays if stray.about_the_code and stray.answer.refusal]
    assert not passed, f"the OAuth state is not checked: the provider was asked about the code of {'; '.join(passed)}"


@allure.severity(allure.severity_level.NORMAL)
def test_stray_way_back_is_answered(straying: Straying) -> None:
    """None of them ends in an error of the deployment."""
    died = [f"{stray} -> {stray.answer.status}" for stray in straying.strays if (stray.answer.status or 0) >= 500]
    assert not died, f"the deployment fails at {'; '.join(died)}"
