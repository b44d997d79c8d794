"""What a run uses up in its target, counted and bounded: accounts and mails are scarce (Resend's free plan sends 100 mails a day)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields

from journeys.errors import BudgetExceeded


@dataclass(frozen=True)
class Cost:
    """Amounts, each a plain count. Costs add up; `str` leaves out what is zero."""

    requests: int = 0
    mails: int = 0
    sign_ups: int = 0
    sign_ins: int = 0
    accounts: int = 0
    objects: int = 0

    def __post_init__(self) -> None:
        for item, amount in self.items():
            if amount < 0:
                raise ValueError(f"a cost cannot be negative: {item}={amount}")

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(mine + theirs for (_, mine), (_, theirs) in zip(self.items(), other.items(), strict=True)))

    def items(self) -> list[tuple[str, int]]:
        """Pairs of item and amount, in the order in which they are printed."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]

    def __str__(self) -> str:
        """`212 requests, 4 mails, 5 accounts, 9 objects`."""
        parts = [f"{amount} {_words(item, amount)}" for item, amount in self.items() if amount]
        return ", ".join(parts) or "nothing"


@dataclass(frozen=True)
class Budget:
    """The most that one run may use; None is no limit."""

    requests: int | None = None
    mails: int | None = None
    sign_ups: int | None = None
    sign_ins: int | None = None
    accounts: int | None = None
    objects: int | None = None

    def check(self, cost: Cost) -> None:
        """Raise BudgetExceeded naming the first item of `cost` that is above its limit."""
        for item, amount in cost.items():
            limit: int | None = getattr(self, item)
            if limit is not None and amount > limit:
                raise BudgetExceeded(_words(item, 2), limit, amount)


class Meter:
    """Counts what a run uses, from any thread, and refuses what its budget does not allow."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self._lock = threading.Lock()
        self._total = Cost()

    @property
    def total(self) -> Cost:
        """What was used until now."""
        with self._lock:
            return self._total

    def spend(self, cost: Cost) -> Cost:
        """Count `cost` *before* it is caused and return the new total; BudgetExceeded counts nothing."""
        with self._lock:
            total = self._total + cost
            self.budget.check(total)
            self._total = total
            return total


def _words(item: str, amount: int) -> str:
    words = item.replace("_", "-")
    return words.removesuffix("s") if amount == 1 else words
