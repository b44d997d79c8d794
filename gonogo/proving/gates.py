"""One gate run, as a person would start it: pytest in a process of its own, and what its ledger allows to say."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from base import children
from base.places import PROJECT
from reports.ledger import read
from reports.manifest import Manifest
from reports.policy import Policy
from reports.verdict import Verdict, conclude
from sandbox import Connection

END_WITHIN = 10.0
# What a run around this one, or the pytest that tests this, has put there.
FOREIGN = ("PYTEST_", "GONOGO_HANDED_DOWN", "GONOGO_RUN")


@dataclass(frozen=True)
class GateRun:
    """A run that is over: its exit status, its verdict, its folder, and how long it took in seconds."""

    status: int
    verdict: Verdict
    out: Path
    seconds: float


def verdict_of(out: Path) -> Verdict:
    """The verdict over a run's ledger, under today's policy and manifest. Raises reports.errors.ReportError without a ledger."""
    reading = read(out / "ledger.jsonl")
    return conclude(reading.records, Policy.load(), Manifest.load(), damage=reading.damage)


def play(
    out: Path, *, environment: str = "local", attach: Connection | None = None, report: bool = False, log: Path | None = None
) -> GateRun:
    """Runs the whole gate of an environment of the sandbox to its end.

    `attach`: a sandbox that is already up, otherwise the run boots its own. `log`: where the terminal's output goes, otherwise it is shown.
    """
    command = [sys.executable, "-m", "pytest", f"--env={environment}", f"--out={out}"]
    command += ["--sandbox", attach.run] if attach else []
    command += [] if report else ["--no-report"]
    env = children.whole(*FOREIGN)
    began = time.monotonic()
    if log is None:
        status = _wait(subprocess.Popen(command, cwd=PROJECT, env=env))
    else:
        with log.open("wb") as terminal:
            status = _wait(subprocess.Popen(command, cwd=PROJECT, env=env, stdout=terminal, stderr=subprocess.STDOUT))
    return GateRun(status, verdict_of(out), out, time.monotonic() - began)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reached the run as well: it concludes by itself, and then it is over here too."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
