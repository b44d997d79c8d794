"""[sandbox]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import FileName, ServiceName


class SandboxSource(Section):
    """[sandbox]: the environment is a Worker of the sandbox, which supplies connect, ca and secret variables."""

    worker: ServiceName = Field(description="Script name of the sandbox's Worker.")
    system: FileName | None = Field(
        default=None,
        description="The system that the Worker belongs to: a name of `sandbox/systems`, or the path of a file beside this one. "
        "Without it, the sandbox's default.",
    )
