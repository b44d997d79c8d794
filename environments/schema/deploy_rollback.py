"""[deploy.rollback]"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from environments.schema.section import Section, Whole
from environments.schema.values import SecretVariable


class Rollback(Section, capability="deploy.rollback", runbook=10, drills=True):
    """[deploy.rollback]: versions can be switched, and the drill may do it (never in production)."""

    platform: Literal["cloudflare"] = Field(default="cloudflare", description="Who runs the deployment.")
    worker: str = Field(description="Script name of the Worker.")
    account: SecretVariable = Field(description="Variable with the account id.")
    token: SecretVariable = Field(description="Variable with an API token for this Worker.")
    api: SecretVariable | None = Field(default=None, description="Variable with another API base URL.")
    serve_within_seconds: int = Field(default=60, ge=1, description="Deadline until a switched version answers, in seconds.")
    fresh_connections: int = Field(default=5, ge=2, description="Consecutive fresh connections that must agree.")

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """A switch is believed when it was seen."""
        if not environment.version:
            yield "[deploy.rollback] needs [version]: without it nobody can see which version answers"
