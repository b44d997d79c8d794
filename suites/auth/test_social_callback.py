"""Coming back: whom a provider has confirmed is signed in, and nobody else."""

from __future__ import annotations

import allure
import pytest

from clients.identity.better_auth import Session
from fixtures.auth_oauth import SocialSignIn
from fixtures.deployment import Deployment
from suites.auth.journeys import Arriving, Intruding

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-in elsewhere"), pytest.mark.requires("auth.oauth.stand_in")]


def _in(sessions: dict[str, Session | None]) -> list[str]:
    """The providers through which somebody is signed in."""
    return [name for name, session in sessions.items() if session is not None]


@allure.severity(allure.severity_level.BLOCKER)
def test_confirmed_person_is_signed_in(arriving: Arriving) -> None:
    """After coming back from each provider the person is signed in under the address that was confirmed there."""
    for name, arrival in arriving.arrivals.items():
        assert arrival.session is not None, f"back from {name}, and nobody is signed in"
        assert arrival.session.email == arriving.person.email, f"back from {name}, and signed in as somebody else"


@allure.severity(allure.severity_level.CRITICAL)
def test_way_back_ends_where_it_was_to_end(arriving: Arriving, deployment: Deployment, social_sign_in: SocialSignIn) -> None:
    """The way back ends on the page that was asked for, on this deployment."""
    for name, arrival in arriving.arrivals.items():
        assert deployment.origin.owns(arrival.landing), f"back from {name}, the way ends on {deployment.origin.hostname(arrival.landing)}"
        assert deployment.origin.path(arrival.landing) == social_sign_in.landing, (
            f"back from {name}, the way ends on {deployment.origin.path(arrival.landing)}"
        )


@allure.severity(allure.severity_level.CRITICAL)
def test_one_address_is_one_member(arriving: Arriving) -> None:
    """Providers that confirm the same address lead to the same member."""
    members = {arrival.session.user_id for arrival in arriving.arrivals.values() if arrival.session}
    assert len(members) == 1, f"{len(arriving.arrivals)} providers that confirm one address lead to {len(members)} members"


@allure.severity(allure.severity_level.CRITICAL)
def test_way_back_works_once(arriving: Arriving) -> None:
    """The way back that somebody has used opens no second session."""
    assert not _in(arriving.replayed), f"a way back that was used already signs in once more: {_in(arriving.replayed)}"


@allure.severity(allure.severity_level.BLOCKER)
def test_way_back_is_refused_in_another_browser(intruding: Intruding) -> None:
    """Nobody is signed in by a way back on which somebody else set out."""
    assert not _in(intruding.elsewhere), f"a way back opened in another browser signs in: {_in(intruding.elsewhere)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_made_up_state_is_refused(intruding: Intruding) -> None:
    """A way back with a state that nobody gave out, or with none, signs nobody in."""
    assert not _in(intruding.other_state), f"a made-up state signs in: {_in(intruding.other_state)}"
    assert not _in(intruding.no_state), f"a way back without a state signs in: {_in(intruding.no_state)}"


@allure.severity(allure.severity_level.BLOCKER)
def test_made_up_code_is_refused(intruding: Intruding) -> None:
    """A way back with a code that the provider never gave out signs nobody in."""
    assert not _in(intruding.other_code), f"a made-up code signs in: {_in(intruding.other_code)}"
