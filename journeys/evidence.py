"""What a step leaves behind for the report of a failing check."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """Something a step saw, for the report of a failing check. `at` is in seconds since the epoch."""

    title: str
    body: str | bytes = field(repr=False)
    media_type: str
    at: float
