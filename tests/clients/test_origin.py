"""What belongs to a deployment, and what it refused: values that checks ask."""

import pytest

from clients.errors import Refusal, Unreachable
from clients.wire.attempts import attempt
from clients.wire.origin import Origin

ORIGIN = Origin.of("https://staging.fm5.test/", ["files.fm5.test"])


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://staging.fm5.test/verified?x=1", True),
        ("https://FILES.fm5.test/", True),
        ("http://staging.fm5.test/", False),
        ("https://fm5.test/", False),
        ("https://staging.fm5.test.evil.example/", False),
        ("https://staging.fm5.test@evil.example/", False),
        ("/verified", False),
        ("", False),
    ],
    ids=["own", "declared", "http", "parent", "suffix", "user", "relative", "empty"],
)
def test_origin_owns_https_on_its_hosts_only(url: str, owned: bool) -> None:
    """A link is the deployment's own by scheme and exact host."""
    assert ORIGIN.owns(url) is owned


def test_origin_in_clear_owns_http_as_well() -> None:
    """H4: a deployment that answers over http on this machine links to itself that way."""
    there = Origin.of("http://127.0.0.1:8080", in_clear=True)
    assert there.owns("http://127.0.0.1:8080/verified")
    assert there.owns("https://127.0.0.1/verified")
    assert not there.owns("http://127.0.0.2/")


def test_cookie_domain_lies_within_the_deployment() -> None:
    """A cookie for the parent domain reaches others."""
    assert ORIGIN.within(".staging.fm5.test")
    assert not ORIGIN.within("fm5.test")
    assert (str(ORIGIN), Origin.hostname("https://h/x?token=secret")) == ("https://staging.fm5.test", "h")


@pytest.mark.parametrize(("status", "refused"), [(401, True), (404, True), (503, False)], ids=["401", "404", "503"])
def test_attempt_was_refused_on_purpose_or_not(status: int, refused: bool) -> None:
    """A broken server says nothing about the request."""

    def refuse() -> None:
        raise Refusal("GET", "/x", status, "NO")

    answered = attempt(refuse)
    assert (answered.refused, answered.status, repr(answered)) == (refused, status, f"GET /x -> {status} NO")


def test_attempt_that_was_accepted_or_not_answered() -> None:
    """Acceptance is a value; no answer is none."""
    assert (attempt(dict).refused, attempt(dict).status, repr(attempt(dict))) == (False, None, "accepted")

    def lost() -> None:
        raise Unreachable("h", "reset", "the connection was cut")

    with pytest.raises(Unreachable):
        attempt(lost)


def test_limiter_is_no_answer_to_an_attempt() -> None:
    """A 429 says nothing about the request itself: it is raised, and nobody is blamed."""

    def limited() -> None:
        raise Refusal("POST", "/sign-in", 429, "TOO_MANY")

    with pytest.raises(Refusal, match="429"):
        attempt(limited)
