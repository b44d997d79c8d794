"""An exchange as evidence: readable, and repeatable by hand."""

import shlex

from clients.wire.exchange import Exchange

EXCHANGE = Exchange(
    method="POST",
    url="https://staging.fm5.test/api/auth/sign-in/email",
    request_headers=(("host", "staging.fm5.test"), ("content-type", "application/json"), ("content-length", "40")),
    request_body='{"email":"o\'hara@fm5.test","password":"[hidden 1a2b3c4d]"}',
    status=401,
    response_headers=(("Content-Type", "application/json"), ("x-version-id", "v1")),
    response_body='{"code":"INVALID_EMAIL_OR_PASSWORD"}',
    started=1_000_000.0,
    elapsed=0.0123,
    address="127.0.0.7",
    connect="127.0.0.1:8443",
    ca="ca.pem",
)


def test_transcript_shows_both_sides() -> None:
    """What was sent, what came back, when, from where."""
    text = EXCHANGE.transcript()
    assert text.startswith("POST https://staging.fm5.test/api/auth/sign-in/email   (from 127.0.0.7)")
    assert "> content-type: application/json" in text
    assert "< 401 after 12 ms" in text
    assert text.endswith('< {"code":"INVALID_EMAIL_OR_PASSWORD"}')


def test_curl_line_survives_a_shell() -> None:
    """The words that a shell makes of it are the request: way, headers, body, and a note about what to fill in."""
    note, line = EXCHANGE.curl().split("\n")
    words = shlex.split(line)
    assert note == "# fill in what is [hidden ...]"
    assert words[:6] == ["curl", "--include", "--globoff", "--request", "POST", EXCHANGE.url]
    assert words[words.index("--connect-to") + 1] == "::127.0.0.1:8443"
    assert words[words.index("--cacert") + 1] == "ca.pem"
    assert words[words.index("--interface") + 1] == "127.0.0.7"
    assert words[words.index("--data-raw") + 1] == EXCHANGE.request_body
    assert [words[at + 1] for at, word in enumerate(words) if word == "--header"] == ["content-type: application/json"]


def test_curl_line_names_a_body_that_is_not_shown() -> None:
    """A large body is a file to be brought, with its digest in a note."""
    summary = "[11000 bytes, image/png, sha256 abc]"
    note, line = Exchange("PUT", "https://h/x", (), summary, 200, (), "", 0.0, 0.0).curl().split("\n")
    assert note == f"# BODY is {summary[1:-1]}"
    assert shlex.split(line)[-2:] == ["--data-binary", "@BODY"]


def test_transcript_of_a_failure_says_why() -> None:
    """Without an answer there is a cause, and there may have been earlier ones."""
    text = Exchange("GET", "https://h/", (), "", 0, (), "", 0.0, 0.5, retries=("the connection was cut",), error="h refused").transcript()
    assert "* retried after: the connection was cut" in text
    assert "* no answer after 500 ms: h refused" in text


def test_header_is_found_in_any_case() -> None:
    """Header names have no case."""
    assert EXCHANGE.header("content-type") == "application/json"
    assert EXCHANGE.header("X-Version-Id") == "v1"
    assert EXCHANGE.header("age", "none") == "none"
