"""Setting out: the buttons of identity providers lead to the right place, and the way back leads here."""

from __future__ import annotations

import allure
import pytest

from fixtures.auth_oauth import SocialSignIn
from fixtures.deployment import Deployment
from suites.auth.journeys import Beginning

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-in elsewhere"), pytest.mark.requires("auth.oauth")]


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_button_leads_to_the_provider(beginning: Beginning, social_sign_in: SocialSignIn) -> None:
    """Each provider's button leads to that provider, over https."""
    led = {name: begun.authorization.host for name, begun in beginning.begun.items()}
    strays = {name: host for name, host in led.items() if host != social_sign_in.settings.host(name)}
    assert not strays, f"the buttons lead elsewhere: {strays}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_provider_is_told_which_application_asks(beginning: Beginning, social_sign_in: SocialSignIn) -> None:
    """Each provider is told the declared client id, and that a code is wanted."""
    for name, begun in beginning.begun.items():
        told, declared = begun.authorization.client_id, social_sign_in.settings.providers[name].client_id
        assert told == declared, f"{name} is told the client id {told!r}, declared is {declared}"
        assert "code" in begun.authorization.response_type.split(), f"{name} is asked for {begun.authorization.response_type!r}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_way_back_leads_to_this_deployment(beginning: Beginning, social_sign_in: SocialSignIn) -> None:
    """Each provider is told to send people back to the registered path of this origin, over https, or to the declared proxy."""
    for name, begun in beginning.begun.items():
        registered, told = social_sign_in.registered(name), begun.authorization.redirect_uri
        assert told == registered, f"{name} is told the redirect_uri {told or 'nothing'}, which is not the registered {registered}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_way_back_is_bound_by_a_state(beginning: Beginning) -> None:
    """Each way has a state that nobody can guess."""
    for name, begun in beginning.begun.items():
        assert len(begun.authorization.state) >= 16, f"{name} is given a state of {len(begun.authorization.state)} characters"
    repeated = [name for name, again in beginning.again.items() if again.authorization.state == beginning.begun[name].authorization.state]
    assert not repeated, f"two ways to {', '.join(repeated)} have the same state"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_state_is_kept_in_the_browser_that_sets_out(beginning: Beginning, deployment: Deployment) -> None:
    """Setting out gives the browser a cookie of this host that comes along on the way back, and that no script can read."""
    for name, begun in beginning.begun.items():
        assert begun.cookies, f"setting out for {name} sets no cookie: nothing binds the way back to this browser"
        for cookie in begun.cookies:
            assert deployment.origin.has(cookie.host), f"the cookie {cookie.name} was set by {cookie.host}"
            assert cookie.host_only or deployment.origin.within(cookie.domain), f"the cookie {cookie.name} has Domain={cookie.domain}"
            assert cookie.secure or deployment.origin.in_clear, f"the cookie {cookie.name} is not Secure"
            assert cookie.http_only, f"the cookie {cookie.name} can be read by scripts"
            assert cookie.same_site in ("Lax", "None"), (
                f"{cookie.name} stays behind on the way back: SameSite={cookie.same_site or 'unset'}"
            )


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.oauth.pkce")
@allure.severity(allure.severity_level.CRITICAL)
def test_way_back_is_bound_by_pkce(beginning: Beginning, social_sign_in: SocialSignIn) -> None:
    """Each provider that takes one is given a challenge (S256), so that a stolen code is worth nothing."""
    for name, begun in beginning.begun.items():
        if not social_sign_in.settings.bound(name):
            continue
        assert begun.authorization.challenge_method == "S256", f"{name}: code_challenge_method is {begun.authorization.challenge_method!r}"
        assert len(begun.authorization.challenge) == 43, f"{name} is given a challenge of {len(begun.authorization.challenge)} characters"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.NORMAL)
def test_declared_scopes_are_asked_for(beginning: Beginning, social_sign_in: SocialSignIn) -> None:
    """Each provider is asked for what the deployment needs to know."""
    for name, begun in beginning.begun.items():
        missing = sorted(set(social_sign_in.settings.providers[name].scopes) - begun.authorization.scopes)
        assert not missing, f"{name} is not asked for {', '.join(missing)}"
