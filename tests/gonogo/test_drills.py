"""The second pass: when it is played, and what it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from gonogo.plugin import drills as module
from gonogo.plugin.drills import drills_collected, observe, play
from gonogo.plugin.starting import WIRING
from gonogo.run.state import HANDED_DOWN, Role
from reports.records import Collected
from tests.gonogo.fakes import ORIGIN, VARIABLES, config, environment, fields, item, records, run, through


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands that were started, each with its environment; they end at once."""
    found: list[tuple[list[str], dict[str, str]]] = []

    class Pass:
        def __init__(self, command: list[str], *, cwd: Path, env: dict[str, str]) -> None:
            found.append((command, env))

        def wait(self) -> int:
            return 0

    monkeypatch.setattr("gonogo.plugin.drills.subprocess.Popen", Pass)
    return found


def test_without_a_drill_its_pass_has_ended(tmp_path: Path, passes: list[Any]) -> None:
    """A part that selects none: the ledger is told, so that nobody misses the pass."""
    made = run(tmp_path)
    made.ledger.append(Collected(check="a::b", node="a.py::test_b"))
    assert not drills_collected(made)
    play(config(made), made)
    assert passes == []
    assert fields(records(made, "finish")[0], "of", "exit_status") == ("drill", 0)


def test_with_a_drill_its_pass_is_played(tmp_path: Path, passes: list[tuple[list[str], dict[str, str]]]) -> None:
    """In a process of its own, with the same selection, without workers; its end is its own to write down."""
    made = run(tmp_path)
    made.ledger.append(Collected(check="a::b", node="a.py::test_b", drill=True))
    of = config(made, args=["suites"], keyword="rollback", markexpr="smoke", depth="nightly", origin=ORIGIN, allure_report_dir="results")
    play(of, made)
    ((command, _),) = passes
    assert command[:4] == [sys.executable, "-m", "pytest", "suites"]
    given = dict(pairwise(command[3:]))
    assert (given["-n"], given["--env"], given["--depth"], given["--origin"]) == ("0", "target", "nightly", ORIGIN)
    assert (given["-k"], given["-m"], given["--alluredir"]) == ("rollback", "smoke", "results")
    assert records(made, "finish") == []


def test_run_is_handed_down_by_the_environment_alone(
    tmp_path: Path, passes: list[tuple[list[str], dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments are for everybody on the machine to see; what the person put into PYTEST_ADDOPTS is in them already."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-n 4")
    made = run(tmp_path)
    made.ledger.append(Collected(check="a::b", node="a.py::test_b", drill=True))
    play(config(made), made)
    ((command, handed),) = passes
    assert not [value for value in VARIABLES.values() if value in " ".join(command)]
    assert "PYTEST_ADDOPTS" not in handed
    told = json.loads(handed[HANDED_DOWN])
    assert made.secrets.redact(told.pop("key")) == "[hidden the key of the run's secrets]"
    assert told == {"id": "run-1", "started": 1000.0, "out": str(tmp_path), "connection": None, "attached": False, "origin": ORIGIN}
    assert handed["PATH"] == os.environ["PATH"]
    assert handed["GONOGO_OWNER"] == str(os.getpid())


def test_pass_that_does_not_hear_an_interrupt_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reached it as well; it gets a moment, and no more."""
    monkeypatch.setattr(module, "END_WITHIN", 0.1)
    monkeypatch.setattr(module, "_command", lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            if self not in started:
                started.append(self)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr("gonogo.plugin.drills.subprocess.Popen", Interrupted)
    made = run(tmp_path)
    made.ledger.append(Collected(check="a::b", node="a.py::test_b", drill=True))
    with pytest.raises(KeyboardInterrupt):
        play(config(made), made)
    assert started[0].returncode is not None


@pytest.mark.parametrize(("role", "seen"), [(Role.DRILL, [("drill_start", ("v1",))]), (Role.OWNER, []), (Role.WORKER, [])])
def test_version_is_read_before_the_first_drill(tmp_path: Path, role: Role, seen: list[object]) -> None:
    """Once, and only in the second pass."""
    made = run(tmp_path, role=role)
    of = config(made)
    of.stash[WIRING] = through(lambda _: httpx.Response(200, headers={"x-version-id": "v1"}))
    for _ in range(2):
        module.before_the_first(item(of=of))
    assert [fields(record, "where", "ids") for record in records(made, "version")] == seen


def test_version_that_cannot_be_read_is_not_written_down(tmp_path: Path) -> None:
    """An environment that does not say where its version stands."""
    made = run(tmp_path, environment(version=None), Role.DRILL)
    of = config(made)
    of.stash[WIRING] = through(lambda _: pytest.fail("a request was sent"))
    observe(of, made, "drill_end")
    assert records(made) == []
