"""Keeps a run within the rate limits of its target, so that no journey is refused for haste.

The model is better-auth's limiter (https://github.com/better-auth/better-auth, `api/rate-limiter`, read in 1.7.7 and
measured): a request is allowed while fewer than `max` were counted; its window starts anew at each allowed request, and
the count falls to zero only after `window` seconds without one. A sliding window of `max` per `window` is refused by it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from journeys.clock import Clock, SystemClock
from journeys.context import current, holding
from journeys.errors import Cancelled
from journeys.limits import Rule, split

#: Seconds added to each window: clocks of several machines differ, and Workers see a clock that stands still between I/O.
MARGIN = 0.2
#: Seconds after which a request that was never reported as answered is taken to have been counted.
PATIENCE = 15.0


@dataclass(frozen=True)
class Refused:
    """A 429 that was seen although the run is paced. `rule` is None when no declared limit covers the request."""

    rule: str | None
    method: str
    path: str
    address: str
    retry_after: float


@dataclass
class _Bucket:
    rule: Rule
    count: int = 0
    total: int = 0
    #: When the target may have counted the last request, at the latest: the moment its answer was here.
    last: float = 0.0
    closed_until: float = 0.0
    in_flight: deque[float] = field(default_factory=deque)
    queue: deque[object] = field(default_factory=deque)


class Pacer:
    """Gives each request its turn, first come first served within a limit; requests under no limit never wait.

    Call `before` ahead of a request and `after` when its answer is here (or it failed): the target counted it at
    some moment in between, so the window is reckoned from the later one.
    """

    def __init__(self, rules: Sequence[Rule], *, margin: float = MARGIN, patience: float = PATIENCE, clock: Clock | None = None) -> None:
        self.rules = tuple(rules)
        self.margin = margin
        self.patience = patience
        self._clock = clock or SystemClock()
        self._changed = threading.Condition()
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._refused: list[Refused] = []
        self._cancelled = False
        self._held = 0.0

    def before(self, method: str, url: str, address: str = "") -> None:
        """Wait for this request's turn. Raises Cancelled when the run is interrupted or the calling step was given up."""
        act = current()
        if act is not None:
            act.check()
        bucket = self._bucket(method, url, address)
        if bucket is None:
            return
        ticket = object()
        with self._changed:
            bucket.queue.append(ticket)
            if self._granted(bucket, ticket):
                return
        try:
            # Waiting for a turn is no slowness of the target: the step's deadline stands still meanwhile.
            with holding("pacing"):
                self._wait(bucket, ticket)
            if act is not None:
                act.check()
        except BaseException:
            with self._changed:
                if ticket in bucket.queue:
                    bucket.queue.remove(ticket)
                self._changed.notify_all()
            raise

    def after(self, method: str, url: str, address: str = "") -> None:
        """The answer to a request is here, or there will be none."""
        bucket = self._bucket(method, url, address)
        with self._changed:
            if bucket is not None and bucket.in_flight:
                bucket.in_flight.popleft()
                bucket.last = max(bucket.last, self._clock.now())
                self._changed.notify_all()

    def throttled(self, method: str, url: str, address: str, retry_after: float) -> None:
        """A request was answered 429 all the same (an earlier run may have used up the limit).

        Whoever may send it again, once, calls `before` again, which then waits `retry_after` seconds.
        """
        host, path = split(url)
        rule = self._rule(method, host, path)
        with self._changed:
            self._refused.append(Refused(rule.name if rule else None, method.upper(), path, address, retry_after))
            bucket = self._bucket(method, url, address, create=True)
            if bucket is not None:
                bucket.closed_until = max(bucket.closed_until, self._clock.now() + retry_after + self.margin)
                self._changed.notify_all()

    def cancel(self) -> None:
        """Let nobody wait any longer: all turns that are and will be asked for raise Cancelled."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def bound(self) -> float:
        """The least seconds in which the target would have allowed what was sent: the pacing bound of the run's floor."""
        with self._changed:
            waits = [(-(-bucket.total // bucket.rule.max) - 1) * bucket.rule.window for bucket in self._buckets.values() if bucket.total]
        return max(waits, default=0.0)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Every 429 that was reported."""
        with self._changed:
            return tuple(self._refused)

    @property
    def held(self) -> float:
        """Seconds that requests have waited for their turn, all together."""
        with self._changed:
            return self._held

    def _rule(self, method: str, host: str, path: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.covers(method, host, path)), None)

    def _bucket(self, method: str, url: str, address: str, *, create: bool = False) -> _Bucket | None:
        """The bucket of a request. Without a limit it has one only after a 429 was seen (`create`)."""
        host, path = split(url)
        rule = self._rule(method, host, path)
        key = rule.bucket(host, path, address) if rule else ("", address, host, path)
        with self._changed:
            if key not in self._buckets and (rule or create):
                self._buckets[key] = _Bucket(rule or Rule("undeclared", (path,), max=1_000_000, window=1.0))
            return self._buckets.get(key)

    def _wait(self, bucket: _Bucket, ticket: object) -> None:
        with self._changed:
            began = self._clock.now()
            try:
                while not self._granted(bucket, ticket):
                    first = bucket.queue[0] is ticket
                    self._clock.wait(self._changed, self._seconds_left(bucket) if first else None)
            finally:
                self._held += self._clock.now() - began

    def _granted(self, bucket: _Bucket, ticket: object) -> bool:
        """Take the turn if it has come; with the lock held."""
        if self._cancelled:
            bucket.queue.remove(ticket)
            raise Cancelled("the run was interrupted while a request waited for its turn")
        if bucket.queue[0] is not ticket or self._seconds_left(bucket) > 0:
            return False
        bucket.queue.popleft()
        bucket.count += 1
        bucket.total += 1
        bucket.in_flight.append(self._clock.now())
        self._changed.notify_all()
        return True

    def _seconds_left(self, bucket: _Bucket) -> float:
        """Seconds until the bucket may have its next request, as far as is known now."""
        now = self._clock.now()
        while bucket.in_flight and bucket.in_flight[0] + self.patience <= now:
            bucket.last = max(bucket.last, bucket.in_flight.popleft() + self.patience)
        if bucket.closed_until:
            if now < bucket.closed_until:
                return bucket.closed_until - now
            bucket.count, bucket.closed_until = 0, 0.0
        rest = bucket.last + bucket.rule.window + self.margin - now
        if bucket.count and not bucket.in_flight and rest <= 0:
            bucket.count = 0
        if bucket.count < bucket.rule.max:
            return 0.0
        # With requests in flight the window has not begun: look again when one is answered, or its patience is over.
        return bucket.in_flight[0] + self.patience - now if bucket.in_flight else rest
