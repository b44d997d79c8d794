"""Clocks for tests: time passes when a test says so, never by waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Seconds in which something that must happen has long happened, on any machine: a bound for clean-up, not a measure.
SOON = 20.0


class SteppedClock:
    """Real threads, invented time: `advance` moves it. A wait returns early now and then, as the protocol allows."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Condition()
        self._waiting: set[int] = set()

    def now(self) -> float:
        with self._lock:
            return self._now

    def wall(self) -> float:
        return 1_700_000_000.0 + self.now()

    def wait(self, waiter: threading.Lock, timeout: float | None) -> None:
        with self._lock:
            self._waiting.add(threading.get_ident())
            self._lock.notify_all()
        waiter.acquire(timeout=0.005)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def until_waited(self, threads: int) -> None:
        """Return when that many different threads have waited."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self._waiting) >= threads, timeout=SOON)


class SimulatedClock:
    """One thread: waiting moves time, to the end of the wait or to the next event, whichever comes first."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._events: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time

    def at(self, time: float, event: Callable[[], None]) -> None:
        self._events.append((time, event))
        self._events.sort(key=lambda entry: entry[0])

    def wait(self, waiter: threading.Lock, timeout: float | None) -> None:
        if self._events and (timeout is None or self._events[0][0] <= self.time + timeout):
            self._happen()
        else:
            assert timeout is not None, "nothing will ever end this wait"
            self.time += timeout

    def pass_time(self, seconds: float) -> None:
        """Let time pass with all that happens in it."""
        end = self.time + seconds
        while self._events and self._events[0][0] <= end:
            self._happen()
        self.time = end

    def _happen(self) -> None:
        time, event = self._events.pop(0)
        self.time = max(self.time, time)
        event()
