"""Something that a deployment must refuse: what it answered, as a value that checks can ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clients.errors import Refusal

LIMITED = 429
T = TypeVar("T")


@dataclass(frozen=True)
class Attempt:
    """The refusal, or None when it was accepted."""

    refusal: Refusal | None

    @property
    def refused(self) -> bool:
        """Refused on purpose: a client error, and not the limiter's (429), which says nothing about the request itself."""
        return self.refusal is not None and 400 <= self.refusal.status < 500 and self.refusal.status != LIMITED

    @property
    def status(self) -> int | None:
        """The status of the refusal, None when it was accepted."""
        return self.refusal.status if self.refusal else None

    def __repr__(self) -> str:
        return "accepted" if self.refusal is None else str(self.refusal)


def attempt(act: Callable[[], object], *, limited: bool = False) -> Attempt:
    """What the deployment answers to ``act``. Anything else is raised: no answer, one that cannot be read, the limiter's 429.

    ``limited``: that one is a refusal like any other.
    """
    outcome = tried(act, limited=limited)
    return Attempt(outcome if isinstance(outcome, Refusal) else None)


def tried(act: Callable[[], T], *, limited: bool = False) -> T | Refusal:
    """What ``act`` returns, or the deployment's refusal. Raises as :func:`attempt` does."""
    try:
        return act()
    except Refusal as refusal:
        if refusal.status == LIMITED and not limited:
            raise
        return refusal
