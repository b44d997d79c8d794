"""Signed tokens (JWT, RFC 7519) and the published keys that verify them (JWKS, RFC 7517), for the algorithms that sign with a private key.

PyJWT reads keys and looks at signatures. Which algorithms there are is said here, and which of them a key is for by the key, never by the
token: one whose header says ``none``, or names a shared secret or another algorithm than its key's, is signed by nobody (RFC 8725, 3.1).
"""

import base64
import binascii
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Parts of a key that only its owner may have (RFC 7518, 6.2.2, 6.3.2 and 6.4.1; RFC 8037, 2).
PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

#: In characters. Tokens travel in headers, of which servers take 8 to 16 KiB; what is longer is not worth reading.
LONGEST_TOKEN = 65_536

# The type of key that an algorithm signs with, and its curves where it has any (RFC 7518, 3.1; RFC 8037, 3.1). better-auth's jwt plugin
# makes keys for EdDSA, ES256, ES512, RS256 and PS256, and takes a signer of the deployment's own: https://better-auth.com/docs/plugins/jwt
_KEY_TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "EdDSA": ("OKP", ("Ed25519", "Ed448")),
    "ES256": ("EC", ("P-256",)),
    "ES384": ("EC", ("P-384",)),
    "ES512": ("EC", ("P-521",)),
    **{f"{family}{bits}": ("RSA", ()) for family in ("RS", "PS") for bits in (256, 384, 512)},
}
# What a public key of each type consists of (RFC 7518, 6.2.1 and 6.3.1; RFC 8037, 2).
_PUBLIC_PARTS = {"OKP": ("crv", "x"), "EC": ("crv", "x", "y"), "RSA": ("n", "e")}
# In characters: a number of 16,384 bits, the longest RSA key that OpenSSL verifies with.
_LONGEST_PART = 2732


@dataclass(frozen=True)
class Token:
    """A token as it was given out, not verified. The text itself stays out of ``repr``: who has it is taken for its subject."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str
    claims: Mapping[str, Any] = field(repr=False)

    def moment(self, claim: str) -> float | None:
        """A time in the token, in seconds since the epoch; None when the token has none, or one that is no number of seconds."""
        value = self.claims.get(claim)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        try:
            seconds = float(value)
        except OverflowError:
            return None
        return seconds if math.isfinite(seconds) else None

    @property
    def audience(self) -> tuple[str, ...]:
        """Whom the token is for."""
        value = self.claims.get("aud")
        return tuple(map(str, value)) if isinstance(value, list) else (str(value),) if value is not None else ()

    def verified_by(self, keys: Iterable[Mapping[str, Any]]) -> bool:
        """Whether one of the published keys made the token's signature, with that key's algorithm.

        A token that names a key is verified by the keys of this id alone, another by every key of the type that its algorithm takes
        (RFC 7515, 4.1.4). A key that is broken, or that is published for something else, verifies nothing.
        """
        return any(_made_by(key, self) for key in keys if not self.key_id or key.get("kid") == self.key_id)


def read_token(text: str) -> Token:
    """The parts of a compact token. Raises ValueError when it is none, or longer than :data:`LONGEST_TOKEN`."""
    try:
        header, claims, _ = map(_decoded, text.split(".") if len(text) <= LONGEST_TOKEN else ())
        head, body = json.loads(header), json.loads(claims)
        return Token(text, str(head["alg"]), str(head.get("kid", "")), {**body})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise ValueError("this is no signed token of three parts") from error


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode() + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _for(key: Mapping[str, Any], algorithm: str) -> dict[str, str] | None:
    """The public parts of a key, when it is one to verify signatures of this algorithm with (RFC 7517, 4.1 to 4.4)."""
    kind, curves = _KEY_TYPES.get(algorithm, ("", ()))
    if not kind or key.get("kty") != kind or (curves and key.get("crv") not in curves):
        return None
    if key.get("alg") not in (None, algorithm) or key.get("use") not in (None, "sig"):
        return None
    operations = key.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    # Private parts are left out: with them this were a key that signs. Whether any are published is for a check of its own to say.
    parts = [(part, key.get(part)) for part in _PUBLIC_PARTS[kind]]
    public = {part: value for part, value in parts if isinstance(value, str) and len(value) <= _LONGEST_PART}
    return {"kty": kind, **public} if len(public) == len(parts) else None


def _made_by(key: Mapping[str, Any], token: Token) -> bool:
    public = _for(key, token.algorithm)
    if public is None:
        return False
    import jwt  # with cryptography, 0.1 s: only runs with tokens pay for it
    from cryptography.exceptions import UnsupportedAlgorithm

    # RSA keys of less than 2048 bits sign nothing (RFC 7518, 3.3 and 3.5): other services refuse their tokens as well.
    signatures = jwt.PyJWS(algorithms=[token.algorithm], options={"verify_signature": True, "enforce_minimum_key_length": True})
    try:
        signatures.decode_complete(token.text, jwt.PyJWK(public, token.algorithm), algorithms=[token.algorithm])
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, RecursionError):
        return False
    return True
