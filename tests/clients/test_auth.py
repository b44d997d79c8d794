"""The better-auth client against answers of better-auth 1.7.7."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from clients.errors import DeadLink, Malformed, Refusal
from clients.identity.better_auth import BetterAuth, User
from clients.identity.signing import PUBLIC_DEFAULT_SECRET, forge, signed_with
from tests.clients.mocks import BASE, Reply, Service

USER = {"id": "u1", "email": "a@fm5.test", "name": "Ada", "emailVerified": False, "image": None}
SESSION = {
    "id": "s1",
    "token": "tok-en",
    "userId": "u1",
    "createdAt": "2026-11-20T12:00:00.000Z",
    "expiresAt": "2026-11-27T12:00:00.000Z",
    "ipAddress": "127.0.0.7",
}
TOKEN = "pQ7Zk2Lw9XcV4bN8mR1tY6uI3oA5sDfG"
VALUE = forge(TOKEN, "the-secret-of-this-deployment-32-chars")
SET = ("set-cookie", f"__Secure-better-auth.session_token={VALUE}; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax")
CLEAR = ("set-cookie", "__Secure-better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax")
# What better-auth answers instead of a session.
NULL = httpx.Response(200, headers={"content-type": "application/json"}, text="null")
SIGNED_IN = httpx.Response(200, headers=[SET], json={"redirect": False, "token": TOKEN, "user": USER})


def actor(path: str, *replies: Reply, base: str = "/api/auth") -> tuple[BetterAuth, Service]:
    service = Service({path: list(replies)})
    return BetterAuth(service.client(), base), service


def test_sign_up_returns_the_user() -> None:
    """The body is better-auth's, and what was not given is not sent."""
    auth, service = actor("POST /api/auth/sign-up/email", httpx.Response(200, json={"token": None, "user": USER}))
    account = auth.sign_up("Ada", "a@fm5.test", "correct horse")
    assert (account.id, account.email, account.name, account.verified) == ("u1", "a@fm5.test", "Ada", False)
    assert account.shape.startswith("200 .token:null .user.email:str")
    assert service.sent() == {"name": "Ada", "email": "a@fm5.test", "password": "correct horse"}
    auth.sign_up("Ada", "a@fm5.test", "correct horse", "/verified")
    assert service.sent()["callbackURL"] == "/verified"
    assert auth.session_cookie() is None


def test_sign_in_keeps_the_session_in_the_jar() -> None:
    """The cookie that was set is sent with the next request, and its attributes are on record."""
    service = Service({"POST /api/auth/sign-in/email": SIGNED_IN, "GET /api/auth/get-session": NULL})
    auth = BetterAuth(service.client())
    signed_in = auth.sign_in("a@fm5.test", "correct horse", remember=False)
    assert (signed_in.user.email, signed_in.token) == ("a@fm5.test", TOKEN)
    assert TOKEN not in repr(signed_in)
    assert service.sent()["rememberMe"] is False
    auth.session()
    assert service.requests[-1].headers["cookie"] == f"__Secure-better-auth.session_token={VALUE}"
    cookie = auth.session_cookie()
    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path, cookie.max_age) == (True, True, "Lax", "/", 604800)
    assert signed_with(cookie.value, "the-secret-of-this-deployment-32-chars")
    assert not signed_with(cookie.value, PUBLIC_DEFAULT_SECRET)


@pytest.mark.parametrize("name", ["better-auth.session_token", "__Host-shop.session_token", "sid"], ids=["http", "prefix", "own-name"])
def test_session_cookie_is_found_by_what_it_holds(name: str) -> None:
    """No prefix is assumed: the cookie that holds the session's token is the one, whatever it is called."""
    headers = [("set-cookie", "theme=dark; Path=/"), ("set-cookie", f"{name}={VALUE}; Path=/")]
    auth, _ = actor("POST /auth/sign-in/email", httpx.Response(200, headers=headers, json={"token": TOKEN, "user": USER}), base="/auth")
    auth.sign_in("a@fm5.test", "correct horse")
    cookie = auth.session_cookie()
    assert cookie is not None
    assert cookie.name == name


