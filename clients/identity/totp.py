"""One-time codes from a shared secret and the time (TOTP, RFC 6238), as an authenticator app makes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


@dataclass(frozen=True)
class Totp:
    """What an authenticator app keeps. ``period`` is in seconds. The secret is in no representation."""

    secret: bytes = field(repr=False)
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"

    @classmethod
    def of(cls, uri: str) -> Totp:
        """Reads the URI that is shown as a picture (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).

        Raises ValueError where it is none; the message holds nothing of it.
        """
        parts = urlsplit(uri)
        given = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "otpauth" or parts.hostname != "totp" or "secret" not in given:
            raise ValueError("an otpauth://totp/ URI with a secret")
        text = given["secret"].replace(" ", "").rstrip("=").upper()
        algorithm = given.get("algorithm", "SHA1").upper().replace("-", "")
        try:
            secret = base64.b32decode(text + "=" * (-len(text) % 8))
            digits, period = int(given.get("digits", "6")), int(given.get("period", "30"))
        except (ValueError, binascii.Error):
            raise ValueError("an otpauth://totp/ URI with a secret in base 32, and numbers of digits and seconds") from None
        if algorithm not in _DIGESTS or not 1 <= digits <= 10 or period < 1:
            raise ValueError("an otpauth://totp/ URI with an algorithm, digits and a period of RFC 6238")
        return cls(secret, digits, period, algorithm)

    @property
    def step(self) -> int:
        """The number of the current period."""
        return int(time.time()) // self.period

    def code(self, step: int) -> str:
        """The code of a period."""
        digest = hmac.new(self.secret, step.to_bytes(8, "big"), _DIGESTS[self.algorithm]).digest()
        offset = digest[-1] & 0xF
        number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
        return str(number % 10**self.digits).zfill(self.digits)

    def wrong(self) -> str:
        """A code of that kind that is none of those of five minutes around now."""
        right = {self.code(self.step + shift) for shift in range(-5, 6)}
        return next(
            code for number in range(10**self.digits) if (code := str(number * 7 + 13).zfill(self.digits)[-self.digits :]) not in right
        )
