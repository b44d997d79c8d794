"""The count behind one rate limit, as the target keeps it, seen from outside.

The model is better-auth's limiter (https://github.com/better-auth/better-auth, `api/rate-limiter`, read in 1.7.7 and
measured): a request is allowed while fewer than `max` were counted; its window starts anew at each allowed request, and
the count falls to zero only after `window` seconds without one. A sliding window of `max` per `window` is refused by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from journeys.limits import Rule


@dataclass
class Window:
    """What the target may have counted at most. All times in seconds of one clock."""

    count: int = 0
    #: When the last request may have been counted at the latest: the moment its answer was here.
    last: float = 0.0
    #: The target said that it allows nothing before.
    closed_until: float = 0.0
    #: When the requests were sent whose answers are not here yet, oldest first.
    in_flight: list[float] = field(default_factory=list)

    def seconds_left(self, rule: Rule, now: float, *, margin: float, patience: float) -> float:
        """Seconds until the next request may be sent, as far as is known now; 0 if it may at once.

        `margin` is added to each window; a request without an answer counts as answered after `patience`.
        """
        while self.in_flight and self.in_flight[0] + patience <= now:
            self.last = max(self.last, self.in_flight.pop(0) + patience)
        if now < self.closed_until:
            return self.closed_until - now
        if self.closed_until:
            self.count, self.closed_until = 0, 0.0
        rest = self.last + rule.window + margin - now
        if self.count and not self.in_flight and rest <= 0:
            self.count = 0
        if self.count < rule.max:
            return 0.0
        # With requests in flight the window has not begun: look again when one is answered, or its patience is over.
        return self.in_flight[0] + patience - now if self.in_flight else rest

    def send(self, now: float) -> None:
        """A request is sent."""
        self.count += 1
        self.in_flight.append(now)

    def answered(self, now: float) -> None:
        """One request was answered. Which one does not matter: the window is reckoned from the last answer to all of them."""
        if self.in_flight:
            self.in_flight.pop(0)
            self.last = max(self.last, now)

    def close(self, until: float) -> None:
        """Send nothing before `until`."""
        self.closed_until = max(self.closed_until, until)

    def idle_since(self) -> float:
        """The last moment at which anything was known about it."""
        return max(self.last, self.closed_until, *self.in_flight, 0.0)
