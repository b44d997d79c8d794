"""Walls: recognised by their makers' marks, and nothing that a deployment says itself is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.wire import walls
from clients.wire.walls import Wall, recognise
from clients.wire.wire import Exchange, Wire
from tests.clients.servers import Answer, serving

Headers = tuple[tuple[str, str], ...]
HTML = ("content-type", "text/html; charset=utf-8")
JSON = ("content-type", "application/json")
CLOUDFLARE: Headers = (("server", "cloudflare"), ("cf-ray", "8f0c1d2e3f4a5b6c-FRA"))
SSO = "https://vercel.com/sso-api?url=https%3A%2F%2Facme-git-x.vercel.app%2Fhealth&nonce=0665eaf29cd1"
ACCESS = "https://acme.cloudflareaccess.com/cdn-cgi/access/login/staging.acme.example?kid=b80acca4&redirect_url=%2Fhealth"


def page(title: str, body: str = "") -> bytes:
    """An HTML page of that title."""
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


SEEN: dict[str, tuple[Wall, int, Headers, bytes]] = {
    "vercel redirects": (walls.VERCEL_LOGIN, 302, (("location", SSO), ("server", "Vercel")), b"Redirecting..."),
    "vercel's page": (
        walls.VERCEL_LOGIN,
        401,
        (HTML, ("set-cookie", "_vercel_sso_nonce=abc123; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax")),
        page("Authentication Required"),
    ),
    "vercel's page behind another cookie": (
        walls.VERCEL_LOGIN,
        401,
        (HTML, ("set-cookie", "other=1; Path=/"), ("set-cookie", "_vercel_sso_nonce=abc123; Path=/")),
        b"",
    ),
    "vercel to a program": (
        walls.VERCEL_LOGIN,
        401,
        (JSON,),
        json.dumps({"error": {"message": "Protected deployment", "code": "401"}, "protection": {"vercel_auth_callback": SSO}}).encode(),
    ),
    "access redirects": (walls.CLOUDFLARE_ACCESS, 302, (("location", ACCESS), *CLOUDFLARE), b""),
    "access takes service tokens only": (
        walls.CLOUDFLARE_ACCESS,
        403,
        (HTML, ("cf-access-aud", "b80acca4"), ("cf-access-domain", "staging.acme.example"), *CLOUDFLARE),
        page("Forbidden"),
    ),
    "access to a script": (walls.CLOUDFLARE_ACCESS, 401, (HTML, ("cf-access-domain", "staging.acme.example")), b""),
    "access signs in on the spot": (walls.CLOUDFLARE_ACCESS, 200, (HTML, *CLOUDFLARE), page("Sign in ・ Cloudflare Access")),
    "challenge": (walls.CLOUDFLARE_CHALLENGE, 403, (HTML, ("cf-mitigated", "challenge"), *CLOUDFLARE), page("Just a moment...")),
    "challenge in the guise of a rate limit": (walls.CLOUDFLARE_CHALLENGE, 429, (HTML, ("Cf-Mitigated", "challenge")), b""),
    "challenge without its header": (
        walls.CLOUDFLARE_CHALLENGE,
        503,
        (HTML,),
        page("Just a moment...", '<script src="/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1"></script>'),
    ),
    "firewall": (walls.CLOUDFLARE_BLOCK, 403, (("content-type", "text/plain"), *CLOUDFLARE), b"error code: 1010"),
    "firewall's page": (walls.CLOUDFLARE_BLOCK, 403, (HTML, *CLOUDFLARE), page("Attention Required! | Cloudflare")),
    "checkpoint": (walls.VERCEL_CHECKPOINT, 429, (HTML, ("x-vercel-mitigated", "challenge")), page("Vercel Security Checkpoint")),
    "checkpoint without its header": (walls.VERCEL_CHECKPOINT, 403, (HTML,), page("Vercel Security Checkpoint")),
    "vercel's firewall": (walls.VERCEL_CHECKPOINT, 403, (("x-vercel-mitigated", "deny"),), b"Forbidden"),
    "portal": (walls.CAPTIVE_PORTAL, 511, (HTML,), page("Network Authentication Required")),
    "parked": (walls.PARKED, 200, (HTML,), page("acme.example", "<script src='//img.sedoparking.com/js/jquery.js'></script>")),
    "parked at the registrar": (walls.PARKED, 200, (HTML,), page("acme.example", "This domain is parked free, courtesy of its registrar")),
    "sold elsewhere": (walls.PARKED, 302, (("location", "https://www.hugedomains.com/domain_profile.cfm?d=acme.example"),), b""),
}


@pytest.mark.parametrize("name", SEEN)
def test_wall_is_recognised(name: str) -> None:
    """By the answers that were seen from the real ones."""
    wall, status, headers, body = SEEN[name]
    assert recognise(status, headers, body) is wall


@pytest.mark.parametrize("name", SEEN)
def test_wall_says_what_opens_it(name: str) -> None:
    """One sentence what it is, one what to do; where a secret opens it, how to declare it."""
    wall = SEEN[name][0]
    assert len(wall.what) > 10
    assert len(wall.fix) > 20
    assert ("[access.headers]" in wall.fix) is (wall not in (walls.CAPTIVE_PORTAL, walls.PARKED))


OWN: dict[str, tuple[int, Headers, bytes]] = {
    "fm5 without a session": (401, (JSON, ("x-version-id", "v1"), *CLOUDFLARE), b'{"error":"unauthorized"}'),
    "fm5 with a wrong password": (401, (JSON, *CLOUDFLARE), b'{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}'),
    "fm5 with another origin": (403, (JSON, *CLOUDFLARE), b'{"message":"Invalid origin","code":"INVALID_ORIGIN"}'),
    "fm5 before the address is confirmed": (403, (JSON,), b'{"message":"Email not verified","code":"EMAIL_NOT_VERIFIED"}'),
    "fm5 limits": (429, (JSON, ("x-retry-after", "7"), *CLOUDFLARE), b'{"message":"Too many requests. Please try again later."}'),
    "fm5 after the link of the mail": (302, (("location", "/verified"), *CLOUDFLARE), b""),
    "fm5 is sick": (503, (JSON, *CLOUDFLARE), b'{"status":"unhealthy"}'),
    "the zone limits": (429, (("content-type", "text/plain"), ("retry-after", "10"), *CLOUDFLARE), b"error code: 1015\n"),
    "worker threw": (500, (HTML, *CLOUDFLARE), b"error code: 1101"),
    "origin is down": (521, (("content-type", "text/plain"), *CLOUDFLARE), b"error code: 521"),
    "sign in with cloudflare": (302, (("location", "https://acme.cloudflareaccess.com/cdn-cgi/access/sso/oidc/4f5e/authorize"),), b""),
    "sign in with vercel": (302, (("location", "https://vercel.com/oauth/authorize?client_id=x"),), b""),
    "sign in with github": (302, (("location", "https://github.com/login/oauth/authorize?client_id=x"),), b""),
    "own login page": (200, (HTML,), page("Sign in to continue", "<form><input type=password></form>")),
    "own refusal": (403, (HTML, *CLOUDFLARE), page("Forbidden", "You may not see this. Just a moment...")),
    "own page of that title": (200, (HTML,), page("Just a moment...", "Your order is on its way.")),
    "basic": (401, (HTML, ("www-authenticate", 'Basic realm="staging"')), b""),
    "talks about vercel": (200, (HTML,), page("Blog", "A plain request gets a 302 to https://vercel.com/sso-api, with _vercel_sso_nonce")),
    "other cookie": (200, (("set-cookie", "a=_vercel_sso_nonce=1; Path=/"),), b""),
    "sells domains": (200, (HTML,), page("Domains", "acme.example: this domain is for sale, buy this domain at Sedo or Bodis")),
    "json about a domain": (200, (JSON,), b'{"text":"This domain is parked"}'),
}


@pytest.mark.parametrize("name", OWN)
def test_own_answer_is_no_wall(name: str) -> None:
    """Refusals, redirections and pages of the deployment's own are for checks to judge."""
    assert recognise(*OWN[name]) is None


