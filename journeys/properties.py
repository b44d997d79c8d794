"""Property checks as journeys: hypothesis runs in a step, beside the other journeys, and its counterexample is the failure."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from journeys.context import current
from journeys.errors import JourneyError, one_line


@dataclass(frozen=True)
class Examined:
    """A property that held for all examples that were tried."""

    property: str
    examples: int


class Falsified(JourneyError):
    """A property does not hold. `example` is the call that shows it; raised `from` the original failure, kept in `error`."""

    def __init__(self, name: str, example: str, error: BaseException) -> None:
        self.property = name
        self.example = example
        self.error = error
        super().__init__(f"{_flat(example) or name} gives {one_line(error)}\n{example}\n{error}")


def examine(
    prop: Callable[[], None], *, examples: int, shrink: bool = False, number: int | None = None, kept: Path | None = None
) -> Examined:
    """Try a property, a function decorated with hypothesis' `@given`, with `examples` examples, inside a step.

    Every example is real requests against a real target. So examples have no deadline of their own (the step has one),
    and a failing example is not reduced to a smaller one unless `shrink` is set. With a `number`, the seed, the examples
    are the same each time. What has failed is kept in the folder `kept`, where one is given, and is tried first from then on.
    Raises Falsified with the example, also when the same example holds once it is tried again: `error` is what the first try raised.
    Cancelled ends it at once.
    """
    from hypothesis import HealthCheck, Phase, seed, settings
    from hypothesis.database import DirectoryBasedExampleDatabase
    from hypothesis.errors import FlakyFailure

    tried = 0

    def counted() -> None:
        nonlocal tried
        act = current()
        if act is not None:
            act.check()
        tried += 1

    phases = (Phase.explicit, *((Phase.reuse,) if kept else ()), Phase.generate, *((Phase.shrink,) if shrink else ()))
    bounded = settings(
        max_examples=examples,
        deadline=None,
        database=DirectoryBasedExampleDatabase(kept) if kept else None,
        phases=phases,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors, HealthCheck.nested_given],
    )
    name = getattr(prop, "__name__", repr(prop))
    try:
        # A seed of our own: without one, hypothesis prints how to set one, into the terminal of an interrupted run.
        _on_each_example(bounded(seed(secrets.randbits(64) if number is None else number)(prop)), counted)()
    except Exception as error:
        notes = [note for note in getattr(error, "__notes__", ()) if "test case" in note or "example" in note]
        # Hypothesis tries what failed once more, to show it; where that held, it reports a group of its own around the first failure.
        if isinstance(error, FlakyFailure):
            notes.append("The same example held when it was tried again.")
            error = error.exceptions[0]
        raise Falsified(name, "\n".join(notes).strip(), error) from error
    return Examined(name, tried)


def _on_each_example(prop: Callable[[], None], act: Callable[[], None]) -> Callable[[], None]:
    """Have `act` called ahead of each example: hypothesis keeps the undecorated function where others may wrap it."""
    handle = prop.hypothesis  # type: ignore[attr-defined]
    inner = handle.inner_test

    def example(*args: object, **kwargs: object) -> object:
        act()
        return inner(*args, **kwargs)

    # Hypothesis reads names and annotations of the function that it calls.
    example.__name__ = inner.__name__
    example.__wrapped__ = inner  # type: ignore[attr-defined]
    handle.inner_test = example
    return prop


def _flat(example: str) -> str:
    """The call alone, in one line: `survives(name='a', data=b'')`."""
    lines = [line.split("  #")[0].strip() for line in example.splitlines()]
    text = " ".join(lines).removeprefix("Failing test case:").removeprefix("Falsifying example:")
    return text.replace("( ", "(").replace(", )", ")").strip()
