"""The command as a person types it: `pytest --env ...` in a process of its own, and what it leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reports.cases import gather
from reports.ledger import read
from reports.records import Record

PROJECT = Path(__file__).resolve().parents[2]
PYTEST = Path(sys.executable).with_name("pytest")
WITHIN = 120.0
"""s; a run that takes longer is killed, and its test fails."""
SHOWN = 2500
"""Characters of a run's output that a failing test shows."""


@dataclass(frozen=True)
class Ended:
    """A run that is over: its exit status, what the terminal showed, how long it took (s), and its folder."""

    status: int
    text: str = field(repr=False)
    seconds: float
    out: Path

    @property
    def said(self) -> str:
        """How it ended, for the message of a failing test."""
        return f"ended with {self.status} after {self.seconds:.1f} s, and the terminal's last words were:\n{self.text[-SHOWN:]}"

    @property
    def lines(self) -> list[str]:
        """What the terminal showed, without empty lines."""
        return [line.rstrip() for line in self.text.splitlines() if line.strip()]

    @property
    def headline(self) -> str:
        """The first of the five lines that a run ends with: the verdict, and what decided it."""
        assert [line.split()[0] for line in self.lines[-4:]] == ["version", "checks", "cost", "report"], self.said
        return self.lines[-5]

    @cached_property
    def ledger(self) -> tuple[Record, ...]:
        """The records of the run; a ledger that holds anything else fails the test."""
        reading = read(self.out / "ledger.jsonl")
        assert reading.damage == (), self.said
        return reading.records

    @property
    def digest(self) -> str:
        """The sha256 of the ledger, as `python -m gonogo verify` hands it over."""
        return hashlib.sha256((self.out / "ledger.jsonl").read_bytes()).hexdigest()

    @cached_property
    def verdict(self) -> dict[str, Any]:
        """What `verdict.json` says."""
        content: dict[str, Any] = json.loads((self.out / "verdict.json").read_text(encoding="utf-8"))
        return content

    @cached_property
    def states(self) -> dict[str, str]:
        """How each check ended, by its id."""
        return {identity: check.state for identity, check in gather(self.ledger).items()}

    def ended_as(self, state: str) -> set[str]:
        """The checks that ended in this way."""
        return {check for check, ended in self.states.items() if ended == state}

    @property
    def failures(self) -> dict[str, str]:
        """The failed checks that the verdict names, with what they said."""
        return {reason["check"]: reason["text"] for reason in self.verdict["reasons"] if reason["kind"] == "failed"}


class Running:
    """A run under way, leader of a process group of its own as a command in a terminal is."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, log: Path) -> None:
        self.process, self.out, self._log = process, out, log
        self._started = time.monotonic()

    @property
    def text(self) -> str:
        """What the terminal has shown so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends it to every process of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, within: float = WITHIN) -> Ended:
        """Until the run is over. One that takes longer than `within` seconds is killed, and the test fails."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the run was not over within {within:.0f} s; the terminal's last words:\n{self.text[-SHOWN:]}") from None
        return Ended(status, self.text, time.monotonic() - self._started, self.out)

    def wait_until(self, observe: Callable[[], object], what: str, within: float = 60.0) -> None:
        """Until `observe()` is true; a run that ends before fails the test."""
        until = time.monotonic() + within
        while not observe():
            status = self.process.poll()
            assert status is None, f"the run ended with {status} before {what}:\n{self.text[-SHOWN:]}"
            assert time.monotonic() < until, f"{what}: not within {within:.0f} s:\n{self.text[-SHOWN:]}"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL for whatever is left of the run's process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(
    out: Path, *words: str, env: Mapping[str, str] | None = None, project: Path = PROJECT, parent: bool = False
) -> Iterator[Running]:
    """Starts `pytest *words --out=out` in the project's folder, or in that of a copy; what is still running at the end is killed.

    With `parent` it is `python -m gonogo verify *words --out=out`.
    """
    starts = [sys.executable, "-m", "gonogo", "verify"] if parent else [str(PYTEST)]
    log = next(folder for folder in out.parents if folder.is_dir()) / f"{out.name}.log"
    with log.open("wb") as terminal:
        process = subprocess.Popen(
            [*starts, *words, f"--out={out}"],
            cwd=project,
            env=clean(os.environ) | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run = Running(process, out, log)
    try:
        yield run
    finally:
        run.kill()


def verify(out: Path, *words: str, env: Mapping[str, str] | None = None, within: float = WITHIN) -> Ended:
    """Runs `pytest *words --out=out` to its end."""
    with running(out, *words, env=env) as run:
        return run.wait(within)


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what the pytest of these tests, or a run around them, has put there."""
    ours = ("PYTEST_", "GONOGO_HANDED_DOWN", "GONOGO_RUN")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}
