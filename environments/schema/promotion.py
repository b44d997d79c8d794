"""[promotion]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import WranglerEnvironment


class Promoted(Section):
    """[promotion]: versions of this Worker are put live here by `python -m gonogo promote`."""

    worker: str = Field(description="Script name of the Cloudflare Worker.")
    wrangler_env: WranglerEnvironment | None = Field(
        default=None,
        description="Which `[env.NAME]` of wrangler's configuration is put live; empty for the top of that file. Needed where it has any.",
    )
