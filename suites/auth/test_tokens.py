"""Tokens: what members show to other services proves who they are, to these services and for a while."""

from __future__ import annotations

import allure
import pytest

from clients.identity.jwt import PRIVATE_PARTS
from fixtures.auth_jwt import SignedTokens
from fixtures.deployment import Deployment
from suites.auth.journeys import Passes

pytestmark = [allure.epic("Authentication"), allure.feature("Tokens"), pytest.mark.requires("auth.jwt")]


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_is_signed_with_a_published_key(passes: Passes) -> None:
    """The token's signature is that of a key which the deployment publishes."""
    token, keys = passes.given.token, passes.given.keys
    verified = token.verified_by(keys)  # outside of the assertion, whose message shows what it is given
    assert verified, f"the token is signed with {token.algorithm} by no published key (of {len(keys)})"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_published_keys_are_public(passes: Passes) -> None:
    """The published keys verify signatures and cannot make them."""
    private = sorted({part for key in passes.given.keys for part in PRIVATE_PARTS & key.keys()})
    assert not private, f"the published keys have private parts: {', '.join(private)}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_names_its_issuer(passes: Passes, signed_tokens: SignedTokens, deployment: Deployment) -> None:
    """The token says that the declared issuer made it: this deployment, where nothing else is declared."""
    issuer = passes.given.token.claims.get("iss")
    declared = signed_tokens.settings.issuer or deployment.origin.url
    assert issuer == declared, f"the token was made by {issuer}, declared is {declared}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_names_its_audience(passes: Passes, signed_tokens: SignedTokens, deployment: Deployment) -> None:
    """The token is for the declared audience and nobody else."""
    declared = signed_tokens.settings.audience or deployment.origin.url
    assert passes.given.token.audience == (declared,), f"the token is for {passes.given.token.audience}, declared is {declared}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_expires(passes: Passes, signed_tokens: SignedTokens) -> None:
    """The token lives no longer than declared."""
    issued, expires = passes.given.token.moment("iat"), passes.given.token.moment("exp")
    longest = signed_tokens.settings.minutes * 60
    assert issued is not None, "the token does not say when it was made"
    assert expires is not None, "the token does not say until when it is good"
    assert 0 < expires - issued <= longest, f"the token lives {expires - issued:.0f} s, declared are {longest:.0f} s"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_is_the_members(passes: Passes) -> None:
    """The token's subject is the member who asked for it."""
    assert passes.given.session is not None, "the token was given out, and the session is empty"
    subject = passes.given.token.claims.get("sub")
    assert str(subject) == passes.given.session.user_id, "the token's subject is not the member who asked for it"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_token_needs_a_session(passes: Passes) -> None:
    """Nobody gets a token without being signed in."""
    assert passes.without_session.refused, f"asking for a token without a session: {passes.without_session}"