def test_session_is_read_or_absent() -> None:
    """better-auth answers 200 `null` when there is no session."""
    auth, _ = actor("GET /api/auth/get-session", httpx.Response(200, json={"session": SESSION, "user": USER}), NULL)
    session = auth.session()
    assert session is not None
    assert session.user == User("u1", "a@fm5.test", "Ada", verified=False)
    assert session.expires == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert "tok-en" not in repr(session)
    assert auth.session() is None


def test_sign_out_clears_the_cookie() -> None:
    """What was taken away is kept no more."""
    service = Service(
        {
            "POST /api/auth/sign-in/email": SIGNED_IN,
            "POST /api/auth/sign-out": httpx.Response(200, headers=[CLEAR], json={"success": True}),
        }
    )
    auth = BetterAuth(service.client())
    auth.sign_in("a@fm5.test", "correct horse")
    auth.sign_out()
    assert auth.cookies() == []
    assert auth.session_cookie() is None


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"code": "INVALID_EMAIL_OR_PASSWORD", "message": "Invalid email or password"}, "INVALID_EMAIL_OR_PASSWORD"),
        (403, {"code": "EMAIL_NOT_VERIFIED", "message": "Email not verified"}, "EMAIL_NOT_VERIFIED"),
        (403, {"code": "INVALID_ORIGIN", "message": "Invalid origin"}, "INVALID_ORIGIN"),
    ],
    ids=["password", "unverified", "origin"],
)
def test_refusal_carries_better_auth_s_code(status: int, body: dict[str, str], code: str) -> None:
    """The refusal reads as one line, and its parts can be asked for."""
    auth, _ = actor("POST /api/auth/sign-in/email", httpx.Response(status, json=body))
    with pytest.raises(Refusal) as caught:
        auth.sign_in("a@fm5.test", "wrong horse")
    assert str(caught.value) == f"POST /api/auth/sign-in/email -> {status} {code}"
    assert (caught.value.status, caught.value.code, caught.value.message) == (status, code, body["message"])


def test_rate_limit_says_how_long() -> None:
    """better-auth names the wait in `X-Retry-After` and gives no code."""
    body = {"message": "Too many requests. Please try again later."}
    auth, _ = actor("POST /api/auth/sign-in/email", httpx.Response(429, headers={"X-Retry-After": "10"}, json=body))
    with pytest.raises(Refusal) as caught:
        auth.sign_in("a@fm5.test", "correct horse")
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, "", 10.0)
    assert str(caught.value).endswith("429 Too many requests. Please try again later.")


def test_empty_404_is_a_refusal_too() -> None:
    """better-auth answers an unknown path with nothing at all."""
    auth, _ = actor("GET /api/auth/jwks", httpx.Response(404))
    with pytest.raises(Refusal, match=r"GET /api/auth/jwks -> 404 \(empty body\)"):
        auth.keys()


CALLS: list[tuple[str, Callable[[BetterAuth], object]]] = [
    ("POST /api/auth/sign-up/email", lambda auth: auth.sign_up("Ada", "a@fm5.test", "correct horse")),
    ("POST /api/auth/sign-in/email", lambda auth: auth.sign_in("a@fm5.test", "correct horse")),
    ("GET /api/auth/get-session", lambda auth: auth.session()),
    ("POST /api/auth/sign-out", lambda auth: auth.sign_out()),
    ("GET /api/auth/list-sessions", lambda auth: auth.sessions()),
    ("POST /api/auth/change-password", lambda auth: auth.change_password("old horse", "new horse")),
    ("POST /api/auth/delete-user", lambda auth: auth.delete_account("correct horse")),
    ("POST /api/auth/request-password-reset", lambda auth: auth.request_reset("a@fm5.test")),
]


