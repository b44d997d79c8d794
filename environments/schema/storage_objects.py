"""[storage.objects]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from environments.schema.members import demand_members
from environments.schema.section import Section, Whole
from environments.schema.values import Path


class Objects(Section, capability="storage.objects", runbook=60, asked=True):
    """[storage.objects]: files through the app."""

    file: Path = Field(default="/api/files/{name}", description="One file: PUT, GET, HEAD, DELETE.")
    list: Path = Field(default="/api/files", description="The member's own files.")
    presign: Path | None = Field(default=None, description="Asks for a presigned upload.")
    max_bytes: int | None = Field(default=None, ge=1, description="Largest body that the product promises to take.")
    overwrite_seconds: float = Field(default=1.1, ge=0, description="Pause between two writes to one key (R2 allows one a second).")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if "{name}" not in self.file:
            raise ValueError("file must contain {name}")
        return self

    def refinements(self) -> Mapping[str, object]:
        """Whether browsers upload past the app."""
        return {"presign": self.presign}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Files are members'."""
        yield from demand_members(environment, self.capability)
