"""Ids of runs."""

from __future__ import annotations

import time
import uuid


def new_id() -> str:
    """An id that no other run has, and by which people see when it began (UTC)."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