@pytest.mark.parametrize(("path", "call"), CALLS, ids=[path.split("/", 3)[3] for path, _ in CALLS])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(200, html="<!doctype html><title>Sign in to continue</title>"), "expected JSON, got text/html: '<!doctype html>"),
        (httpx.Response(200, json="ok"), "expected"),
        (httpx.Response(302, headers={"location": "https://sso.example/login?x=1"}), "redirection to https://sso.example/login"),
        (httpx.Response(200), "got no content type, empty"),
    ],
    ids=["html", "other-json", "redirect", "empty"],
)
def test_answer_of_something_else_is_malformed(path: str, call: Callable[[BetterAuth], object], answer: httpx.Response, words: str) -> None:
    """A login wall, a page, an empty success: named as what it is, with a quote, for every verb."""
    auth, _ = actor(path, answer)
    with pytest.raises(Malformed) as caught:
        call(auth)
    assert words in str(caught.value)
    assert "?x=1" not in str(caught.value)


@pytest.mark.parametrize(
    "user", [{}, {**USER, "emailVerified": "yes"}, {**USER, "id": True}, None], ids=["empty", "verified", "id", "null"]
)
def test_user_without_its_fields_is_malformed(user: Any) -> None:
    """A user has an id, an address, a name, and a yes or no about the address."""
    auth, _ = actor("POST /api/auth/sign-up/email", httpx.Response(200, json={"user": user}))
    with pytest.raises(Malformed):
        auth.sign_up("Ada", "a@fm5.test", "correct horse")


def test_quote_of_a_malformed_answer_has_no_secret() -> None:
    """The first characters of a page are quoted without the tokens in its links."""
    page = f'<a href="/reset?token={TOKEN}">reset</a>'
    auth, _ = actor("GET /api/auth/jwks", httpx.Response(200, html=page))
    with pytest.raises(Malformed) as caught:
        auth.keys()
    assert TOKEN not in str(caught.value)


def test_verification_link_is_followed_to_its_end() -> None:
    """The page that the link leads to is opened, as the receiver's browser would."""
    service = Service(
        {
            "GET /api/auth/verify-email": httpx.Response(302, headers={"location": "/verified"}),
            "GET /verified": httpx.Response(200, html="<h1>Confirmed</h1>"),
        }
    )
    assert BetterAuth(service.client()).follow_verification(f"{BASE}/api/auth/verify-email?token=x.y.z") == f"{BASE}/verified"
    assert [request.url.path for request in service.requests] == ["/api/auth/verify-email", "/verified"]


def test_verification_error_on_the_landing_page_is_a_refusal() -> None:
    """better-auth hands a bad token to the page in its query; the token is not in the message."""
    auth, _ = actor("GET /api/auth/verify-email", httpx.Response(302, headers={"location": "/verified?error=INVALID_TOKEN"}))
    with pytest.raises(Refusal) as caught:
        auth.follow_verification(f"{BASE}/api/auth/verify-email?token=secret-token&callbackURL=%2Fverified")
    assert str(caught.value) == "GET /api/auth/verify-email -> 302 INVALID_TOKEN"


def test_link_that_leads_elsewhere_is_reported_and_not_followed() -> None:
    """The URL on the other host is the finding; nothing is sent there."""
    auth, service = actor("GET /api/auth/verify-email", httpx.Response(302, headers={"location": "http://localhost:3000/verified"}))
    assert auth.follow_verification(f"{BASE}/api/auth/verify-email?token=x") == "http://localhost:3000/verified"
    assert len(service.requests) == 1


def test_endless_redirections_end() -> None:
    """A page that redirects to itself is named."""
    auth, _ = actor("GET /loop", httpx.Response(302, headers={"location": "/loop"}))
    with pytest.raises(Malformed, match="an end within 5 redirections"):
        auth.follow_verification(f"{BASE}/loop")


PAGE = httpx.Response(200, html="<!doctype html><title>App</title>")


def test_links_are_opened_as_browsers_navigate() -> None:
    """On every hop; an answer for programs would be another one."""
    moved = httpx.Response(302, headers={"location": "/verified"})
    service = Service({"GET /api/auth/verify-email": moved, "GET /verified": PAGE})
    BetterAuth(service.client()).follow_verification(f"{BASE}/api/auth/verify-email?token=t", "/verified")
    assert [request.headers["sec-fetch-mode"] for request in service.requests] == ["navigate", "navigate"]
    assert all(request.headers["accept"].startswith("text/html") for request in service.requests)


