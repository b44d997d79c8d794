"""Redaction: no secret leaves, and what is no secret stays readable."""

import base64
import hashlib
import json

import pytest

from clients.wire.redaction import MARK, Redactor, shown_path

TOKEN = "pQ7Zk2Lw9XcV4bN8mR1tY6uI3oA5sDfG"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFAYi5jIn0.c2lnbmF0dXJlLW9mLWl0"
COOKIE = f"{TOKEN}.{base64.b64encode(b'signature').decode()}".replace("=", "%3D")


@pytest.mark.parametrize(
    ("name", "value", "stays"),
    [
        ("Cookie", f"theme=dark; __Secure-better-auth.session_token={COOKIE}", "__Secure-better-auth.session_token="),
        ("set-cookie", f"x.session_token={COOKIE}; Path=/; HttpOnly; Secure; SameSite=Lax", "; Path=/; HttpOnly; Secure; SameSite=Lax"),
        ("authorization", f"Bearer {TOKEN}", "Bearer [hidden "),
        ("x-api-key", TOKEN, "[hidden "),
        ("location", f"/reset?token={TOKEN}&from=mail", "&from=mail"),
        ("referer", f"https://fm5.test/api/auth/verify-email?token={JWT}", "https://fm5.test/api/auth/verify-email?token="),
    ],
    ids=["cookie", "set-cookie", "authorization", "api-key", "location", "referer"],
)
def test_headers_lose_their_secrets_only(name: str, value: str, stays: str) -> None:
    """Values go; names, schemes, attributes and other parameters stay."""
    ((_, shown),) = Redactor().headers([(name, value)])
    assert TOKEN not in shown
    assert JWT not in shown
    assert stays in shown
    assert MARK.search(shown)


def test_json_fields_are_hidden_by_name() -> None:
    """Passwords and tokens at any depth; everything else as it was."""
    body = {"email": "a@b.c", "password": "correct horse", "user": {"newPassword": "battery staple", "token": TOKEN, "age": 7}, "n": None}
    shown = json.loads(Redactor().body(json.dumps(body).encode(), "application/json"))
    assert shown["email"] == "a@b.c"
    assert shown["user"]["age"] == 7
    assert all(MARK.fullmatch(value) for value in (shown["password"], shown["user"]["newPassword"], shown["user"]["token"]))


def test_json_fields_are_hidden_by_a_declared_path() -> None:
    """At that path only, also in lists; from then on the value is hidden wherever it occurs."""
    hide = Redactor()
    hide.hide_fields("session.id", "keys.word")
    body = {"id": "not a secret", "session": {"id": TOKEN, "at": 1}, "keys": [{"word": "first word"}, {"word": "other word"}]}
    shown = json.loads(hide.body(json.dumps(body).encode(), "application/json"))
    assert (shown["id"], shown["session"]["at"]) == ("not a secret", 1)
    assert all(MARK.fullmatch(value) for value in (shown["session"]["id"], *(key["word"] for key in shown["keys"])))
    assert hide.text(f"you are {TOKEN}") == f"you are {shown['session']['id']}"


def test_body_without_secrets_is_kept_to_the_byte() -> None:
    """Formatting is evidence, too."""
    text = '{ "status" : "healthy",\n "services": {"database": "up"} }'
    assert Redactor().body(text.encode(), "application/json") == text


@pytest.mark.parametrize(
    "link",
    [
        f"https://fm5.test/api/auth/verify-email?token={JWT}&amp;callbackURL=%2Fverified",
        f"https://fm5.test/api/auth/reset-password/{TOKEN}?callbackURL=%2Freset",
        f"https://fm5.test/verified?next=%2Freset%3Ftoken%3D{TOKEN}%26x%3D1",
        f"https://files.fm5.test/b/k?X-Amz-Credential=AKIDEXAMPLE%2F20261120&X-Amz-Signature={hashlib.sha256(b'x').hexdigest()}&X-Amz-Expires=300",
    ],
    ids=["verify", "reset", "nested", "presigned"],
)
def test_links_in_mails_and_answers_are_hidden(link: str) -> None:
    """A mailed link is a key: what opens goes, where it leads stays."""
    shown = Redactor().body(f'<p>Hello <a href="{link}">here</a></p>'.encode(), "text/html")
    assert shown.startswith('<p>Hello <a href="https://f')
    assert shown.endswith('">here</a></p>')
    assert not any(secret in shown for secret in (JWT, TOKEN, "AKIDEXAMPLE", hashlib.sha256(b"x").hexdigest()))


