"""The end: what a process that has played journeys writes down at its end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from fixtures.journal import Left
from gonogo.plugin import finishing
from gonogo.plugin.finishing import STATES, finish_process
from gonogo.plugin.outcomes import MISSED
from gonogo.plugin.progress import PROGRESS
from gonogo.plugin.starting import PLAYING, WIRING
from gonogo.run.playing import Playing
from gonogo.run.state import Role, Run
from journeys import Cost, Journey, Scheduler, StepState, step
from tests.gonogo.fakes import config, environment, fields, records, run, through


class Telling(Journey):
    """One step works, one breaks, one is not reached."""

    @step
    def works(self) -> str:
        return "done"

    @step
    def breaks(self) -> str:
        raise AssertionError("not what was promised")

    @step
    def later(self) -> str:
        return "never"


class Cleaning:
    """Stands in for what removes residue, and notes what was asked of it."""

    def __init__(self) -> None:
        self.asked = list[str]()

    def remove(self, _: object) -> list[Left]:
        self.asked.append("remove")
        return [Left("object", "a", "it stayed")]

    def named(self, _: object, reason: str) -> list[Left]:
        self.asked.append("named")
        return [Left("account", "b", reason)]


@pytest.fixture
def cleaning(monkeypatch: pytest.MonkeyPatch) -> Cleaning:
    """Cleaning up finds something that stays."""
    made = Cleaning()
    monkeypatch.setattr(finishing, "cleaning", made)
    return made


def played(folder: Path, role: Role = Role.OWNER) -> tuple[Any, Run, Scheduler]:
    """A process that has played one journey to its end."""
    made, scheduler = run(folder, environment("sandbox"), role), Scheduler()
    journey = scheduler.play(Telling)
    with pytest.raises(Exception, match="was not reached"):
        _ = journey.later
    of = config(made)
    of.stash[PLAYING] = cast("Playing", SimpleNamespace(context=None, scheduler=scheduler))
    of.stash[WIRING] = through(
        lambda _: httpx.Response(200, headers={"x-version-id": "v1"}),
        pacer=SimpleNamespace(bound=lambda: 20.0),
        versions_by_host={"staging.fm5.test": ("v1", "v2")},
        retried=[("Telling", "GET https://staging.fm5.test/health", "cut; cut again")],
        spending=SimpleNamespace(
            last_things=lambda: None, meter=SimpleNamespace(total=Cost(requests=9, mails=2, sign_ups=1, accounts=1, objects=3))
        ),
    )
    return of, made, scheduler


def test_every_state_of_a_step_has_a_word() -> None:
    """What a ledger calls the states in which steps can end."""
    assert STATES.keys() == {state.value for state in StepState if state.settled}


def test_what_happened_and_what_it_cost(tmp_path: Path, cleaning: Cleaning) -> None:
    """Steps, residue, times, versions, repeated requests and costs."""
    of, made, _ = played(tmp_path)
    finish_process(of, made, interrupted=False)
    assert cleaning.asked == ["remove"]
    assert [fields(record, "journey", "step", "state") for record in records(made, "step")] == [
        ("Telling", "works", "done"),
        ("Telling", "breaks", "broken"),
        ("Telling", "later", "not_reached"),
    ]
    assert fields(records(made, "residue")[0], "what", "name") == ("object", "a")
    assert fields(records(made, "timings")[0], "chain", "pacing_bound") == ("Telling.works > Telling.breaks", 20.0)
    assert fields(records(made, "version")[0], "where", "ids") == ("during", ("v1", "v2"))
    assert fields(records(made, "probe_retry")[0], "probe", "error", "journey") == (
        "GET https://staging.fm5.test/health",
        "cut; cut again",
        "Telling",
    )
    assert fields(records(made, "cost")[0], "requests", "mails", "accounts", "objects") == (9, 2, 1, 3)


@pytest.mark.usefixtures("cleaning")
def test_broken_step_that_only_kept_checks_away_is_a_failure(tmp_path: Path) -> None:
    """No check has read it: the first that missed it reports it."""
    of, made, _ = played(tmp_path)
    of.stash[MISSED] = {("Telling", "breaks"): "suites/a/test_b.py::test_c"}
    finish_process(of, made, interrupted=False)
    (result,) = records(made, "result")
    assert fields(result, "check", "outcome", "step") == ("a.b::c", "failed", "breaks")


def test_interrupted_run_removes_nothing(tmp_path: Path, cleaning: Cleaning) -> None:
    """Whoever pressed Ctrl-C waits for nothing; what is left is named."""
    of, made, scheduler = played(tmp_path)
    finish_process(of, made, interrupted=True)
    assert cleaning.asked == ["named"]
    assert scheduler.cancelled.is_set()
    assert fields(records(made, "residue")[0], "name", "reason") == ("b", "the run was cut short")


@pytest.mark.usefixtures("cleaning")
def test_drill_says_what_it_left(tmp_path: Path) -> None:
    """The version that answers after it; times are the first pass's."""
    of, made, _ = played(tmp_path, Role.DRILL)
    finish_process(of, made, interrupted=False)
    assert [fields(record, "where", "ids") for record in records(made, "version")] == [("drill_end", ("v1",))]
    assert records(made, "timings") == []
    assert len(records(made, "cost")) == 1


@pytest.mark.usefixtures("cleaning")
def test_interrupted_drill_asks_nothing_more(tmp_path: Path) -> None:
    """Its version is the guard's business then."""
    of, made, _ = played(tmp_path, Role.DRILL)
    of.stash[WIRING].wire = None
    finish_process(of, made, interrupted=True)
    assert records(made, "version") == []


def test_process_that_played_nothing_has_nothing_to_say(tmp_path: Path) -> None:
    """An owner with workers, and a run that was stopped at the gate; the progress line ends in any case."""
    made = run(tmp_path)
    of, ended = config(made), list[bool]()
    of.stash[PROGRESS] = SimpleNamespace(end=lambda: ended.append(True))
    finish_process(of, made, interrupted=False)
    assert ended == [True]
    assert records(made) == []
