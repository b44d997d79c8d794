"""Sessions: who signed in stays signed in until signing out, and not longer."""

from __future__ import annotations

import allure
import pytest

from clients.identity.signing import PUBLIC_DEFAULT_SECRETS, signed_with
from suites.auth.journeys import Joining, Returning

pytestmark = [allure.epic("Authentication"), allure.feature("Sessions"), pytest.mark.requires("auth.email")]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_member_signs_in(joining: Joining) -> None:
    """The right password signs the member in."""
    assert joining.signed_in.user.email == joining.person.member.email


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_session_belongs_to_the_member(joining: Joining) -> None:
    """After signing in the session names the member who signed in."""
    assert joining.session is not None, "signed in, and the session is empty"
    assert joining.session.email == joining.person.member.email, f"the session names {joining.session.email}, who is somebody else"


@allure.severity(allure.severity_level.CRITICAL)
def test_session_survives_a_reload(joining: Joining) -> None:
    """The kept cookies still name the member on a fresh connection."""
    assert joining.reloaded is not None, "the session was lost on a fresh connection"
    assert joining.reloaded.email == joining.person.member.email


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_signing_out_ends_the_session(joining: Joining) -> None:
    """After signing out nobody is signed in."""
    assert joining.signed_out is None, "signed out, and the session still names a member"


@allure.severity(allure.severity_level.CRITICAL)
def test_kept_cookies_are_refused_after_signing_out(joining: Joining) -> None:
    """A copy of every cookie, presented after signing out, opens nothing."""
    assert joining.replayed is None, "a copy of the cookies still opens the session after signing out"


@allure.severity(allure.severity_level.BLOCKER)
def test_session_is_not_signed_with_the_public_default_secret(joining: Joining) -> None:
    """The session cookie is not signed with the secret that better-auth publishes as its default."""
    value = joining.cookie.value
    public = any(signed_with(value, secret) for secret in PUBLIC_DEFAULT_SECRETS)  # outside of the assertion, whose message shows it all
    assert not public, "the session cookie is signed with the public default secret: BETTER_AUTH_SECRET is unset"


@allure.severity(allure.severity_level.BLOCKER)
def test_cookie_signed_with_the_public_default_secret_is_refused(joining: Joining) -> None:
    """A live session's token, signed with the published default secret, opens nothing."""
    assert joining.forged is None, "a cookie signed with the public default secret opens a session"


@allure.severity(allure.severity_level.CRITICAL)
def test_tampered_signature_is_refused(joining: Joining) -> None:
    """A live session's token with another signature opens nothing."""
    assert joining.tampered is None, "a cookie with a made-up signature opens a session"


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.standing")
@allure.severity(allure.severity_level.BLOCKER)
def test_standing_member_signs_in_and_out(returning: Returning) -> None:
    """The standing account signs in, is named by its session, and is gone after signing out."""
    assert returning.session is not None, "signed in, and the session is empty"
    assert returning.session.email == returning.person.member.email
    assert returning.signed_out is None, "signed out, and the session still names a member"


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.standing")
@allure.severity(allure.severity_level.CRITICAL)
def test_standing_members_kept_cookies_are_refused(returning: Returning) -> None:
    """A copy of the standing account's cookies opens nothing after signing out."""
    assert returning.replayed is None, "a copy of the cookies still opens the session after signing out"
