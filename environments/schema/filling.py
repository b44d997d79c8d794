"""Texts of the file about a member, in which words in braces are filled in."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from environments.schema.values import Line


def _filling(value: str) -> str:
    unknown = sorted(set(_PLACE.findall(value)) - FILLED_IN)
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is filled in by nobody: {', '.join(f'{{{name}}}' for name in sorted(FILLED_IN))} are")
    return value


FILLED_IN = frozenset({"name", "email", "user_name", "password", "label"})
"""What a text about a member may have in braces."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
Filling = Annotated[Line, AfterValidator(_filling)]
