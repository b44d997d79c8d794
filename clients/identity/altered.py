"""Tokens that a deployment must not take: made up, or a signed one (JWT, RFC 7519) that somebody without its key has changed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any

# Of tutorials and of the tool that everybody pastes tokens into; who copied one of them gave its key away:
# https://fastapi.tiangolo.com/tutorial/security/oauth2-jwt/ and https://www.jwt.io
_PUBLISHED = (
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "a-string-secret-at-least-256-bits-long",
    "your-256-bit-secret",
    *("your-secret-key", "your_secret_key", "secret", "secret-key", "secretkey", "supersecret", "super-secret", "mysecret", "my-secret"),
    *("changeme", "change-me", "changethis", "jwt-secret", "jwt_secret", "jwtsecret", "dev-secret", "dev", "test", "password", "key"),
)
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def altered(token: str) -> dict[str, str]:
    """Tokens that must open nothing, each with what it is."""
    found = {"a token that was made up": secrets.token_urlsafe(max(16, len(token) * 3 // 4))}
    header, claims, signature = _parts(token)
    if not header:
        return found
    kept = ".".join(token.split(".")[:2])
    found["the token with another signature"] = f"{kept}.{secrets.token_urlsafe(max(16, len(signature) * 3 // 4))}"
    for name in ("none", "None"):  # RFC 8725, 2.1; who compares letters only forgets the others
        unsigned = json.dumps({**header, "alg": name}, separators=(",", ":")).encode()
        found[f"the token without a signature (alg: {name})"] = f"{_encoded(unsigned)}.{claims}."
    return found


def published_key(token: str) -> bool:
    """Whether a signed token was made with a secret that anybody can read in a tutorial: so can anybody make tokens."""
    header, _, signature = _parts(token)
    made = _HASHES.get(str(header.get("alg")))
    if made is None:
        return False
    signed = token.rpartition(".")[0].encode()
    return any(hmac.compare_digest(_encoded(hmac.new(key.encode(), signed, made).digest()), signature) for key in _PUBLISHED)


def _parts(token: str) -> tuple[dict[str, Any], str, str]:
    """Header, claims and signature, the latter two as they stand there; an empty header where it is no such token."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return {}, "", ""
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}, "", ""
    return (header, parts[1], parts[2]) if isinstance(header, dict) else ({}, "", "")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
