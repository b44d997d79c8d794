"""[sandbox]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section


class SandboxSource(Section):
    """[sandbox]: the environment is a Worker of the sandbox, which supplies connect, ca and secret variables."""

    worker: str = Field(description="Script name of the sandbox's Worker.")
