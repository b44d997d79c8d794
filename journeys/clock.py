"""Time as the scheduler and the pacer see it: one seam, so that tests never wait for real seconds."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only grow, the wall clock for reports, and a way to wait on a condition."""

    def now(self) -> float:
        """Monotonic seconds."""

    def wall(self) -> float:
        """Seconds since the epoch."""

    def wait(self, condition: threading.Condition, timeout: float | None) -> None:
        """Release the held `condition` until it is notified or `timeout` seconds have passed; may return early."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def wait(self, condition: threading.Condition, timeout: float | None) -> None:
        condition.wait(timeout)
