"""Ways to come in: who may sign up, who is there already, and what does not fit together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from environments.schema.auth_oauth import OAuth
from environments.schema.auth_standing import StandingAccount
from tests.gonogo.fakes import MEMBERS, STANDING, environment

ADDRESSES = "someone+{label}@acme.example"
CLOSED: dict[str, Any] = {"addresses": ADDRESSES, "sign_up": False}
TWO = {"accounts": [STANDING, STANDING]}
INVITATION = {"field": "code", "code": "BYPASS"}
BEARER: dict[str, Any] = {"login": "/login", "sign_up": "/users"}


def mistakes(**sections: Any) -> str:
    """What is wrong with an environment of these sections; empty where nothing is."""
    try:
        environment(**sections)
    except ValidationError as error:
        return str(error)
    return ""


def test_closed_sign_up_needs_two_members_and_no_mail() -> None:
    """Isolation needs two; what would be mailed to somebody new, or done to them, is not demanded."""
    assert "2 members must be there" in mistakes(auth={"email": CLOSED, "standing": STANDING})
    target = environment(auth={"email": CLOSED, "standing": TWO})
    assert "members.invitation" in target.capabilities
    undone = {"auth.email.sign_up", "auth.email.verification", "auth.email.reset", "auth.email.deletion", "auth.email.duplicates"}
    assert not undone & target.capabilities


@pytest.mark.parametrize("key", ["verification", "reset", "change_password", "deletion"])
def test_what_would_change_an_account_is_refused_where_nobody_is_new(key: str) -> None:
    """It is declared, so it would have to be verified, and it may not be done to an account that others use."""
    said = mistakes(auth={"email": {**CLOSED, key: True}, "standing": TWO})
    assert f"auth.email: {key} would be done to accounts that others use" in said
    assert not mistakes(tier="production", auth={"email": {**CLOSED, key: True}, "standing": TWO})


def test_invitation_lets_a_run_sign_up() -> None:
    """Then people are new, and everything is done to them, as where anybody signs up."""
    target = environment(auth={"email": {**MEMBERS["auth"]["email"], "sign_up": False, "invitation": INVITATION}}, mail=MEMBERS["mail"])
    assert {"members.invitation", "auth.email.sign_up", "auth.email.deletion", "auth.email.verification"} <= target.capabilities


def test_open_sign_up_is_as_it_was() -> None:
    """Who says nothing of invitations has none."""
    target = environment(**MEMBERS)
    assert "auth.email.sign_up" in target.capabilities
    assert "members.invitation" not in target.capabilities


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        ({}, "give an account's email and password"),
        ({"email": "EMAIL"}, "an account has a password as well"),
        ({"password": "PASSWORD"}, "an account has an email, or a user_name"),
        ({"accounts": [{"password": "PASSWORD"}]}, "an account has an email, or a user_name"),
    ],
)
def test_account_is_somebody(standing: dict[str, Any], sentence: str) -> None:
    """An account has a name to sign in with and a password."""
    assert sentence in mistakes(**{**MEMBERS, "auth": {**MEMBERS["auth"], "standing": standing}})


def test_accounts_stand_in_the_order_of_the_file() -> None:
    """The one that the table itself names comes first."""
    named = {**STANDING, "accounts": [{"user_name": "BYPASS", "password": "PASSWORD"}]}
    section = environment(**{**MEMBERS, "auth": {**MEMBERS["auth"], "standing": named}}).section(StandingAccount)
    assert section is not None
    assert [str(each.email or each.user_name) for each in section.everyone] == ["$EMAIL", "$BYPASS"]


@pytest.mark.parametrize("key", [{"closed": True}, {"fields": {"terms": True}}, {"invitation": INVITATION}])
def test_what_is_said_of_signing_up_needs_its_path(key: dict[str, Any]) -> None:
    """Nobody could try."""
    said = mistakes(auth={"bearer": {"login": "/login", **key}, "standing": TWO})
    assert f"auth.bearer: {next(iter(key))} say something about signing up" in said


def test_closed_bearer_is_verified() -> None:
    """With members who are there, and a path at which whoever tries is refused."""
    target = environment(auth={"bearer": {**BEARER, "closed": True}, "standing": TWO})
    assert "members.invitation" in target.capabilities
    assert "auth.bearer.sign_up" not in target.capabilities
    assert "2 members must be there" in mistakes(auth={"bearer": {**BEARER, "closed": True}})


@pytest.mark.parametrize("header", ["Cookie", "content-type", "Sec-Fetch-Mode", "x api"])
def test_token_is_shown_in_a_header_of_its_own(header: str) -> None:
    """Not in one that every request has."""
    assert "auth.bearer.header" in mistakes(auth={"bearer": {**BEARER, "header": header}})


def oauth(**keys: Any) -> OAuth:
    """[auth.oauth] of an app without passwords."""
    section = environment(auth={"oauth": keys}).section(OAuth)
    assert section is not None
    return section


GITHUB = {"client_id": "x"}


def test_accounts_elsewhere_need_no_password_here() -> None:
    """Where better-auth is mounted and where the way back ends is said by the section itself then."""
    target = environment(auth={"oauth": {"base": "/auth/", "github": GITHUB}})
    section = oauth(base="/auth/", github=GITHUB)
    assert section.own_callback(target, "github") == "/auth/callback/github"
    assert (section.base_in(target), section.landing_in(target)) == ("/auth", "/")
    assert "auth.oauth.live" in target.capabilities


def test_way_back_may_be_a_proxys() -> None:
    """The provider knows its address, and this deployment takes people back at its own."""
    target, proxy = environment(), "https://www.acme.example/api/auth/callback/{provider}"
    assert oauth(callback=proxy, github=GITHUB).own_callback(target, "github") == "/api/auth/callback/github"
    assert "auth.oauth.callback" in mistakes(auth={"oauth": {"callback": "https://u:p@x.example/{provider}", "github": GITHUB}})


def test_providers_are_those_of_better_auth_and_ones_own() -> None:
    """Where each asks people, and whether PKCE goes along: better-auth sends none to some."""
    own = {"client_id": "x", "authorize": "https://id.acme.example/authorize", "generic": True}
    section = oauth(github=GITHUB, discord=GITHUB, acme=own, microsoft={**GITHUB, "pkce": False})
    hosts = {name: section.host(name) for name in section.providers}
    assert hosts == {
        "github": "github.com",
        "discord": "discord.com",
        "acme": "id.acme.example",
        "microsoft": "login.microsoftonline.com",
    }
    assert [name for name in section.providers if section.bound(name)] == ["github", "acme"]
    assert section.own_callback(environment(), "acme") == "/api/auth/oauth2/callback/acme"


def test_base_is_said_once() -> None:
    """Two of them cannot both be right."""
    said = mistakes(**{**MEMBERS, "auth": {**MEMBERS["auth"], "oauth": {"base": "/auth", "github": GITHUB}}})
    assert "auth.oauth.base and auth.email.base are the same thing" in said
