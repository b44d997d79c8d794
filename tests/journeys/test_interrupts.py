"""Interrupts: the prompt is back at once, whatever a step is stuck in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from journeys import Journey, NotReached, Pacer, Rule, Scheduler, StepCancelled, StepState, step
from tests.journeys.clocks import SOON

Schedule = Callable[..., Scheduler]
ROOT = Path(__file__).parents[2]


def test_cancel_returns_at_once_and_wakes_blocked_reads(schedule: Schedule) -> None:
    """While the step still hangs; what is done stays readable, what was not started never starts."""
    there, let_go = threading.Event(), threading.Event()
    played_late: list[str] = []

    class Stuck(Journey):
        @step
        def done(self) -> int:
            return 1

        @step
        def hang(self) -> None:
            there.set()
            assert let_go.wait(SOON)

        @step
        def after_it(self) -> None:
            played_late.append("played")

    class Queued(Journey, exclusive=True):
        @step
        def act(self) -> None:
            played_late.append("queued")

    scheduler = schedule()
    stuck, queued = scheduler.play(Stuck), scheduler.play(Queued)
    raised: list[BaseException] = []

    def read() -> None:
        try:
            stuck.hang  # noqa: B018
        except StepCancelled as reason:
            raised.append(reason)

    reader = threading.Thread(target=read)
    reader.start()
    assert there.wait(SOON)
    scheduler.cancel()
    assert not let_go.is_set()
    reader.join(SOON)
    assert [str(each) for each in raised] == ["Stuck.hang was cancelled: the run was interrupted"]
    assert stuck.done == 1
    with pytest.raises(StepCancelled):
        queued.act  # noqa: B018
    with pytest.raises(StepCancelled):
        stuck.after_it  # noqa: B018
    let_go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("journey "):
            thread.join(SOON)
    assert played_late == []
    assert stuck.records["hang"].state is StepState.CANCELLED


def test_journeys_asked_for_after_a_cancel_do_not_start(schedule: Schedule) -> None:
    """Clean-up code may ask; the target is left alone."""

    class Late(Journey):
        @step
        def act(self) -> None: ...

    scheduler = schedule()
    scheduler.cancel()
    with pytest.raises(StepCancelled):
        scheduler.play(Late).act  # noqa: B018


def test_listeners_are_told_once_and_all(schedule: Schedule) -> None:
    """Also one that comes late; one that fails does not keep the next from closing."""
    told: list[str] = []

    def fail() -> None:
        told.append("first")
        raise OSError("already closed")

    scheduler = schedule()
    scheduler.on_cancel(fail)
    scheduler.on_cancel(lambda: told.append("second"))
    scheduler.cancel()
    scheduler.cancel()
    scheduler.on_cancel(lambda: told.append("late"))
    assert told == ["first", "second", "late"]


def test_cancel_ends_waiting_for_a_turn(schedule: Schedule) -> None:
    """A journey that is held by a rate limit for a minute must not hold up the prompt."""
    pacer = Pacer([Rule("mails", ("/mail",), max=1, window=60)])
    waiting = threading.Event()

    class Paced(Journey):
        @step
        def act(self) -> None:
            pacer.before("POST", "https://app.test/mail")
            pacer.after("POST", "https://app.test/mail")
            waiting.set()
            pacer.before("POST", "https://app.test/mail")

    scheduler = schedule()
    scheduler.on_cancel(pacer.cancel)
    played = scheduler.play(Paced)
    assert waiting.wait(SOON)
    scheduler.cancel()
    with pytest.raises(StepCancelled):
        played.act  # noqa: B018
    for thread in threading.enumerate():
        if thread.name == "journey Paced":
            thread.join(SOON)
            assert not thread.is_alive()


def test_cancel_inside_one_journey_reaches_those_that_read_it(schedule: Schedule) -> None:
    """They are cancelled like it, not failed."""
    there, let_go = threading.Event(), threading.Event()

    class First(Journey):
        @step
        def act(self) -> None:
            there.set()
            assert let_go.wait(SOON)

    class Second(Journey, after=(First,)):
        @step
        def act(self) -> None:
            self.other(First).act  # noqa: B018

    scheduler = schedule()
    second = scheduler.play(Second)
    assert there.wait(SOON)
    scheduler.cancel()
    let_go.set()
    with pytest.raises(StepCancelled):
        second.act  # noqa: B018
    assert not isinstance(second.records["act"].error, NotReached)


SCRIPT = """
import sys, threading
from journeys import Journey, Scheduler, step

class Stuck(Journey):
    @step
    def hang(self) -> None:
        print("hanging", flush=True)
        threading.Event().wait()

scheduler = Scheduler()
try:
    scheduler.play(Stuck).hang
except KeyboardInterrupt:
    scheduler.cancel()
    print("interrupted", flush=True)
    sys.exit(2)
"""


def test_ctrl_c_ends_a_process_whose_step_hangs() -> None:
    """The main thread reads, the journey's thread never returns: SIGINT ends the read, and nothing keeps the process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "hanging\n"
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=SOON)
        finally:
            process.kill()
    assert rest == "interrupted\n"
    assert process.returncode == 2