@pytest.mark.parametrize(
    "open_it",
    [
        lambda auth: auth.follow_verification(f"{BASE}/api/auth/verify-email?token={TOKEN}", "/verified"),
        lambda auth: auth.follow_reset(f"{BASE}/api/auth/reset-password/{TOKEN}", "/verified"),
        lambda auth: auth.come_back(f"{BASE}/api/auth/callback/github?code={TOKEN}&state={TOKEN}", "/verified"),
    ],
    ids=["confirmation", "reset", "call-back"],
)
@pytest.mark.parametrize("behind", [True, False])
def test_link_that_a_page_swallows_is_dead(behind: bool, open_it: Callable[[BetterAuth], object]) -> None:
    """A page in better-auth's place leads nobody on; whether programs get through says what to mend, and the link is not used up for it."""
    ok = httpx.Response(200, json={"ok": True}) if behind else PAGE
    pages = ("verify-email", f"reset-password/{TOKEN}", "callback/github")
    service = Service({"GET /api/auth/ok": ok, **{f"GET /api/auth/{page}": PAGE for page in pages}})
    with pytest.raises(DeadLink, match="answered with a page of the app") as caught:
        open_it(BetterAuth(service.client()))
    assert ("ahead of the catch-all" in str(caught.value)) is behind
    assert ("nothing else is at /api/auth" in str(caught.value)) is not behind
    assert "Nobody gets to /verified by the link" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert [request.url.path for request in service.requests][1:] == ["/api/auth/ok"]
    assert "sec-fetch-mode" not in service.requests[-1].headers


def test_page_with_a_script_hands_the_token_to_better_auth() -> None:
    """A link straight to the app's page: its script sends the token, and so does the client; one with other tokens is left alone."""
    service = Service({"GET /confirm": PAGE, "GET /api/auth/verify-email": httpx.Response(200, json={"status": True})})
    assert BetterAuth(service.client()).follow_verification(f"{BASE}/confirm?token={TOKEN}", "/confirm") == f"{BASE}/confirm?token={TOKEN}"
    assert [request.url.path for request in service.requests] == ["/confirm", "/api/auth/verify-email"]
    assert service.requests[-1].url.params["token"] == TOKEN
    service = Service({"GET /confirm": PAGE, "GET /api/auth/verify-email": httpx.Response(401, json={"code": "INVALID_TOKEN"})})
    assert BetterAuth(service.client()).follow_verification(f"{BASE}/confirm?token={TOKEN}").startswith(f"{BASE}/confirm")


def test_reset_link_may_lead_straight_to_the_page() -> None:
    """The page takes the token out of its own address."""
    page = BetterAuth(Service({"GET /reset": PAGE}).client()).follow_reset(f"{BASE}/reset?token={TOKEN}", "/reset")
    assert (page.url, page.token) == (f"{BASE}/reset?token={TOKEN}", TOKEN)


def test_ids_may_be_numbers() -> None:
    """As some databases count them."""
    user = {**USER, "id": 7}
    session = {**SESSION, "userId": 7, "id": 3}
    auth, _ = actor("GET /api/auth/get-session", httpx.Response(200, json={"session": session, "user": user}))
    found = auth.session()
    assert found is not None
    assert found.user is not None
    assert (found.id, found.user_id, found.user.id) == ("3", "7", "7")


def test_reset_hands_its_token_on() -> None:
    """From the mailed link to the token, and from the token to the new password."""
    service = Service(
        {
            "POST /api/auth/request-password-reset": httpx.Response(200, json={"status": True, "message": "If this email exists"}),
            f"GET /api/auth/reset-password/{TOKEN}": httpx.Response(302, headers={"location": f"/reset?token={TOKEN}"}),
            "POST /api/auth/reset-password": httpx.Response(200, json={"status": True}),
        }
    )
    auth = BetterAuth(service.client())
    assert auth.request_reset("a@fm5.test", "/reset") == "If this email exists"
    assert service.sent() == {"email": "a@fm5.test", "redirectTo": "/reset"}
    page = auth.follow_reset(f"{BASE}/api/auth/reset-password/{TOKEN}?callbackURL=%2Freset")
    assert page.url == f"{BASE}/reset?token={TOKEN}"
    assert TOKEN not in repr(page)
    auth.reset(page.token, "new horse")
    assert service.sent() == {"token": TOKEN, "newPassword": "new horse"}


