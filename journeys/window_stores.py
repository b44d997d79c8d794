"""Where windows are kept: in this process, or in a file that several processes and later runs share."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from journeys.clock import Clock, SystemClock
from journeys.windows import Window

#: Seconds after which a window says nothing any more; far above every window that an environment declares.
_FORGET = 3600.0


class WindowStore(Protocol):
    """Windows by bucket name. `poll`: after how many seconds to look whether another process changed them; None if there is none."""

    poll: float | None

    def now(self) -> float:
        """Seconds of the clock that the windows' times refer to."""

    def open(self) -> AbstractContextManager[dict[str, Window]]:
        """The windows, for nobody else until the block ends; what was changed in it is kept."""


class MemoryWindowStore:
    """Windows of this process. Calls must not overlap; the pacer sees to that."""

    poll: float | None = None

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._windows: dict[str, Window] = {}

    def now(self) -> float:
        return self._clock.now()

    @contextmanager
    def open(self) -> Iterator[dict[str, Window]]:
        yield self._windows


class FileWindowStore:
    """Windows in a JSON file under an advisory lock: for the workers of one run, and for a run that follows another at once.

    Times are seconds since the epoch, because monotonic clocks start anew with the machine.
    """

    poll: float | None = 0.1

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock or SystemClock()

    def now(self) -> float:
        return self._clock.wall()

    @contextmanager
    def open(self) -> Iterator[dict[str, Window]]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
            windows = self._read(file.read())
            yield windows
            file.seek(0)
            json.dump({name: asdict(window) for name, window in windows.items()}, file)
            # Not before: some file systems take an emptied file for one that is replaced, and wait for the disk when it is closed.
            file.truncate()

    def _read(self, text: str) -> dict[str, Window]:
        now = self.now()
        try:
            windows = {name: Window(**fields) for name, fields in json.loads(text or "{}").items()}
            # Older than any window, or from the future (the clock was set back): of no meaning.
            return {name: window for name, window in windows.items() if abs(now - window.idle_since()) < _FORGET}
        except (ValueError, TypeError, AttributeError):
            # Written by another version or cut short by a crash. A target that then refuses is still waited for.
            return {}
