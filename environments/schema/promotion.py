"""[promotion]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import BindingName, Line, ServiceName, WranglerEnvironment

PLATFORM = "cloudflare"
"""Who runs a deployment whose file does not say it."""


class Promoted(Section):
    """[promotion]: versions of this service are put live here by `python -m gonogo promote`."""

    platform: Line | None = Field(
        default=None, description="Who runs it: the name of a platform; without it the one of `[deploy.rollback]`, else `cloudflare`."
    )
    worker: ServiceName = Field(description="Name of the service there: of a Worker, its script name.")
    wrangler_env: WranglerEnvironment | None = Field(
        default=None,
        description="Which `[env.NAME]` of wrangler's configuration is put live; empty for the top of that file. Needed where it has any.",
    )
    changes: list[BindingName] = Field(
        default_factory=list,
        description="Names of variables, secrets and bindings that the next version may lose, or lead elsewhere. Without it none.",
    )
