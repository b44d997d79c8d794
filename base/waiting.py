"""The one way to wait: a deadline, growing intervals, the last observation in the message.

A loop of our own and not stamina's: stamina repeats on exceptions and sleeps uninterruptibly, while a wait here repeats on what it
*observes* and has to end at once when the run is interrupted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

T = TypeVar("T")


class Trouble(Exception):
    """Base of what ends a wait, and of everything that clients raise."""


@dataclass(eq=False)
class Overdue(Trouble):
    """``what`` was not seen ``within`` seconds; ``last`` describes the last of ``attempts`` observations."""

    what: str
    within: float
    attempts: int
    last: str

    def __str__(self) -> str:
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return f"{self.what}: not within {self.within:g} s (looked {times}; last seen: {self.last})"


class Cancelled(Trouble):
    """The run was interrupted; nothing is known about what was being waited for."""


def pause(seconds: float, cancelled: Event | None = None) -> None:
    """Wait ``seconds``; raises :class:`Cancelled` as soon as ``cancelled`` is set."""
    if cancelled is None:
        time.sleep(max(0.0, seconds))
    elif cancelled.wait(max(0.0, seconds)):
        raise Cancelled("the run was interrupted during a wait")


def describe(value: object, limit: int = 300) -> str:
    """One line about an observation, cut to ``limit`` characters."""
    text = " ".join((f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else repr(value)).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def until(
    observe: Callable[[], T],
    accept: Callable[[T], bool],
    *,
    within: float,
    what: str,
    first: float = 0.05,
    most: float = 1.0,
    growth: float = 1.5,
    cancelled: Event | None = None,
    forgive: tuple[type[Exception], ...] = (),
) -> T:
    """Observe until ``accept`` says yes and return that observation.

    :param within: deadline in seconds; the last observation begins at the deadline, or right after the one that was under way then.
    :param what: what is awaited, as it should read in the message.
    :param first: first interval in seconds; each next one is ``growth`` times longer, up to ``most``.
    :param forgive: exceptions that count as "not yet". Anything else ends the wait.
    :raises Overdue: at the deadline, with the last observation (or forgiven exception, which is also its ``__cause__``).
    :raises Cancelled: as soon as ``cancelled`` is set.
    """
    deadline = time.monotonic() + within
    interval, attempts = first, 0
    while True:
        if cancelled is not None and cancelled.is_set():
            raise Cancelled(f"the run was interrupted while waiting: {what}")
        trouble: Exception | None = None
        attempts += 1
        late = time.monotonic() >= deadline
        try:
            seen = observe()
            if accept(seen):
                return seen
            last = describe(seen)
        except forgive as error:
            trouble, last = error, describe(error)
        if late:
            raise Overdue(what, within, attempts, last) from trouble
        # What was asked for before the deadline may have come since, however long the answer took.
        pause(max(0.0, min(interval, deadline - time.monotonic())), cancelled)
        interval = min(interval * growth, most)
