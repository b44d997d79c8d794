"""A lock with a way to wait for changes that Ctrl-C can interrupt at any moment.

`threading.Condition` cannot be interrupted at any moment: a KeyboardInterrupt while `wait` lets go of the lock leaves the
`with` block around it with a lock that it does not hold, and what is raised is "cannot release un-acquired lock"
(seen once in 150 interrupts). Here nothing waits inside the lock: a waiter is made inside, and waited for outside.
"""

from __future__ import annotations

import threading
from types import TracebackType


class Notifier:
    """Hold it (`with notifier:`) to look and to change; `notify` when something changed, which wakes every waiter."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._waiters: list[threading.Lock] = []

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()

    def waiter(self) -> threading.Lock:
        """A lock that can be acquired once it has notified; call with it held, acquire without."""
        waiter = threading.Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        return waiter

    def forget(self, waiter: threading.Lock) -> None:
        """Do not wake a waiter that waits no more; call with it held."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def notify(self) -> None:
        """Wake all waiters; call with it held."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.release()
