"""What must be gone when a sandbox has ended, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sandbox.processes import marked

DEADLINE = 5.0
"""s; within it everything has to be gone, however a run ends."""


def left_over(run_id: str, folder: Path, started: float, limit: float = DEADLINE) -> list[str]:
    """What is left of a run `limit` seconds after `started` (monotonic): processes and the folder. Empty as soon as nothing is."""
    while True:
        left = [str(process) for process in marked(run_id)]
        left += [str(folder)] if folder.exists() else []
        if not left or time.monotonic() > started + limit:
            return left
        time.sleep(0.02)


def wait_for(observe: Callable[[], object], within: float = 10.0) -> None:
    """Waits until `observe()` is true."""
    until = time.monotonic() + within
    while not observe():
        assert time.monotonic() < until, f"not within {within} s: {observe}"
        time.sleep(0.01)
