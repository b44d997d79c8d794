"""Signing in elsewhere: the address that a deployment sends people to, and the page that asks them there."""

from __future__ import annotations

from urllib.parse import parse_qs

import httpx
import pytest

from clients.errors import Malformed, Refusal
from clients.identity.better_auth import BetterAuth
from clients.identity.social import ConsentPage, read_authorization
from tests.clients.mocks import BASE, Service

ASKED = (
    "https://github.com/login/oauth/authorize?response_type=code&client_id=fm5&state=s3cret-state&scope=read%3Auser+user%3Aemail"
    "&redirect_uri=https%3A%2F%2Fstaging.fm5.test%2Fback&code_challenge_method=S256&code_challenge=abc"
)
PAGE = """<form action="/other"><input name="q"></form>
<form method="post" action="/login/oauth/authorize"><input type="hidden" name="request" value="r&amp;1">
<input name="name"><input name="email" type="email"><button>Continue</button></form>"""


def test_authorization_is_read() -> None:
    """Every part of the request has its place; the state is in no representation."""
    asked = read_authorization(ASKED)
    assert (asked.host, asked.path, asked.client_id, asked.response_type) == ("github.com", "/login/oauth/authorize", "fm5", "code")
    assert asked.redirect_uri == "https://staging.fm5.test/back"
    assert asked.scopes == {"read:user", "user:email"}
    assert (asked.challenge, asked.challenge_method, asked.state) == ("abc", "S256", "s3cret-state")
    assert "s3cret-state" not in repr(asked)


def test_address_without_tls_is_no_providers() -> None:
    """An address over http is told apart from the provider's."""
    assert read_authorization("http://github.com/login").host == "http://github.com"
    assert read_authorization("/login").client_id == ""


def test_person_agrees_on_the_page() -> None:
    """The form that asks for an address is sent with its hidden fields, and where it leads is returned."""
    back = "https://staging.fm5.test/back?code=c&state=s"
    service = Service(
        {
            "GET /login/oauth/authorize": httpx.Response(200, text=PAGE),
            "POST /login/oauth/authorize": httpx.Response(302, headers={"location": back}),
        }
    )
    assert ConsentPage(service.client("https://github.com")).agree(read_authorization(ASKED), "Ann", "ann@fm5.test") == back
    sent = parse_qs(service.requests[-1].content.decode())
    assert sent == {"request": ["r&1"], "name": ["Ann"], "email": ["ann@fm5.test"]}


def test_page_that_refuses_is_a_refusal() -> None:
    """A provider that does not know the application says so on a page."""
    service = Service({"GET /login/oauth/authorize": httpx.Response(404, text="Access blocked")})
    with pytest.raises(Refusal, match=r"GET /login/oauth/authorize -> 404"):
        ConsentPage(service.client("https://github.com")).agree(read_authorization(ASKED), "Ann", "ann@fm5.test")


def test_page_without_the_form_is_malformed() -> None:
    """A page that asks for a password instead is no stand-in's."""
    service = Service({"GET /login/oauth/authorize": httpx.Response(200, text="<form><input name=login></form>")})
    with pytest.raises(Malformed, match="a form that asks for an address"):
        ConsentPage(service.client("https://github.com")).agree(read_authorization(ASKED), "Ann", "ann@fm5.test")


def test_signing_in_begins_and_ends() -> None:
    """The button's answer is read; an error that the way back hands to the landing page is a refusal."""
    service = Service(
        {
            "POST /api/auth/sign-in/social": httpx.Response(200, json={"url": ASKED, "redirect": True}),
            "GET /api/auth/callback/github": httpx.Response(302, headers={"location": "/api/auth/error?error=state_mismatch"}),
            "GET /api/auth/callback/google": httpx.Response(302, headers={"location": "/files"}),
            "GET /files": httpx.Response(200),
        }
    )
    auth = BetterAuth(service.client())
    assert auth.start_social("github", "/files").client_id == "fm5"
    assert service.sent() == {"provider": "github", "callbackURL": "/files"}
    assert auth.come_back(f"{BASE}/api/auth/callback/google?code=c") == f"{BASE}/files"
    with pytest.raises(Refusal, match="state_mismatch"):
        auth.come_back(f"{BASE}/api/auth/callback/github?code=c")
