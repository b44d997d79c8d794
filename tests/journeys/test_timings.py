"""Timings: the longest chain, and the time of each step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from journeys import Journey, NotReached, Scheduler, StepState, holding, step
from tests.journeys.clocks import SteppedClock

Schedule = Callable[..., Scheduler]


def test_longest_chain_follows_steps_and_the_records_they_read(schedule: Schedule, clock: SteppedClock) -> None:
    """Time that was held is not part of it: neither waiting for another journey nor for a rate limit."""

    class First(Journey, expected=9):
        @step(deadline=1000)
        def one(self) -> int:
            clock.advance(3)
            return 1

        @step(deadline=1000)
        def two(self) -> int:
            clock.advance(100)
            return 2

    class Second(Journey, after=(First,)):
        @step(deadline=1000)
        def own(self) -> None:
            clock.advance(1)

        @step(deadline=1000)
        def needs_one(self) -> int:
            first = self.other(First).one
            with holding("pacing"):
                clock.advance(40)
            clock.advance(7)
            return first

    class Third(Journey, after=(Second,), exclusive=True):
        @step(deadline=1000)
        def alone(self) -> int:
            clock.advance(200)
            return self.other(Second).needs_one

    scheduler = schedule()
    assert scheduler.play(First).two == 2  # one at a time, so that the one clock counts for one journey
    assert scheduler.play(Second).needs_one == 1
    assert scheduler.play(Third).alone == 1
    timings = scheduler.timings()
    assert timings.longest.steps == ("First.one", "First.two")
    assert timings.longest.seconds == pytest.approx(103)
    assert str(timings.longest) == "103.00 s: First.one > First.two"
    assert timings.wall == pytest.approx(351)
    own = {(each.journey, each.step): each.own for each in timings.steps}
    assert own["Second", "needs_one"] == pytest.approx(7)


def test_chain_goes_through_what_was_read(schedule: Schedule, clock: SteppedClock) -> None:
    """A short journey after a long one makes the longest chain."""

    class Long(Journey):
        @step
        def act(self) -> None:
            clock.advance(10)

    class Short(Journey, after=(Long,)):
        @step
        def act(self) -> None:
            self.other(Long).act  # noqa: B018
            clock.advance(1)

    scheduler = schedule()
    scheduler.play(Long).act  # noqa: B018 - the one clock counts for one journey
    scheduler.play(Short).act  # noqa: B018
    chain = scheduler.timings().longest
    assert chain.steps == ("Long.act", "Short.act")
    assert chain.seconds == pytest.approx(11)


def test_steps_that_were_not_reached_take_no_time(schedule: Schedule, clock: SteppedClock) -> None:
    """And are no part of a chain."""

    class Broken(Journey):
        @step
        def one(self) -> None:
            clock.advance(2)
            raise ValueError

        @step
        def two(self) -> None: ...

    scheduler = schedule()
    with pytest.raises(NotReached):
        scheduler.play(Broken).two  # noqa: B018
    timings = scheduler.timings()
    assert timings.longest.steps == ("Broken.one",)
    assert [(each.step, each.state, each.own) for each in timings.steps] == [
        ("one", StepState.BROKEN, 2),
        ("two", StepState.NOT_REACHED, 0),
    ]


def test_nothing_played_takes_no_time(schedule: Schedule) -> None:
    """An empty run has no chain."""
    timings = schedule().timings()
    assert (timings.wall, timings.longest.seconds, timings.steps) == (0, 0, ())
