"""[auth.two_factor]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from environments.schema.auth_email import demand_better_auth
from environments.schema.members import RateRule
from environments.schema.section import Section, Whole
from environments.schema.values import Path


def _rules() -> list[RateRule]:
    # The plugin's default: https://better-auth.com/docs/plugins/2fa
    return [RateRule(paths=["/two-factor/*"], max=3, window=10.0)]


class TwoFactorAuth(Section, capability="auth.two_factor", runbook=95):
    """[auth.two_factor]: a member can demand a one-time code (TOTP) after the password, as better-auth's plugin does it."""

    enable: Path = Field(default="/two-factor/enable", description="Takes the password, and answers with totpURI; below the auth base.")
    verify: Path = Field(default="/two-factor/verify-totp", description="Takes a one-time code; below the auth base.")
    backup: Path = Field(default="/two-factor/verify-backup-code", description="Takes a backup code; below the auth base.")
    backup_codes: bool = Field(default=True, description="Whoever enables it is given backup codes, each of which works once.")
    attempts: int | None = Field(
        default=None, ge=1, le=20, description="Wrong codes after one password that void the right one as well: 5 since better-auth 1.7."
    )
    limits: list[RateRule] = Field(default_factory=_rules, description="The deployment's own rate limits of these; [] when it has none.")

    def refinements(self) -> Mapping[str, object]:
        """Whether there are backup codes, and wrong codes are counted."""
        return {"backup_codes": self.backup_codes, "attempts": self.attempts}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """It is better-auth's."""
        yield from demand_better_auth(environment, self.capability)
