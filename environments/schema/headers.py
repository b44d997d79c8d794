"""[headers]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, RootModel

from environments.schema.section import Declares
from environments.schema.values import Line, ResponseHeader, each_once


class Headers(Declares, RootModel[Annotated[dict[ResponseHeader, Line], BeforeValidator(each_once)]], capability="headers", runbook=30):
    """[headers]: response headers that every page must carry: name = text that its value must contain."""

    model_config = ConfigDict(frozen=True, strict=True)

    @property
    def declared(self) -> bool:
        """An empty table demands nothing."""
        return bool(self.root)

    @property
    def expected(self) -> Mapping[str, str]:
        """Name of the header, and the text."""
        return self.root
