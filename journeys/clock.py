"""Time as the scheduler and the pacer see it: one seam, so that tests never wait for real seconds."""

from __future__ import annotations

import threading
import time
from typing import Protocol

#: Seconds after which the machine's clock ends every wait. A signal that comes just before the system call, or to another
#: thread, as on macOS, does not end it; Ctrl-C is then seen after this time.
_LOOK_UP = 0.5


class Clock(Protocol):
    """Seconds that only grow, the wall clock for reports, and a way to wait."""

    def now(self) -> float:
        """Monotonic seconds."""

    def wall(self) -> float:
        """Seconds since the epoch."""

    def wait(self, waiter: threading.Lock, timeout: float | None) -> None:
        """Wait until `waiter` (see `journeys.notifier`) is released or `timeout` seconds have passed; may return early."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def wait(self, waiter: threading.Lock, timeout: float | None) -> None:
        waiter.acquire(timeout=_LOOK_UP if timeout is None else min(timeout, _LOOK_UP))