NAMES = st.sampled_from(
    ["server", "content-type", "location", "set-cookie", "www-authenticate", "x-version-id", "cf-ray", "x-vercel-id", "retry-after"]
)
VALUES = st.one_of(
    st.sampled_from(
        ["cloudflare", "Vercel", "text/html", "application/json", "/login", "https://login.acme.example/", "session=1; Path=/", "Bearer"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)


PAGE = [("content-type", "text/html"), ("server", "cloudflare")]
PLAIN = [body for _, _, body in OWN.values() if not any(recognise(status, PAGE, body) for status in range(200, 511))]


@given(
    status=st.integers(200, 510),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=6),
    body=st.one_of(st.binary(max_size=200), st.sampled_from(PLAIN)),
)
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_no_answer_without_a_mark_is_a_wall(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    """Whatever status, servers, cookies and redirections within its own reach a deployment answers with.

    Left out are texts that would be a wall's as a page of another status: nothing else tells them apart.
    """
    assert recognise(status, headers, body) is None


@given(st.sampled_from(sorted(SEEN)), st.lists(st.tuples(st.sampled_from(["x-powered-by", "x-vercel-id", "retry-after"]), VALUES)))
@settings(deadline=None)
def test_further_headers_hide_no_wall(name: str, more: list[tuple[str, str]]) -> None:
    """A proxy that adds its own headers, or spells names its own way, changes nothing."""
    wall, status, headers, body = SEEN[name]
    assert recognise(status, [(key.title(), value) for key, value in headers] + more, body) is wall


def test_exchange_carries_the_wall(tmp_path: Path) -> None:
    """Every answer on the wire is looked at, before redaction and however long it is."""
    heard: list[Exchange] = []
    long = page("Vercel Security Checkpoint", "x" * 50_000)
    with serving(tmp_path, "staging.fm5.test") as server, Wire(connect=server.connect, ca=server.ca, after=heard.append) as wire:
        server.routes["/wall"] = lambda _: Answer(403, long, (HTML,))
        server.routes["/own"] = lambda _: Answer(403, b"no", (HTML,))
        with wire.client("https://staging.fm5.test") as http:
            http.get("/wall")
            http.get("/own")
    assert [exchange.wall for exchange in heard] == [walls.VERCEL_CHECKPOINT, None]
    assert "* this is Vercel's security checkpoint" in heard[0].transcript()
