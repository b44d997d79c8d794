"""What the tests of journeys share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from journeys import Scheduler
from tests.journeys.clocks import SteppedClock


@pytest.fixture
def clock() -> SteppedClock:
    """Time that the test moves."""
    return SteppedClock()


@pytest.fixture
def schedule(clock: SteppedClock) -> Iterator[Callable[..., Scheduler]]:
    """Makes schedulers on that clock, and cancels them in the end so that no thread is left behind."""
    made: list[Scheduler] = []

    def make(**options: Any) -> Scheduler:
        made.append(Scheduler(clock=clock, **options))
        return made[-1]

    yield make
    for scheduler in made:
        scheduler.cancel()
