"""Session tokens: where a session is shown as a bearer token, it is as good as the cookie, and no longer."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Carrying

pytestmark = [allure.epic("Authentication"), allure.feature("Bearer tokens"), pytest.mark.requires("auth.email.bearer")]


@allure.severity(allure.severity_level.BLOCKER)
def test_session_token_names_the_member(carrying: Carrying) -> None:
    """Signing in gives out a token (set-auth-token), and whoever shows it is the member."""
    assert carrying.given, "signing in gives out no set-auth-token: is better-auth's bearer plugin there?"
    assert carrying.session is not None, "the session's token was shown as a bearer token, and nobody is signed in"
    assert carrying.session.email == carrying.person.member.email, "the token stands for somebody else"


@allure.severity(allure.severity_level.BLOCKER)
def test_altered_session_token_opens_nothing(carrying: Carrying) -> None:
    """The session's token with another signature opens nothing."""
    assert carrying.altered is None, "a bearer token with a made-up signature opens a session"


@allure.severity(allure.severity_level.CRITICAL)
def test_session_token_ends_with_the_session(carrying: Carrying) -> None:
    """After signing out the token opens nothing."""
    assert carrying.replayed is None, "the token still opens the session after signing out"
