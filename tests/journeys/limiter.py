"""A model of better-auth's limiter, written from its rule, to be refused by. `test_limiter.py` compares it with the real one."""

from __future__ import annotations


class Limiter:
    """`max` requests, its window restarting at each allowed one. Seconds."""

    def __init__(self, most: int, window: float) -> None:
        self.most = most
        self.window = window
        self.count = 0
        self.last = 0.0

    def allows(self, now: float) -> bool:
        """Count a request that arrives at `now`, unless it is refused."""
        if self.count == 0 or now - self.last >= self.window:
            self.count = 0
        elif self.count >= self.most:
            return False
        self.count += 1
        self.last = now
        return True
