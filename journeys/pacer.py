"""Keeps a run within the rate limits of its target, so that no journey is refused for haste."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from journeys.clock import Clock, SystemClock
from journeys.context import current, holding
from journeys.errors import StepCancelled
from journeys.limits import Rule, split
from journeys.notifier import Notifier
from journeys.window_stores import MemoryWindowStore, WindowStore
from journeys.windows import Window

#: Seconds added to each window: clocks of several machines differ, and Workers see a clock that stands still between I/O.
MARGIN = 0.2
#: Seconds after which a request that was never reported as answered is taken to have been counted.
PATIENCE = 15.0


@dataclass(frozen=True)
class Throttled:
    """A 429 that was seen although the run is paced. `rule` is None when no declared limit covers the request."""

    rule: str | None
    method: str
    path: str
    address: str
    retry_after: float


@dataclass
class _Bucket:
    """The requests of this process under one count; the count itself is the window of the store called `name`."""

    name: str
    rule: Rule
    sent: int = 0
    queue: deque[object] = field(default_factory=deque)


class Pacer:
    """Gives each request its turn, first come first served within a limit; requests under no limit never wait.

    Call `before` ahead of a request and `after` when its answer is here (or it failed): the target counted it at
    some moment in between, so the window is reckoned from the later one (see `journeys.windows`).

    rules     the first that covers a request counts
    store     where the counts are kept: by default in this process; a `FileWindowStore` is shared with workers and later runs
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        margin: float = MARGIN,
        patience: float = PATIENCE,
        clock: Clock | None = None,
        store: WindowStore | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self._margin = margin
        self._patience = patience
        self._clock = clock or SystemClock()
        self._store = store or MemoryWindowStore(self._clock)
        self._notifier = Notifier()
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._refused: list[Throttled] = []
        self._cancelled = False
        self._held = 0.0

    def before(self, method: str, url: str, address: str = "") -> None:
        """Wait for this request's turn. Raises Cancelled when the run is interrupted or the calling step was given up."""
        act = current()
        if act is not None:
            act.check()
        ticket = object()
        with self._notifier:
            if self._cancelled:
                raise StepCancelled("the run was interrupted before a request was sent")
            bucket = self._bucket(method, url, address)
            if bucket is None:
                return
            bucket.queue.append(ticket)
            if self._left(bucket, ticket) == 0:
                return
        try:
            # Waiting for a turn is no slowness of the target: the step's deadline stands still meanwhile.
            with holding("pacing"):
                self._wait(bucket, ticket)
            if act is not None:
                act.check()
        finally:
            with self._notifier:
                if ticket in bucket.queue:
                    bucket.queue.remove(ticket)
                    self._notifier.notify()

    def after(self, method: str, url: str, address: str = "") -> None:
        """The answer to a request is here, or there will be none."""
        with self._notifier:
            bucket = self._bucket(method, url, address)
            if bucket is not None:
                with self._store.open() as windows:
                    if bucket.name in windows:
                        windows[bucket.name].answered(self._store.now())
                self._notifier.notify()

    def throttled(self, method: str, url: str, address: str, retry_after: float) -> None:
        """A request was answered 429 all the same: something else, that this run knows nothing of, used up the limit.

        Whoever may send it again, once, calls `before` again, which then waits `retry_after` seconds.
        """
        host, path = split(url)
        rule = self._rule(method, host, path)
        with self._notifier:
            self._refused.append(Throttled(rule.name if rule else None, method.upper(), path, address, retry_after))
            bucket = self._bucket(method, url, address, create=True)
            if bucket is not None:
                with self._store.open() as windows:
                    window = windows.setdefault(bucket.name, Window())
                    window.close(self._store.now() + retry_after + self._margin)
                self._notifier.notify()

    def cancel(self) -> None:
        """Let nobody wait any longer: every turn that is or will be asked for raises Cancelled."""
        with self._notifier:
            self._cancelled = True
            self._notifier.notify()

    def bound(self) -> float:
        """The least seconds in which the target would have allowed what this process sent: the pacing bound of the run's floor."""
        with self._notifier:
            return max(((-(-bucket.sent // bucket.rule.max) - 1) * bucket.rule.window for bucket in self._sending()), default=0.0)

    def sent(self) -> dict[str, int]:
        """Paced requests by limit."""
        with self._notifier:
            names = [bucket.rule.name for bucket in self._sending()]
            return {name: sum(bucket.sent for bucket in self._sending() if bucket.rule.name == name) for name in names}

    @property
    def refused(self) -> tuple[Throttled, ...]:
        """Every 429 that was reported."""
        with self._notifier:
            return tuple(self._refused)

    @property
    def held(self) -> float:
        """Seconds that requests have waited for their turn, all together."""
        with self._notifier:
            return self._held

    def _sending(self) -> list[_Bucket]:
        return [bucket for bucket in self._buckets.values() if bucket.sent]

    def _rule(self, method: str, host: str, path: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.covers(method, host, path)), None)

    def _bucket(self, method: str, url: str, address: str, *, create: bool = False) -> _Bucket | None:
        """The bucket of a request; with the lock held. Without a limit it has one only after a 429 was seen (`create`)."""
        host, path = split(url)
        rule = self._rule(method, host, path)
        key = rule.bucket(host, path, address) if rule else ("", address, host, path)
        if key not in self._buckets and (rule or create):
            self._buckets[key] = _Bucket(" ".join(key), rule or Rule("undeclared", (path,), max=1_000_000, window=1.0))
        return self._buckets.get(key)

    def _wait(self, bucket: _Bucket, ticket: object) -> None:
        with self._notifier:
            began = self._clock.now()
        waiter: threading.Lock | None = None
        try:
            while True:
                with self._notifier:
                    if waiter is not None:
                        self._notifier.forget(waiter)
                    left = self._left(bucket, ticket)
                    if left == 0:
                        return
                    waiter = self._notifier.waiter()
                self._clock.wait(waiter, left)
        finally:
            with self._notifier:
                self._held += self._clock.now() - began

    def _left(self, bucket: _Bucket, ticket: object) -> float | None:
        """Take the turn if it has come, and return 0; else seconds after which to look again (None: when something changes)."""
        if self._cancelled:
            raise StepCancelled("the run was interrupted while a request waited for its turn")
        if bucket.queue[0] is not ticket:
            return None
        with self._store.open() as windows:
            now = self._store.now()
            window = windows.setdefault(bucket.name, Window())
            left = window.seconds_left(bucket.rule, now, margin=self._margin, patience=self._patience)
            if left > 0:
                return left if self._store.poll is None else min(left, self._store.poll)
            window.send(now)
        bucket.queue.popleft()
        bucket.sent += 1
        self._notifier.notify()
        return 0
