"""[headers]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from environments.schema.section import Section
from environments.schema.values import Line, Paths, ResponseHeader, each_once


class Headers(Section, capability="headers", runbook=30, deeper=False):
    """[headers]: response headers that every page must carry: name = text that its value must contain."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[ResponseHeader, Line]

    path: Paths = Field(
        default=("/",), description="Page that must carry them, or a list of pages; all other keys of the table are names of headers."
    )

    @model_validator(mode="before")
    @classmethod
    def _each_once(cls, table: Any) -> Any:
        return each_once(table)

    @property
    def declared(self) -> bool:
        """An empty table demands nothing."""
        return bool(self.expected)

    @property
    def expected(self) -> Mapping[str, str]:
        """Name of the header, and the text."""
        return self.__pydantic_extra__ or {}
