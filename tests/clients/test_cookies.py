"""Cookies and their signatures, as a browser and better-auth see them."""

import httpx
import pytest

from clients.identity.signing import PUBLIC_DEFAULT_SECRET, forge, signature, signed_with
from clients.wire.cookies import Cookie, is_public_suffix, parse, put

SECRET = "a-secret-of-at-least-32-characters"


def test_every_attribute_is_read() -> None:
    """The attributes that a check asks about."""
    cookie = parse(
        "__Secure-a.b=v%3D; Max-Age=604800; Domain=.FM5.test; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        "HttpOnly; secure; samesite=LAX; Partitioned"
    )
    assert cookie == Cookie(
        name="__Secure-a.b",
        value="v%3D",
        secure=True,
        http_only=True,
        same_site="Lax",
        domain="fm5.test",
        path="/",
        max_age=604800,
        expires="Thu, 01 Jan 1970 00:00:00 GMT",
    )
    assert cookie.plain == "v="
    assert not cookie.host_only
    assert not cookie.cleared


def test_absent_attributes_are_absent() -> None:
    """Nothing is assumed; an attribute nobody knows is ignored, not the cookie with it."""
    cookie = parse("a=b=c; Fancy=1;; Max-Age=soon")
    assert cookie == Cookie("a", "b=c")
    assert cookie.host_only


@pytest.mark.parametrize("header", ["", "novalue", "=x; Path=/"], ids=["empty", "no-equals", "no-name"])
def test_what_a_browser_ignores_is_no_cookie(header: str) -> None:
    """A header without a name sets nothing."""
    assert parse(header) is None


def test_cleared_cookies_are_recognised() -> None:
    """Max-Age of 0 or less, or an empty value, takes a cookie away."""
    assert all(cookie and cookie.cleared for cookie in map(parse, ("a=b; Max-Age=0", "a=b; Max-Age=-1", "a=; Path=/")))


def test_value_stays_out_of_repr() -> None:
    """A record in an assertion's message must not open a session."""
    assert "opensesame" not in repr(Cookie("a", "opensesame"))


def test_kept_cookies_reach_the_host_they_came_from() -> None:
    """A replayed cookie is sent to its host, and to no other."""
    sent: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        put(http, [Cookie("a", "b", secure=True, path="/")], "https://staging.fm5.test")
        http.get("https://staging.fm5.test/api")
        http.get("https://files.fm5.test/")
    assert sent == ["a=b", None]


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "http://app.localhost:3000",
        "https://acme.example",
        "http://acme",
    ],
)
@pytest.mark.parametrize("domain", ["", "of the host"])
def test_kept_cookies_go_to_the_host_that_set_them(origin: str, domain: str) -> None:
    """Whatever its name looks like: with a dot, without one, an address."""
    host = httpx.URL(origin).host
    answered: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        answered.append(request.headers.get("cookie"))
        return httpx.Response(200)

    with httpx.Client(base_url=origin, transport=httpx.MockTransport(answer)) as http:
        put(http, [Cookie("a", "b", path="/", domain=host if domain else "")], origin)
        http.get("/")
        http.get("https://elsewhere.example/")
    assert answered == ["a=b", None]


def test_signature_is_better_auth_s() -> None:
    """The value is what better-call 1.4.0, which signs better-auth's cookies, made of this token and secret."""
    assert signature("token", "secret") == "6UERDj0r/oJiHw4+FDRzDXMF0QbF9oyHFl0LJ6RhGko="
    assert forge("token", "secret") == "token.6UERDj0r%2FoJiHw4%2BFDRzDXMF0QbF9oyHFl0LJ6RhGko%3D"


def test_signing_secret_is_recognised() -> None:
    """Which secret a cookie was signed with, percent-encoded or not; nothing else passes."""
    cookie = forge("some.token", PUBLIC_DEFAULT_SECRET)
    assert signed_with(cookie, PUBLIC_DEFAULT_SECRET)
    assert not signed_with(cookie, SECRET)
    assert not signed_with("unsigned", SECRET)
    assert not signed_with("", SECRET)
    assert not signed_with("tökén.ünsigned", SECRET)


def test_public_suffixes_are_known() -> None:
    """Under these anybody can have a name, so a cookie for them reaches strangers."""
    assert is_public_suffix("com")
    assert is_public_suffix(".workers.dev")
    assert not is_public_suffix("fm5.com")


@pytest.mark.parametrize(
    ("domain", "strangers"), [("workers.dev", True), (".vercel.app", True), ("acme.workers.dev", False), ("localhost", False), ("", False)]
)
def test_cookie_for_strangers(domain: str, strangers: bool) -> None:
    """A cookie for a public suffix would reach hosts of others; one for a registered domain, or for its host only, does not."""
    assert Cookie("a", "b", domain=domain.removeprefix(".")).for_strangers is strangers
