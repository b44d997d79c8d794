"""Playing journeys together: once each, longest first, drills alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from journeys import Journey, NotReached, Scheduler, StepState, current, step
from tests.journeys.clocks import SOON, SteppedClock

Schedule = Callable[..., Scheduler]


def journey(name: str, act: Callable[[Any], Any], **options: Any) -> type[Journey]:
    """A journey with the single step `act`."""
    return type(name, (Journey,), {"act": step(act)}, **options)


def read(played: Journey, name: str = "act") -> Any:
    return getattr(played, name)


def test_journeys_play_once_and_together(schedule: Schedule) -> None:
    """All of them act at the same time: each waits until the others are there."""
    barrier = threading.Barrier(5)
    kinds = [journey(f"J{n}", lambda self: barrier.wait(SOON)) for n in range(5)]
    scheduler = schedule()
    scheduler.start(kinds)
    scheduler.start(kinds)
    assert sorted(read(scheduler.play(kind)) for kind in kinds) == [0, 1, 2, 3, 4]
    assert scheduler.play(kinds[0]) is scheduler.play(kinds[0])


def test_context_is_what_the_run_gives(schedule: Schedule) -> None:
    """Every journey of the run finds the same one."""
    given = object()
    assert read(schedule(given=given).play(journey("Given", lambda self: self.context))) is given


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The journeys, in the order in which their threads were started."""
    names: list[str] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        if thread.name.startswith("journey J"):
            names.append(thread.name.removeprefix("journey "))
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return names


def test_longest_start_first(schedule: Schedule, started: list[str]) -> None:
    """By the seconds that are expected of them."""
    schedule().start([journey(f"J{n}", lambda self: None, expected=n) for n in (2, 5, 1, 4)])
    assert started == ["J5", "J4", "J2", "J1"]


def test_what_others_come_after_starts_before_what_is_long_itself(schedule: Schedule, started: list[str]) -> None:
    """A short journey ahead of a long one is a long chain."""
    first = journey("JFirst", lambda self: None, expected=1)
    second = journey("JSecond", lambda self: read(self.other(first)), expected=9, after=(first,))
    alone = journey("JAlone", lambda self: None, expected=5)
    schedule().start([alone, second, first])
    assert started == ["JFirst", "JSecond", "JAlone"]


def test_exclusive_journey_starts_when_read_and_after_all_others(schedule: Schedule) -> None:
    """A drill changes what the others look at."""
    go, done = threading.Event(), threading.Event()

    def slow(self: Journey) -> None:
        assert go.wait(SOON)
        done.set()

    long = journey("Long", slow)
    drill = journey("Drill", lambda self: done.is_set(), exclusive=True)
    scheduler = schedule()
    scheduler.start([drill, long])
    played = scheduler.play(drill)
    threading.Timer(0.01, go.set).start()
    assert read(played) is True


def test_exclusive_journey_that_nobody_reads_never_starts(schedule: Schedule) -> None:
    """A drill is no side effect of having been collected."""
    drill = journey("Drill", lambda self: None, exclusive=True)
    other = journey("Other", lambda self: "played")
    scheduler = schedule()
    scheduler.start([drill])
    assert read(scheduler.play(other)) == "played"
    assert scheduler.play(drill).records["act"].state is StepState.WAITING


def test_nothing_starts_while_an_exclusive_journey_plays(schedule: Schedule) -> None:
    """Not even what is asked for meanwhile."""
    scheduler: Scheduler = schedule()
    started = threading.Event()
    other = journey("Other", lambda self: started.set())

    def act(self: Journey) -> bool:
        scheduler.start([other])
        return started.wait(0.1)  # long enough for a thread to be wrong

    assert read(scheduler.play(journey("Drill", act, exclusive=True))) is False
    read(scheduler.play(other))
    assert started.is_set()


def test_progress_is_told_of_every_change_in_order(schedule: Schedule) -> None:
    """One call at a time, from whichever thread; a callback that fails harms nothing."""
    told: list[tuple[str, str, StepState]] = []
    all_told = threading.Event()

    def progress(name: str, of: str, state: StepState) -> None:
        told.append((name, of, state))
        if state is StepState.NOT_REACHED:
            all_told.set()
        raise RuntimeError("terminal is gone")

    class Two(Journey):
        @step
        def one(self) -> int:
            return 1

        @step
        def two(self) -> int:
            raise ValueError

        @step
        def three(self) -> int:
            return 3

    scheduler = schedule(progress=progress)
    with pytest.raises(NotReached):
        _ = scheduler.play(Two).three
    assert all_told.wait(SOON)
    assert told == [
        ("Two", "one", StepState.PLAYING),
        ("Two", "one", StepState.DONE),
        ("Two", "two", StepState.PLAYING),
        ("Two", "two", StepState.BROKEN),
        ("Two", "three", StepState.NOT_REACHED),
    ]


def test_current_step_is_known_in_its_thread_only(schedule: Schedule) -> None:
    """A wire's listener files what it saw with the step that asked."""

    def act(self: Journey) -> str:
        playing = current()
        assert playing is not None
        playing.attach("exchange", "GET / -> 200")
        return f"{playing.journey_name}.{playing.step_name}"

    played = schedule().play(journey("Known", act))
    assert read(played) == "Known.act"
    assert [each.body for each in played.evidence("act")] == ["GET / -> 200"]
    assert current() is None


def test_records_carry_elapsed_seconds(schedule: Schedule, clock: SteppedClock) -> None:
    """By the monotonic clock: what somebody does to the time of day makes no step longer."""
    played = schedule().play(journey("Timed", lambda self: clock.advance(2.5)))
    read(played)
    record = played.records["act"]
    assert record.elapsed == pytest.approx(2.5)
