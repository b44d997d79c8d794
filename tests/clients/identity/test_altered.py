"""Tokens that must open nothing, and keys that everybody knows."""

from __future__ import annotations

import jwt
import pytest

from clients.identity.altered import altered, published_key

CLAIMS = {"sub": "anna"}


def test_signed_token_is_altered_in_each_way() -> None:
    """Another signature fits no key, and none is none; the claims are those of the token."""
    token = jwt.encode(CLAIMS, "k" * 32, "HS256")
    found = altered(token)
    assert set(found) == {
        "a token that was made up",
        "the token with another signature",
        "the token without a signature (alg: none)",
        "the token without a signature (alg: None)",
    }
    assert token not in found.values()
    changed = found["the token with another signature"]
    assert jwt.decode(changed, options={"verify_signature": False}) == CLAIMS
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(changed, "k" * 32, ["HS256"])
    unsigned = found["the token without a signature (alg: none)"]
    assert jwt.decode(unsigned, options={"verify_signature": False}) == CLAIMS
    assert jwt.get_unverified_header(unsigned)["alg"] == "none"


@pytest.mark.parametrize("token", ["a" * 40, "a.b.c", "..", "a.b", "W10.W10.W10"])
def test_other_tokens_are_made_up_only(token: str) -> None:
    """What is no signed token has no signature to change."""
    assert set(altered(token)) == {"a token that was made up"}
    assert not published_key(token)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_key_of_a_tutorial_is_known(algorithm: str) -> None:
    """Whatever the length of the signature; a key of one's own is not."""
    assert published_key(jwt.encode(CLAIMS, "your-256-bit-secret", algorithm))
    assert not published_key(jwt.encode(CLAIMS, "k" * 64, algorithm))
