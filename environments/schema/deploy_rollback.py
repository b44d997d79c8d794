"""[deploy.rollback]"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from environments.schema.promotion import PLATFORM
from environments.schema.section import Section, Whole
from environments.schema.values import HeaderSecret, Line, Secret, SecretVariable, ServiceName


class Rollback(Section, capability="deploy.rollback", runbook=10, drills=True, for_others=True, deeper=False):
    """[deploy.rollback]: versions can be switched, and the drill may do it (never in production)."""

    platform: Line = Field(default=PLATFORM, description="Who runs the deployment: `cloudflare`, or the name of another platform.")
    worker: ServiceName = Field(description="Name of the service there: of a Worker, its script name.")
    account: HeaderSecret | None = Field(default=None, description="Variable with the account id; Cloudflare needs it.")
    token: HeaderSecret | None = Field(default=None, description="Variable with an API token for this service; Cloudflare needs it.")
    api: SecretVariable | None = Field(default=None, description="Variable with another API base URL.")
    serve_within_seconds: int = Field(default=60, ge=1, description="Deadline until a switched version answers, in seconds.")
    restore_within_seconds: int = Field(
        default=600,
        ge=10,
        le=3600,
        description="Deadline of a drill, in seconds from its switch on: then what was live before is restored.",
    )
    fresh_connections: int = Field(default=5, ge=2, le=50, description="Consecutive fresh connections that must agree.")

    @property
    def told(self) -> dict[str, Secret | str]:
        """What the file says for the platform besides the service's name, by key: the platform itself says which of it it needs."""
        keys = type(self).model_fields.keys() - {"platform", "worker"}
        return {key: value for key in sorted(keys) if isinstance(value := getattr(self, key), Secret | str)}

    @property
    def settings(self) -> dict[str, str]:
        """The same with the values of secret variables. Raises LookupError when the sandbox has not supplied them yet."""
        return {key: value.reveal() if isinstance(value, Secret) else value for key, value in self.told.items()}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """A switch is believed when it was seen."""
        if not environment.version:
            yield "[deploy.rollback] needs [version]: without it nobody can see which version answers"
