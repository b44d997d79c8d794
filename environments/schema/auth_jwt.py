"""[auth.jwt]"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from environments.schema.auth_email import demand_better_auth
from environments.schema.section import Section, Whole
from environments.schema.values import Line, Path


class Jwt(Section, capability="auth.jwt", runbook=90):
    """[auth.jwt]: members get signed tokens for other services, and the keys to verify them are published."""

    token: Path = Field(default="/token", description="Where a member gets a token, below the auth base.")
    keys: Path = Field(default="/jwks", description="Where the public keys are, below the auth base.")
    issuer: Line | None = Field(default=None, description="Who the tokens say has made them; without it, the origin.")
    audience: Line | None = Field(default=None, description="Whom the tokens are for; without it, the origin.")
    minutes: float = Field(default=15, gt=0, description="Longest life of a token, in minutes.")

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """It is better-auth's."""
        yield from demand_better_auth(environment, self.capability)
