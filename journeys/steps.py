"""`@step`: one act of a journey, whose return value is its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Never, Protocol, TypeVar, overload

from journeys.errors import Misuse

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

#: Seconds a step may take unless it says otherwise. Time held by a rate limit or another journey does not count.
DEFAULT_DEADLINE = 30.0


class _Readable(Protocol):
    def read(self, step: str) -> Any: ...


class Step(Generic[R_co]):
    """A step as declared in a journey class. Reading it on an instance waits for it and returns its record."""

    def __init__(self, act: Callable[[Any], R_co], *, deadline: float, independent: bool, always: bool = False) -> None:
        if deadline <= 0:
            raise Misuse(f"the deadline of step {act.__name__} must be above 0 seconds, not {deadline:g}")
        self.act = act
        self.deadline = deadline
        self.independent = independent
        self.always = always
        self.name = act.__name__
        self.__doc__ = act.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, journey: None, owner: type) -> Step[R_co]: ...

    @overload
    def __get__(self, journey: object, owner: type) -> R_co: ...

    def __get__(self, journey: object | None, owner: type) -> Step[R_co] | R_co:
        __tracebackhide__ = True
        if journey is None:
            return self
        play: _Readable = journey._play  # type: ignore[attr-defined]
        record: R_co = play.read(self.name)
        return record

    def __set__(self, journey: object, value: Never) -> None:
        raise AttributeError(f"{type(journey).__name__}.{self.name} is a step: its record is what it returns, and is never assigned")

    def __repr__(self) -> str:
        return f"<step {self.name}>"


@overload
def step(act: Callable[[Any], R], /) -> Step[R]: ...


@overload
def step(*, deadline: float = ..., independent: bool = ..., always: bool = ...) -> Callable[[Callable[[Any], R]], Step[R]]: ...


def step(
    act: Callable[[Any], R] | None = None, /, *, deadline: float = DEFAULT_DEADLINE, independent: bool = False, always: bool = False
) -> Step[R] | Callable[[Callable[[Any], R]], Step[R]]:
    """Declare a method of a journey as one of its steps; steps play in the order of their definition.

    `deadline` is in seconds: a step past it counts as broken with `DeadlineExceeded`, even when its thread hangs.
    The failure of an `independent` step does not stop the steps after it. A step that plays `always` plays although one
    before it broke: it closes or restores; only an interrupt or a hanging step keeps it from playing.
    """
    if act is not None:
        return Step(act, deadline=deadline, independent=independent, always=always)
    return lambda method: Step(method, deadline=deadline, independent=independent, always=always)
