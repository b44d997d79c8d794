"""Progress: what the terminal says while a check waits for its journey."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from gonogo.plugin import progress as module
from gonogo.plugin.progress import PROGRESS, Progress
from journeys import StepState
from tests.gonogo.fakes import Terminal, config, item


@pytest.fixture
def silent() -> Progress:
    """One without a terminal."""
    return Progress(config())


def test_nothing_under_way_is_nothing_to_say(silent: Progress) -> None:
    """No line, rather than an empty one."""
    assert silent.line(time.monotonic()) == ""


def test_line_names_steps_and_their_seconds(silent: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest first, in whole seconds."""
    for second, (journey, step) in ((100.0, ("Joining", "mail")), (90.0, ("Resetting", "mail"))):
        monkeypatch.setattr("gonogo.plugin.progress.time.monotonic", lambda second=second: second)
        silent.step(journey, step, StepState.PLAYING)
    assert silent.line(104.4) == "waiting for Resetting.mail 14 s, Joining.mail 4 s"


def test_line_stays_short(silent: Progress) -> None:
    """Four steps are named; of the others, how many there are."""
    for number in range(6):
        silent.step(f"Journey{number}", "act", StepState.PLAYING)
    line = silent.line(time.monotonic())
    assert line.count(".act") == 4
    assert line.endswith(" and 2 more")


@pytest.mark.parametrize("state", [StepState.DONE, StepState.BROKEN, StepState.NOT_REACHED, StepState.CANCELLED])
def test_step_that_has_ended_is_not_waited_for(silent: Progress, state: StepState) -> None:
    """However it ended, and also when it never began."""
    silent.step("Joining", "mail", StepState.PLAYING)
    silent.step("Joining", "mail", state)
    silent.step("Joining", "session", state)
    assert silent.line(time.monotonic()) == ""


def test_terminal_says_what_is_under_way_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a line of its own, as soon as nothing else has moved for a while."""
    monkeypatch.setattr(module, "QUIET", 0.0)
    heard = threading.Event()
    terminal = Terminal(heard=heard.set)
    progress = Progress(config(terminal=terminal))
    progress.step("Joining", "mail", StepState.PLAYING)
    assert heard.wait(10)
    progress.end()
    assert terminal.lines[0].startswith("  waiting for Joining.mail ")


def test_check_that_ends_is_progress_enough() -> None:
    """The terminal has just moved, so nothing is said for a while."""
    of = config(terminal=Terminal())
    progress = of.stash[PROGRESS] = Progress(of)
    before = progress._said
    module.heard(item(of=of))
    assert progress._said > before
    progress.end()


def test_worker_has_no_terminal() -> None:
    """Its owner has: no thread is started for a line that nobody would see."""
    before = set(threading.enumerate())  # other tests' threads may still be ending meanwhile: only new ones count
    of: Any = config(terminal=Terminal())
    of.workerinput = {}
    progress = Progress(of)
    assert not set(threading.enumerate()) - before
    progress.step("Joining", "mail", StepState.PLAYING)
    progress.end()
    module.heard(item(of=config()))
