"""Deadlines: a step that hangs breaks on time, and what held it does not count."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from journeys import DeadlineExceeded, Journey, NotReached, Scheduler, StepBroke, StepCancelled, StepState, current, holding, step
from tests.journeys.clocks import SOON, SteppedClock

Schedule = Callable[..., Scheduler]


class Hanging(Journey):
    """Hangs in its second step until the test lets go."""

    context: Any  # what this test puts there

    @step
    def first(self) -> int:
        return 1

    @step(deadline=10, independent=True)
    def second(self) -> str:
        self.context.there.set()
        assert self.context.let_go.wait(SOON)
        playing = current()
        try:
            assert playing is not None
            playing.attach("late", "evidence")
            playing.check()
        except StepCancelled:
            self.context.late.append("was told that it was given up")
        return "late"

    @step
    def third(self) -> int:
        self.context.late.append("third was played")
        return 3


class Stuck:
    """What the hanging journey is given."""

    def __init__(self) -> None:
        self.there, self.let_go = threading.Event(), threading.Event()
        self.late: list[str] = []


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    """Lets go in the end, so that the thread ends."""
    given = Stuck()
    yield given
    given.let_go.set()


def test_step_past_its_deadline_breaks_although_its_thread_hangs(stuck: Stuck, schedule: Schedule, clock: SteppedClock) -> None:
    """Later steps are not reached, independent or not: no thread is left that could play them."""
    scheduler = schedule(given=stuck)
    played = scheduler.play(Hanging)
    assert played.first == 1
    assert stuck.there.wait(SOON)
    clock.advance(9.9)
    scheduler.wait_until(lambda: True)
    assert played.records["second"].state is StepState.PLAYING
    clock.advance(0.2)
    with pytest.raises(StepBroke, match=r"Hanging\.second broke: DeadlineExceeded: .* deadline of 10 s") as failure:
        _ = played.second
    assert isinstance(failure.value.error, DeadlineExceeded)
    assert isinstance(failure.value.error, TimeoutError)
    with pytest.raises(NotReached, match=r"Hanging\.third was not reached: Hanging\.second broke: DeadlineExceeded"):
        _ = played.third
    assert not stuck.let_go.is_set()


def test_late_result_of_an_overdue_step_is_ignored(stuck: Stuck, schedule: Schedule, clock: SteppedClock) -> None:
    """Nor does its thread go on to the next step, nor leave evidence."""
    played = schedule(given=stuck).play(Hanging)
    assert stuck.there.wait(SOON)
    clock.advance(11)
    with pytest.raises(StepBroke):
        _ = played.second
    stuck.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "journey Hanging":
            thread.join(SOON)
    assert stuck.late == ["was told that it was given up"]
    assert played.records["second"].value is None
    assert played.evidence("second") == ()


def test_deadline_is_enforced_while_nobody_reads(stuck: Stuck, schedule: Schedule, clock: SteppedClock) -> None:
    """What has to be alone may start then."""

    class Next(Journey, exclusive=True):
        @step
        def act(self) -> str:
            started.set()
            return "started"

    started = threading.Event()
    scheduler = schedule(given=stuck)
    scheduler.play(Hanging)
    assert stuck.there.wait(SOON)
    following = threading.Thread(target=lambda: scheduler.play(Next).act)
    following.start()
    assert not started.is_set()
    clock.advance(11)
    assert started.wait(SOON)
    following.join(SOON)


def test_time_held_does_not_count(schedule: Schedule, clock: SteppedClock) -> None:
    """Waiting for a rate limit or for another journey is no slowness of the step."""
    scheduler: Scheduler = schedule()
    held, go_on = threading.Event(), threading.Event()

    class Long(Journey):
        @step(deadline=1000)
        def act(self) -> str:
            assert go_on.wait(SOON)
            return "long"

    class Patient(Journey, after=(Long,)):
        @step(deadline=10)
        def paced(self) -> None:
            clock.advance(4)
            with holding("pacing"):
                clock.advance(20)
                with holding("pacing"):
                    clock.advance(30)
            clock.advance(4)
            scheduler.wait_until(lambda: True)  # enforces deadlines

        @step(deadline=10)
        def dependent(self) -> str:
            clock.advance(4)
            held.set()
            return self.other(Long).act

    played = scheduler.play(Patient)
    assert held.wait(SOON)
    clock.until_waited(2)  # the watcher and the step that reads
    while played.records["dependent"].paused_since is None:
        clock.until_waited(2)
    clock.advance(50)
    scheduler.wait_until(lambda: True)
    go_on.set()
    assert played.dependent == "long"
    paced, dependent = played.records["paced"], played.records["dependent"]
    assert (paced.held, paced.own) == ({"pacing": 50}, 8)
    assert (dependent.held, dependent.own) == ({"journey": 50}, 4)


def test_run_deadline_ends_everything(stuck: Stuck, schedule: Schedule, clock: SteppedClock) -> None:
    """What plays is overdue, what waits is not reached, listeners are told, and nothing more starts."""
    told = threading.Event()

    class Waiting(Journey, exclusive=True):
        @step
        def act(self) -> int:
            return 1

    scheduler = schedule(given=stuck, deadline=5)
    scheduler.on_cancel(told.set)
    played = scheduler.play(Hanging)
    waiting = scheduler.play(Waiting)
    assert stuck.there.wait(SOON)
    clock.advance(5)
    with pytest.raises(StepBroke, match="the run was not done within its deadline of 5 s"):
        _ = played.second
    with pytest.raises(NotReached, match=r"Waiting\.act was not reached: RunOverdue: the run was not done within its deadline of 5 s"):
        _ = waiting.act
    assert told.wait(SOON)
    assert scheduler.cancelled.is_set()
    assert played.first == 1
