"""better-auth's signed cookies: ``<token>.<base64(HMAC-SHA256(secret, token))>``, percent-encoded.

https://github.com/better-auth/better-call signs them; the form was read off better-auth 1.7.7's answers.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote

# What better-auth signs with when BETTER_AUTH_SECRET is missing; it is in its public source, so anybody can sign with it:
# https://github.com/better-auth/better-auth/blob/main/packages/better-auth/src/utils/constants.ts
PUBLIC_DEFAULT_SECRET = "better-auth-secret-12345678901234567890"
#: That of every version: 1.3 has a shorter one.
PUBLIC_DEFAULT_SECRETS = (PUBLIC_DEFAULT_SECRET, "better-auth-secret-123456789")


def signature(token: str, secret: str) -> str:
    """The signature of a session token under a secret."""
    return base64.b64encode(hmac.new(secret.encode(), token.encode(), hashlib.sha256).digest()).decode()


def forge(token: str, secret: str) -> str:
    """A cookie value for ``token``, signed with ``secret`` and percent-encoded as a browser would send it."""
    return quote(f"{token}.{signature(token, secret)}", safe="")


def signed_with(cookie_value: str, secret: str) -> bool:
    """Whether a session cookie was signed with ``secret``; ``cookie_value`` may be percent-encoded or not."""
    token, dot, signed = unquote(cookie_value).rpartition(".")
    return bool(dot) and hmac.compare_digest(signed.encode(), signature(token, secret).encode())
