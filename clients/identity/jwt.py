"""Signed tokens (JWT, RFC 7519) and the published keys that verify them (JWKS, RFC 7517), for the algorithms that sign with a private key.

Own code over ``cryptography``, which is here anyway: a library for tokens would also verify those that share a secret or say ``none``, and
what must be found out here is precisely whether a deployment hands out such ones.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Parts of a key that only its owner may have (RFC 7518, 6.2.2, 6.3.2 and 6.4.1; RFC 8037, 2).
PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True)
class Token:
    """A token as it was given out, not verified. The text itself stays out of ``repr``: who has it is taken for its subject."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str
    claims: Mapping[str, Any] = field(repr=False)

    def moment(self, claim: str) -> float | None:
        """A time in the token, in seconds since the epoch."""
        value = self.claims.get(claim)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    @property
    def audience(self) -> tuple[str, ...]:
        """Whom the token is for."""
        value = self.claims.get("aud")
        return tuple(map(str, value)) if isinstance(value, list) else (str(value),) if value is not None else ()

    def verified_by(self, keys: Iterable[Mapping[str, Any]]) -> bool:
        """Whether one of the published keys with the token's key id and algorithm made its signature."""
        signed, _, encoded = self.text.rpartition(".")
        fitting = [key for key in keys if key.get("kid", "") == self.key_id and key.get("alg", self.algorithm) == self.algorithm]
        return any(_made_by(key, self.algorithm, signed.encode(), _decoded(encoded)) for key in fitting)


def read_token(text: str) -> Token:
    """The parts of a compact token. Raises ValueError when it is none."""
    try:
        header, claims, _ = (_decoded(part) for part in text.split("."))
        head, body = json.loads(header), json.loads(claims)
        return Token(text, str(head["alg"]), str(head.get("kid", "")), dict(body))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise ValueError("this is no signed token of three parts") from error


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode() + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _number(part: str) -> int:
    return int.from_bytes(_decoded(part))


def _made_by(key: Mapping[str, Any], algorithm: str, signed: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # 40 ms, and only runs with tokens pay for it
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    try:
        if algorithm == "EdDSA" and key.get("crv") == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(_decoded(key["x"])).verify(signature, signed)
        elif algorithm == "ES256" and key.get("crv") == "P-256":
            numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
            halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
            numbers.public_key().verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        elif algorithm in ("RS256", "PS256") and key.get("kty") == "RSA":
            kind = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key().verify(signature, signed, kind, hashes.SHA256())
        else:
            return False
    except (InvalidSignature, ValueError, KeyError, binascii.Error):
        return False
    return True
