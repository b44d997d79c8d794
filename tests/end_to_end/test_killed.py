"""A run that SIGKILL ended, at whichever moment, leaves a ledger that nobody can take for a verdict.

Between the moments that are played with every change nothing differs but the number of records, and tests/reports cut a ledger everywhere.
Runs that are killed among their checks, alone and with workers, are among the situations as well (03b, 03c).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.ledger import read
from reports.records import Record
from sandbox import BootOptions, Sandbox, boot
from tests.end_to_end.command import PROJECT, running

Moment = Callable[[tuple[Record, ...]], bool]


def results(records: tuple[Record, ...]) -> int:
    """How many checks have ended."""
    return sum(record.kind == "result" and record.phase == "call" for record in records)


OFTEN = {"collected", "the drill", "the end"}
"""The moments that are played with every change: no run yet, two processes, and everything passed."""
MOMENTS: dict[str, tuple[Moment, tuple[str, ...]]] = {
    "collected": (lambda records: any(r.kind == "collected" for r in records), ()),
    "announced": (lambda records: any(r.kind == "run" for r in records), ()),
    "let in": (lambda records: any(r.kind == "version" for r in records), ()),
    "one check": (lambda records: results(records) >= 1, ()),
    "many checks": (lambda records: results(records) >= 40, ()),
    "workers": (lambda records: results(records) >= 5, ("-n", "2")),
    "the drill": (lambda records: any(r.kind == "version" and r.where == "drill_start" for r in records), ("-k", "rollback")),
    # Everything has passed by now; what is missing is the search for secrets, during which the report is rendered.
    "the end": (lambda records: any(r.kind == "finish" and r.of == "main" for r in records), ("-m", "smoke")),
    "a shard": (lambda records: results(records) >= 5, ("--shard", "2/2", "--run-id", "killed-1")),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A deployment that outlives the runs, and is nobody else's: after a run that is killed in its drill, its guard is still at work."""
    with boot(config=BootOptions(kind="test")) as up:
        yield up


@pytest.mark.parametrize("moment", [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.nightly]) for name in MOMENTS])
def test_killed_run_is_inconclusive(sandbox: Sandbox, tmp_path: Path, moment: str) -> None:
    """`python -m gonogo verdict` reads what is left, ends with 3, and says that the run never finished."""
    reached, words = MOMENTS[moment]
    ledger = tmp_path / "out" / "ledger.jsonl"
    rendered = [] if moment == "the end" else ["--no-report"]
    with running(tmp_path / "out", "--env", "local", "--sandbox", sandbox.connection.run, *rendered, *words) as run:
        run.wait_until(lambda: ledger.is_file() and reached(read(ledger).records), f"the moment '{moment}'")
        run.kill()
    words_of_command = [sys.executable, "-m", "gonogo", "verdict", str(ledger)]
    done = subprocess.run(words_of_command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[0].split()[0]) == (3, "INCONCLUSIVE"), done.stdout + done.stderr
    assert any(words in done.stdout for words in ("never finished", "never ended", "was cut off", "does not say which run")), done.stdout