def test_form_bodies_are_hidden() -> None:
    """The other encoding that a sign-in form can have."""
    shown = Redactor().body(f"password={TOKEN}&email=a%40b.c".encode(), "application/x-www-form-urlencoded")
    assert TOKEN not in shown
    assert "email=a%40b.c" in shown


def test_same_value_has_the_same_mark_within_a_run_only() -> None:
    """That a kept cookie was sent again can be seen; two runs cannot be compared."""
    first, second = Redactor(), Redactor()
    shown = [first.headers([("cookie", f"s={COOKIE}")])[0][1], first.headers([("set-cookie", f"s={COOKIE}; Path=/")])[0][1]]
    assert MARK.findall(shown[0]) == MARK.findall(shown[1])
    assert first.mark(TOKEN) != second.mark(TOKEN)
    assert Redactor(key=b"k").mark(TOKEN) == Redactor(key=b"k").mark(TOKEN)


def test_echo_of_a_secret_is_hidden_too() -> None:
    """A password that was sent, and the token inside a signed cookie, are hidden where they are repeated in another place."""
    hide = Redactor()
    hide.body(b'{"password":"Tr0ub4dor&3x"}', "application/json")
    hide.headers([("set-cookie", f"s={COOKIE}; Path=/")])
    shown = hide.text(f"rejected Tr0ub4dor&3x, that is Tr0ub4dor%263x, for session {TOKEN}")
    assert "Tr0ub4dor" not in shown
    assert TOKEN not in shown


def test_short_cookies_teach_nothing() -> None:
    """A cookie `lang=english-uk` must not black out the word elsewhere."""
    hide = Redactor()
    assert "english-uk" not in hide.headers([("cookie", "lang=english-uk")])[0][1]
    assert hide.text("english-uk") == "english-uk"


def test_large_and_binary_bodies_become_a_digest() -> None:
    """What nobody reads is named by size and SHA-256; a secret in it is learnt all the same."""
    hide = Redactor()
    png = b"\x89PNG\r\n\x1a\n\x00\xff"
    assert hide.body(png, "image/png") == f"[{len(png)} bytes, image/png, sha256 {hashlib.sha256(png).hexdigest()}]"
    large = json.dumps({"token": TOKEN, "pad": "x" * 5000}).encode()
    assert hide.body(large, "application/json").startswith(f"[{len(large)} bytes, application/json, sha256 ")
    assert TOKEN not in hide.text(f"again {TOKEN}")


def test_further_pass_of_the_caller() -> None:
    """Secrets that only the caller knows are removed as well."""
    assert Redactor(hide=lambda text: text.replace("hunter2", "***")).text("it is hunter2") == "it is ***"


def test_marking_twice_changes_nothing() -> None:
    """A redacted text may pass again."""
    hide = Redactor()
    once = hide.text(f"https://fm5.test/reset?token={TOKEN}&x=1 Bearer {TOKEN}")
    assert hide.text(once) == once


def test_learning_is_bounded() -> None:
    """A long run does not slow down with every secret it meets: the oldest are forgotten."""
    hide = Redactor()
    hide.learn(*(f"secret-number-{number:06d}" for number in range(6000)))
    assert len(hide.learnt()) <= 4000
    assert hide.text("secret-number-005999") != "secret-number-005999"


def test_paths_in_messages_have_no_query_and_no_token() -> None:
    """Errors name a path; what follows the question mark, and a token as a segment, are not part of it."""
    assert shown_path(f"https://fm5.test/api/auth/verify-email?token={JWT}") == "/api/auth/verify-email"
    assert shown_path(f"/api/auth/reset-password/{TOKEN}?x=1") == "/api/auth/reset-password/[hidden]"
    assert shown_path("https://fm5.test") == "/"


@pytest.mark.parametrize("size", [1000, 100_000])
def test_body_nested_deeper_than_python_reads_is_no_trouble(size: int) -> None:
    """Short or long: it is shown or summed up, and what is known to be secret is hidden in it."""
    redactor = Redactor()
    redactor.learn("pQ7Zk2Lw9XcV")
    shown = redactor.body(b"[" * size + b'"pQ7Zk2Lw9XcV"', "application/json")
    assert "pQ7Zk2Lw9XcV" not in shown


def test_token_in_a_header_of_an_answer_is_hidden() -> None:
    """better-auth's bearer plugin hands the session out in one: https://better-auth.com/docs/plugins/bearer"""
    ((name, shown),) = Redactor().headers([("set-auth-token", "kept-by-an-app-on-a-phone.signature")])
    assert name == "set-auth-token"
    assert "phone" not in shown
