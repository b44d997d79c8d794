"""Cookies: the session cookie can be neither read by a script, nor sent in the clear, nor sent for somebody else."""

from __future__ import annotations

import allure
import pytest

from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from suites.auth.journeys import Joining

pytestmark = [allure.epic("Authentication"), allure.feature("Cookies"), pytest.mark.requires("auth.email")]


@pytest.mark.requires("origin.https")
@allure.severity(allure.severity_level.CRITICAL)
def test_session_cookie_is_sent_over_https_only(joining: Joining) -> None:
    """The session cookie is Secure, and named so that browsers insist on it."""
    assert joining.cookie.secure, f"{joining.cookie.name} is not Secure"
    assert joining.cookie.name.startswith(("__Secure-", "__Host-")), (
        f"{joining.cookie.name} lacks the __Secure- prefix: is the deployment's base URL http?"
    )


@allure.severity(allure.severity_level.CRITICAL)
def test_session_cookie_is_hidden_from_scripts(joining: Joining) -> None:
    """The session cookie is HttpOnly."""
    assert joining.cookie.http_only, f"{joining.cookie.name} can be read by scripts"


@allure.severity(allure.severity_level.CRITICAL)
def test_session_cookie_is_not_sent_across_sites(joining: Joining) -> None:
    """The session cookie is SameSite=Lax or Strict."""
    assert joining.cookie.same_site in ("Lax", "Strict"), f"{joining.cookie.name} has SameSite={joining.cookie.same_site or 'unset'}"


@allure.severity(allure.severity_level.NORMAL)
def test_session_cookie_covers_the_whole_origin(joining: Joining, deployment: Deployment) -> None:
    """The session cookie is sent to every path of the deployment, and to no host that is not the deployment's."""
    assert joining.cookie.path == "/", f"{joining.cookie.name} has Path={joining.cookie.path or 'unset'}"
    assert joining.cookie.host_only or deployment.origin.within(joining.cookie.domain), (
        f"{joining.cookie.name} has Domain={joining.cookie.domain}"
    )


@allure.severity(allure.severity_level.NORMAL)
def test_session_cookie_expires(joining: Joining, email_sign_in: EmailSignIn) -> None:
    """The session cookie lives no longer than declared."""
    longest = email_sign_in.settings.session_days * 86400
    assert joining.cookie.max_age is None or 0 < joining.cookie.max_age <= longest, (
        f"{joining.cookie.name} lives {joining.cookie.max_age} s, declared are {longest:.0f} s"
    )


@allure.severity(allure.severity_level.CRITICAL)
def test_no_cookie_is_for_a_public_suffix(joining: Joining) -> None:
    """No cookie is for a domain under which strangers have hosts as well: browsers drop such a cookie, and nobody stays signed in."""
    shared = [f"{cookie.name} (Domain={cookie.domain})" for cookie in joining.kept if cookie.for_strangers]
    assert not shared, f"cookies for a public suffix: {', '.join(shared)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_cookies_keep_the_promises_of_their_names(joining: Joining) -> None:
    """A cookie whose name begins with __Secure- or __Host- is one that browsers accept under that name."""
    secure = [cookie.name for cookie in joining.kept if cookie.name.startswith(("__Secure-", "__Host-")) and not cookie.secure]
    assert not secure, f"named as if they were Secure, and are not: {', '.join(secure)}"
    hosts = [cookie for cookie in joining.kept if cookie.name.startswith("__Host-")]
    loose = [cookie.name for cookie in hosts if not cookie.host_only or cookie.path != "/"]
    assert not loose, f"named as if they were for one host only, and have a Domain or another Path than /: {', '.join(loose)}"
