"""The second pass: drills change the running version, so they run alone, after everything else, in a process of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from environments.schema.deploy_rollback import Rollback
from fixtures.versions import read_versions
from gonogo.plugin.starting import WIRING
from gonogo.run import orphans
from gonogo.run.drill_record import DrillRecord
from gonogo.run.state import GUARD_LOG, HANDED_DOWN, Role, Run, run_of
from reports.records import Finish, VersionObserved

END_WITHIN = 2.0
_STARTED: pytest.StashKey[bool] = pytest.StashKey()


def drills_collected(run: Run) -> bool:
    """Whether the first pass saw a drill among the selected checks."""
    return any(record.kind == "collected" and record.drill for record in run.ledger.read().records)


def play(config: pytest.Config, run: Run) -> None:
    """Runs the second pass and waits for it. Without a drill to play, says so in the ledger."""
    if not drills_collected(run):
        run.ledger.append(Finish(of="drill", exit_status=0))
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write("\nrollback drill, alone:\n")
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        process = subprocess.Popen(_command(config), cwd=config.invocation_params.dir, env=_environment(run))
        try:
            process.wait()
        except KeyboardInterrupt:
            _end(process)
            _tell_of_the_guard(run, reporter)
            raise


def _command(config: pytest.Config) -> list[str]:
    option = config.option
    command = [sys.executable, "-m", "pytest", *config.args, "-q", "--no-header", "-p", "no:cacheprovider", "-n", "0"]
    command += ["--env", option.env, "--depth", option.depth, "--alluredir", option.allure_report_dir]
    command += ["--origin", option.origin] if option.origin else []
    command += ["-k", option.keyword] if option.keyword else []
    command += ["-m", option.markexpr] if option.markexpr else []
    command += [f"--deselect={node}" for node in option.deselect or ()]
    command += ["-c", str(config.inipath)] if config.inipath else []
    return command


def _environment(run: Run) -> dict[str, str]:
    inherited = {name: value for name, value in run.process_environment().items() if name != "PYTEST_ADDOPTS"}
    return {**inherited, HANDED_DOWN: run.handed_down(), orphans.VARIABLE: str(os.getpid())}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C reached the pass as well: it gets a moment to end by itself."""
    until = time.monotonic() + END_WITHIN
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        process.wait()


def _tell_of_the_guard(run: Run, reporter: Any) -> None:
    """Nobody waits for it after an interrupt; the next run does."""
    terms = None if run.alone else run.environment.section(Rollback)
    if terms is None or reporter is None:
        return
    record = DrillRecord.of(terms)
    if record.held and (begun := record.read()):
        reporter.write_line(f"\nthe drill was interrupted: its guard restores {begun.mark.version_id}, see {run.out / GUARD_LOG}")


def observe(config: pytest.Config, run: Run, where: str) -> None:
    """In the second pass: writes down which version answers before and after it."""
    if run.role is not Role.DRILL:
        return
    ids = tuple(sorted(set(read_versions(run.environment, config.stash[WIRING], 3))))
    if ids:
        run.ledger.append(VersionObserved(where=where, ids=ids, source="fresh connections"))  # type: ignore[arg-type]


def before_the_first(item: pytest.Item) -> None:
    """The version that answers is read before the first drill."""
    run = run_of(item.config)
    if run is not None and not item.config.stash.get(_STARTED, False):
        item.config.stash[_STARTED] = True
        observe(item.config, run, "drill_start")
