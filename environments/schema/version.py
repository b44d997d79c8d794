"""[version]"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from environments.schema.section import Section
from environments.schema.values import DottedPath, Host, VersionHeader


class VersionSource(Section):
    """[version]: where the running version can be read; exactly one of header and health_field. Without it there is never a ticket."""

    header: VersionHeader | None = Field(default=None, description="Response header that carries the version id.")
    health_field: DottedPath | None = Field(default=None, description="Dotted path of the version in the health answer.")
    connections: int = Field(default=5, ge=1, le=50, description="Consecutive fresh connections per host that must name one version.")
    hosts: list[Host] = Field(
        default_factory=list,
        description="Hosts to read it from; default: the origin's. One that never answers makes a run inconclusive.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.header is None) == (self.health_field is None):
            raise ValueError("name exactly one of header and health_field")
        return self
