"""A second factor for better-auth's members: a one-time code after the password (https://better-auth.com/docs/plugins/2fa)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clients.creating import creates
from clients.identity.better_auth import BetterAuth
from clients.identity.totp import Totp
from clients.wire.answers import expect, json_object, malformed, part


@dataclass(frozen=True)
class Enrolment:
    """What enabling has given out; both are in no representation."""

    totp: Totp = field(repr=False)
    backup_codes: tuple[str, ...] = field(default=(), repr=False)


class TwoFactors:
    """The second factor of whoever `auth` speaks for. ``settings`` names the paths below better-auth's base."""

    def __init__(self, auth: BetterAuth, settings: Any) -> None:
        self._auth, self._settings = auth, settings

    @creates
    def enable(self, password: str) -> Enrolment:
        """Ask for a second factor; it counts as soon as a code of it was shown. Raises Refusal, Malformed."""
        response = self._auth.call("POST", self._settings.enable, json={"password": password})
        answer = json_object(response)
        try:
            totp = Totp.of(str(part(response, answer, "totpURI")))
        except ValueError as error:
            raise malformed(response, str(error)) from None
        codes = answer.get("backupCodes") or []
        return Enrolment(totp, tuple(str(code) for code in codes) if isinstance(codes, list) else ())

    def verify(self, code: str) -> None:
        """Show a one-time code: after enabling, or after the password. Raises Refusal."""
        expect(self._auth.call("POST", self._settings.verify, json={"code": code}))

    def verify_backup(self, code: str) -> None:
        """Show a backup code after the password. Raises Refusal."""
        expect(self._auth.call("POST", self._settings.backup, json={"code": code}))