def test_used_reset_link_is_a_refusal() -> None:
    """The error in the redirection, without the token in the message."""
    auth, _ = actor(f"GET /api/auth/reset-password/{TOKEN}", httpx.Response(302, headers={"location": "/reset?error=INVALID_TOKEN"}))
    with pytest.raises(Refusal) as caught:
        auth.follow_reset(f"{BASE}/api/auth/reset-password/{TOKEN}?callbackURL=%2Freset")
    assert str(caught.value) == "GET /api/auth/reset-password/[hidden] -> 302 INVALID_TOKEN"


def test_sessions_are_listed_and_revoked() -> None:
    """Revoking is by token, and the client says which."""
    service = Service(
        {
            "GET /api/auth/list-sessions": httpx.Response(200, json=[SESSION]),
            "POST /api/auth/revoke-session": httpx.Response(200, json={"status": True}),
            "POST /api/auth/revoke-other-sessions": httpx.Response(200, json={"status": True}),
        }
    )
    auth = BetterAuth(service.client())
    (session,) = auth.sessions()
    auth.revoke(session.token)
    assert service.sent() == {"token": "tok-en"}
    auth.revoke_others()
    assert service.requests[-1].url.path == "/api/auth/revoke-other-sessions"


def test_account_is_deleted_with_the_password() -> None:
    """The service's message tells a deletion from a mail that has to be confirmed."""
    auth, service = actor("POST /api/auth/delete-user", httpx.Response(200, json={"success": True, "message": "User deleted"}))
    assert auth.delete_account("correct horse") == "User deleted"
    assert service.sent() == {"password": "correct horse"}


def test_scanner_opens_a_link_without_harm() -> None:
    """HEAD, then GET with the redirections; whatever the answers are, and that is all."""
    service = Service({"GET /verify": httpx.Response(302, headers={"location": "/gone"}), "GET /gone": httpx.Response(410)})
    BetterAuth(service.client()).scan(f"{BASE}/verify?token=t")
    assert [f"{request.method} {request.url.path}" for request in service.requests] == ["HEAD /verify", "GET /verify", "GET /gone"]


def test_member_without_a_password_leaves() -> None:
    """Who signs in elsewhere has no password to send."""
    auth, service = actor("POST /api/auth/delete-user", httpx.Response(200, json={"success": True, "message": "User deleted"}))
    assert auth.delete_account() == "User deleted"
    assert service.sent() == {}
    auth.delete_account("secret")
    assert service.sent() == {"password": "secret"}


@pytest.mark.parametrize("text", ["abc", "a.b.c"])
def test_token_that_is_none_is_malformed(text: str) -> None:
    """What the deployment calls a token has to be one; it is not quoted."""
    auth, _ = actor("GET /api/auth/token", httpx.Response(200, json={"token": text}))
    with pytest.raises(Malformed, match="a signed token of three parts"):
        auth.token()


def test_keys_are_a_list() -> None:
    """The published keys come as they are; anything else is malformed."""
    auth, _ = actor("GET /api/auth/jwks", httpx.Response(200, json={"keys": [{"kid": "a"}]}), httpx.Response(200, json={"keys": "none"}))
    assert auth.keys() == [{"kid": "a"}]
    with pytest.raises(Malformed, match="a list of keys"):
        auth.keys()


def test_user_name_signs_in_where_there_is_one() -> None:
    """At a path of its own, and no address goes along; by the address, where that is asked for."""
    auth = BetterAuth(Service({}).client(), names={"anna@fm5.test": "anna1"})
    assert auth.entry("anna@fm5.test", "p") == ("/sign-in/username", {"username": "anna1", "password": "p"})
    assert auth.entry("boris@fm5.test", "p")[0] == "/sign-in/email"
    assert auth.by_address().entry("anna@fm5.test", "p") == ("/sign-in/email", {"email": "anna@fm5.test", "password": "p"})
