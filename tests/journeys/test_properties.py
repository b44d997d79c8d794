"""Property checks that run as a step."""

from __future__ import annotations

import random  # noqa: TID251 - it stands for a library that asks for one
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import Examined, Falsified, Journey, Scheduler, StepBroke, StepCancelled, examine, step

Schedule = Callable[..., Scheduler]


class Names(Journey):
    """Two properties at the same time as other journeys."""

    context: Any  # what this test puts there

    @step
    def true(self) -> Examined:
        tried: list[str] = []
        self.context.append(tried)

        @given(name=st.text(min_size=1))
        def keeps(name: str) -> None:
            tried.append(name)

        return examine(keeps, examples=30)

    @step(independent=True)
    def false(self) -> Examined:
        @given(size=st.integers(0, 1000), name=st.just("a"))
        def fits(size: int, name: str) -> None:
            assert size < 10, f"{size} bytes were cut"

        return examine(fits, examples=100, shrink=True)


def test_property_that_holds_records_how_many_examples(schedule: Schedule) -> None:
    """As many as were really tried."""
    tried: list[list[str]] = []
    examined = schedule(given=tried).play(Names).true
    assert examined == Examined("keeps", len(tried[0]))
    assert len(tried[0]) == 30


def test_counterexample_is_the_failure(schedule: Schedule) -> None:
    """In the first line, with the assertion; the original failure stays the cause."""
    names = schedule(given=[]).play(Names)
    with pytest.raises(StepBroke) as failure:
        _ = names.false
    error = failure.value.error
    assert isinstance(error, Falsified)
    assert isinstance(error.error, AssertionError)
    assert str(failure.value).startswith("Names.false broke: Falsified: fits(size=10, name='a') gives AssertionError: 10 bytes were cut")
    assert "size=10" in error.example


def test_failing_examples_are_not_reduced_by_default() -> None:
    """Each attempt would be requests to a real target."""
    after_failure: list[int] = []

    @given(size=st.integers(0, 10_000))
    def fits(size: int) -> None:
        if after_failure or size > 10:
            after_failure.append(size)
            raise ValueError("too large")

    with pytest.raises(Falsified, match="too large"):
        examine(fits, examples=200)
    assert 1 <= len(after_failure) <= 3  # the failure, and hypothesis' replay of it


def test_failure_that_does_not_come_back_is_what_it_was() -> None:
    """Hypothesis tries a failing example again; when it holds then, the first failure is told, not hypothesis' surprise at it."""
    failed: list[int] = []

    @given(size=st.integers(0, 10_000))
    def fits(size: int) -> None:
        if size > 10 and not failed:
            failed.append(size)
            raise ConnectionResetError("cut")

    with pytest.raises(Falsified, match="cut") as falsified:
        examine(fits, examples=200)
    assert isinstance(falsified.value.error, ConnectionResetError)
    assert "held when it was tried again" in falsified.value.example
    assert str(falsified.value).startswith(f"fits(size={failed[0]}"), str(falsified.value)


def test_cancelled_run_ends_a_property_at_once() -> None:
    """Hypothesis looks for no smaller example of an interrupt."""
    tried: list[int] = []

    @given(number=st.integers())
    def stops(number: int) -> None:
        tried.append(number)
        raise StepCancelled

    with pytest.raises(StepCancelled):
        examine(stops, examples=50)
    assert len(tried) == 1


def test_with_a_number_the_examples_are_the_same(tmp_path: Path) -> None:
    """Ahead of a promotion nothing is left to chance; without one each run tries others. What failed is tried first the next time."""
    tried: list[list[int]] = []

    def round_of(**options: Any) -> list[int]:
        numbers: list[int] = []

        @given(number=st.integers())
        def notes(number: int) -> None:
            numbers.append(number)
            assert not options.get("kept") or number < 10_000

        try:
            examine(notes, examples=20, **options)
        except Falsified:
            tried.append(numbers)
        return numbers

    assert round_of(number=5) == round_of(number=5)
    assert round_of() != round_of()
    first = round_of(kept=tmp_path, number=5)
    again = round_of(kept=tmp_path, number=6)
    assert len(tried) == 2
    assert again[0] in first
    assert again[0] >= 10_000


def test_what_hypothesis_remarks_on_strategies_ends_no_example() -> None:
    """Every warning is an error in a run; those of hypothesis are for who writes strategies."""

    def stirred(value: str) -> str:
        other = threading.Thread(target=random.random)
        other.start()
        other.join()
        return value

    @given(name=st.sampled_from([letter * 40_000 for letter in "ab"]).map(stirred))
    def holds(name: str) -> None:
        assert name

    assert examine(holds, examples=20).examples > 0


def test_a_warning_of_somebody_else_stays_an_error() -> None:
    """What the deployment's answers make a library warn of is not passed over."""

    @given(number=st.integers())
    def warns(number: int) -> None:
        warnings.warn("the answer's date is no date", UserWarning, stacklevel=1)

    with pytest.raises(Falsified, match="no date"):
        examine(warns, examples=5)
