"""However a run is ended, it lets go of everything: the terminal within three seconds, the machine within five."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.end_to_end.command import Ended, Running, running, verify
from tests.end_to_end.household import Household, household

PROMPT = 3.0
"""s from Ctrl-C to the prompt."""
GONE = 5.0
"""s until no process and no folder of the run is left."""


@dataclass(frozen=True)
class Struck:
    """A run that was struck down in the middle of something, and what was left of it."""

    ended: Ended
    seconds: float
    left: list[str]
    written: list[str]


def in_journeys(run: Running, house: Household) -> bool:
    """Accounts are being created, and a browser is open."""
    journal = run.out / "residue.jsonl"
    accounts = journal.read_text(encoding="utf-8").count('"account"') if journal.exists() else 0
    return accounts >= 3 and any("--type=renderer" in command or "--type=zygote" in command for command in house.look(run.process.pid))


def in_drill(run: Running, house: Household) -> bool:
    """The second pass has begun, and wrangler is at work."""
    ledger = run.out / "ledger.jsonl"
    begun = ledger.exists() and '"drill_start"' in ledger.read_text(encoding="utf-8")
    return begun and any("wrangler" in command for command in house.look(run.process.pid))


# The drill alone is the second pass of a part: the first one has nothing to play, and the moment comes sooner.
MOMENTS: dict[str, tuple[Callable[[Running, Household], bool], tuple[str, ...]]] = {
    "journeys": (in_journeys, ("--env", "local")),
    "drill": (in_drill, ("--env", "local", "-k", "rollback")),
}


def strike(folder: Path, moment: str, blow: Callable[[Running], None]) -> Struck:
    """Starts a run, waits for the moment, and strikes."""
    reached, words = MOMENTS[moment]
    with household() as house, running(house.out, *words, env=house.variables) as run:
        run.wait_until(lambda: reached(run, house), f"the run is in its {moment}")
        house.look(run.process.pid)
        assert house.sandboxes, "the run has no sandbox of its own"
        started = time.monotonic()
        blow(run)
        ended = run.wait(90)
        seconds = time.monotonic() - started
        left, written = house.left_after(started, GONE), house.written()
        kept = house.out.rename(folder / moment)
    return Struck(replace(ended, out=kept), seconds, left, written)


@pytest.fixture(scope="module", params=MOMENTS)
def interrupted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Struck:
    """A run that somebody ended with Ctrl-C.

    Played a second time if the first took too long while the machine had more to do than it has processors for: then nobody knows whose
    time it was. The bound is the same, and on a quiet machine there is one try.
    """
    struck = strike(tmp_path_factory.mktemp("interrupted"), request.param, Running.interrupt)
    if struck.seconds >= PROMPT and os.getloadavg()[0] > (os.cpu_count() or 1):
        struck = strike(tmp_path_factory.mktemp("again"), request.param, Running.interrupt)
    return struck


@pytest.fixture(scope="module", params=[pytest.param("journeys", marks=pytest.mark.nightly), "drill"])
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Struck:
    """A run whose first process was killed; the drill is a child of it, and is told by nobody.

    Among journeys it has browsers instead: that what a killed run has started ends with it is shown by tests/sandbox/test_ending.py and
    tests/clients/test_browser.py as well.
    """
    return strike(tmp_path_factory.mktemp("killed"), request.param, lambda run: os.kill(run.process.pid, signal.SIGKILL))


def test_prompt_is_back_in_time(interrupted: Struck) -> None:
    """Ctrl-C ends the command within three seconds, with exit code 2 (at the second try where the machine was busy, see `interrupted`)."""
    assert interrupted.ended.status == 2, interrupted.ended.said
    assert interrupted.seconds < PROMPT, interrupted.ended.said


def test_terminal_says_interrupted(interrupted: Struck) -> None:
    """The last lines say that there is no verdict, and nobody sees a traceback."""
    assert interrupted.ended.headline.startswith("INTERRUPTED"), interrupted.ended.said
    assert "Traceback" not in interrupted.ended.text, interrupted.ended.said
    assert interrupted.ended.verdict["kind"] == "interrupted"
    assert interrupted.ended.verdict["exit_code"] == 2


def test_accounts_that_stay_are_named(interrupted: Struck) -> None:
    """What an interrupted run had created is in its ledger, account by account."""
    journal = interrupted.ended.out / "residue.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    created = {entry["account"] for line in lines if "account" in (entry := json.loads(line))}
    assert created <= {record.name for record in interrupted.ended.ledger if record.kind == "residue"}


def test_nothing_is_left_of_an_interrupted_run(interrupted: Struck) -> None:
    """Five seconds after Ctrl-C no process of the run is left, and its sandbox's folder is gone."""
    assert interrupted.left == []


def test_nothing_is_left_of_a_killed_run(killed: Struck) -> None:
    """Five seconds after SIGKILL no process of the run is left (services, browsers, drill, wrangler), and its sandbox's folder is gone."""
    assert killed.ended.status == -signal.SIGKILL
    assert killed.left == []


def test_interrupted_run_writes_nothing_elsewhere(interrupted: Struck) -> None:
    """Neither the home nor the temporary folder of the person holds anything of an interrupted run."""
    assert interrupted.written == []


def test_killed_run_leaves_nothing_elsewhere(killed: Struck) -> None:
    """Neither the home nor the temporary folder of the person holds anything of a killed run."""
    assert killed.written == []


def test_next_run_works(killed: Struck, tmp_path: Path) -> None:
    """After a run was killed, the next one passes."""
    assert killed.ended.status == -signal.SIGKILL
    after = verify(tmp_path / "after", "--env", "local", "-m", "smoke", "--no-report")
    assert after.status == 0, after.said
    assert after.verdict["kind"] == "pass"
