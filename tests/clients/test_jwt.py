"""Tokens and keys: what verifies, and everything that must not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clients.identity.jwt import Token, read_token

Signer = Callable[[bytes], bytes]
CLAIMS = {"sub": "u1", "aud": "https://fm5.test", "iat": 1000, "exp": 1900}


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """A number as keys have it."""
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


def made(algorithm: str, sign: Signer, claims: dict[str, Any] = CLAIMS, key_id: str = "k") -> str:
    """A compact token."""
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": key_id}, claims))
    return f"{signed}.{encoded(sign(signed.encode()))}"


def pair(algorithm: str) -> tuple[dict[str, str], Signer]:
    """A published key and who can sign with it."""
    if algorithm == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
        return {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key().public_bytes_raw())}, key.sign
    if algorithm == "ES256":
        curve = ec.generate_private_key(ec.SECP256R1())
        point = curve.public_key().public_numbers()

        def sign(data: bytes) -> bytes:
            r, s = decode_dss_signature(curve.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)

        return {"kty": "EC", "crv": "P-256", "x": encoded(point.x.to_bytes(32)), "y": encoded(point.y.to_bytes(32))}, sign
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    kind = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}, lambda data: private.sign(data, kind, hashes.SHA256())


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256", "PS256"])
def test_published_key_verifies_its_signature_only(algorithm: str) -> None:
    """The right key verifies; another of the kind, one under another id, and one for another algorithm do not."""
    key, sign = pair(algorithm)
    other, _ = pair(algorithm)
    token = read_token(made(algorithm, sign))
    assert token.verified_by([{**other, "kid": "x"}, {**key, "kid": "k", "alg": algorithm}])
    assert token.verified_by([{**key, "kid": "k"}]), "a key need not name its algorithm"
    assert not token.verified_by([{**other, "kid": "k"}])
    assert not token.verified_by([{**key, "kid": "x"}])
    assert not token.verified_by([{**key, "kid": "k", "alg": "HS256"}])
    assert not token.verified_by([])


def test_changed_claims_do_not_verify() -> None:
    """A signature is worth nothing for other claims."""
    key, sign = pair("EdDSA")
    head, _, signature = made("EdDSA", sign).split(".")
    changed = read_token(f"{head}.{encoded(json.dumps({**CLAIMS, 'sub': 'u2'}).encode())}.{signature}")
    assert changed.claims["sub"] == "u2"
    assert not changed.verified_by([{**key, "kid": "k"}])


@pytest.mark.parametrize("algorithm", ["none", "HS256", "unheard-of"])
def test_other_algorithms_never_verify(algorithm: str) -> None:
    """No signature, and one with a shared secret, count as none."""
    key, sign = pair("EdDSA")
    assert not read_token(made(algorithm, sign)).verified_by([{**key, "kid": "k"}])


@pytest.mark.parametrize("key", [{}, {"kty": "OKP", "crv": "Ed25519"}, {"kty": "OKP", "crv": "Ed25519", "x": "!"}])
def test_broken_key_verifies_nothing(key: dict[str, str]) -> None:
    """A key that lacks its parts is no error of ours."""
    _, sign = pair("EdDSA")
    assert not read_token(made("EdDSA", sign)).verified_by([{**key, "kid": "k"}])


def test_claims_are_read() -> None:
    """Times and audiences, in either form, and nothing in place of what is missing."""
    _, sign = pair("EdDSA")
    token = read_token(made("EdDSA", sign))
    assert (token.moment("iat"), token.moment("exp"), token.moment("nbf")) == (1000, 1900, None)
    assert token.audience == ("https://fm5.test",)
    assert read_token(made("EdDSA", sign, {"aud": ["a", "b"], "exp": True})).audience == ("a", "b")
    assert read_token(made("EdDSA", sign, {"exp": True})).moment("exp") is None
    assert read_token(made("EdDSA", sign, {})).audience == ()


def test_token_is_in_no_representation() -> None:
    """Who has the token is taken for its subject."""
    _, sign = pair("EdDSA")
    text = made("EdDSA", sign)
    assert text.split(".")[1] not in repr(read_token(text))
    assert "u1" not in repr(read_token(text))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.e30", "bnVsbA.bnVsbA.x", "ey!.e30.x"])
def test_no_token_is_said_to_be_none(text: str) -> None:
    """Anything else is one clear error, which does not quote it."""
    with pytest.raises(ValueError, match="no signed token") as error:
        read_token(text)
    assert not text or text not in str(error.value)


def test_token_needs_no_key_id() -> None:
    """A token without a key id fits a key without one."""
    key, sign = pair("EdDSA")
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "EdDSA"}, CLAIMS))
    token = read_token(f"{signed}.{encoded(sign(signed.encode()))}")
    assert isinstance(token, Token)
    assert token.key_id == ""
    assert token.verified_by([key])
