"""Who is acting and who is reading, per thread of control.

Both travel in context variables: a step that starts threads of its own hands them on with `contextvars.copy_context().run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class CurrentStep(Protocol):
    """The step that is being played here."""

    @property
    def journey_name(self) -> str: ...

    @property
    def step_name(self) -> str: ...

    def attach(self, title: str, body: str | bytes, media_type: str = ...) -> None:
        """Keep evidence with the step; ignored once the step was given up."""

    def hold(self, reason: str) -> AbstractContextManager[None]:
        """Stop the step's time while it is blocked for `reason` ("journey" or "pacing")."""

    def check(self) -> None:
        """Raise Cancelled when the step was given up, so that a late thread does nothing more to the target."""


PLAYING: ContextVar[CurrentStep | None] = ContextVar("playing", default=None)
_READER: ContextVar[str | None] = ContextVar("reader", default=None)


def current() -> CurrentStep | None:
    """The step that is being played by the caller, None outside journeys: lets a wire's listener file what it saw."""
    return PLAYING.get()


def holding(reason: str) -> AbstractContextManager[None]:
    """`current().hold(reason)`, or nothing outside journeys."""
    playing = PLAYING.get()
    return nullcontext() if playing is None else playing.hold(reason)


def reader() -> str | None:
    """The check that is running here, as named by `reading`."""
    return _READER.get()


@contextmanager
def reading(check: str) -> Iterator[None]:
    """Name the check (its id) on whose behalf records are read: the first check that reads a broken step reports it."""
    token = _READER.set(check)
    try:
        yield
    finally:
        _READER.reset(token)
