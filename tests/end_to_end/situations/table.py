"""The table: each row a situation in which somebody's gate has said yes, or has blamed the wrong one. Played for real, some at a time.

A row is played in one process unless it says otherwise: what a deployment answers, and what a person declares, is the same for any number
of workers. Workers matter where a row is about the processes of a run, and then it says so:

- collection, and what is selected, happens in each worker, and the process over them hears of it: 06, 06b, 07c, 09, 09d, 09f;
- a worker, or the process over them, is killed or leaves early, and the ledger is what each of them wrote: 03b, 04, 10, 10b;
- a worker sees what makes the whole run unusable, and it is settled in another process: G02, G04;
- workers keep within a limit together: G12c.

Every row in both ways, the full square, is played with the mark `nightly`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.end_to_end.command import Ended
from tests.end_to_end.situations.acme import Acme, acme

AT_ONCE = 3
"""Runs under way at once: they wait more than they work, and share the machine with nothing that measures time."""


ALONE, WITH_WORKERS = (0,), (2,)
BOTH = (*ALONE, *WITH_WORKERS)


@dataclass(frozen=True)
class Situation:
    """A row: what is arranged and played, and how it must end. Each of the words stands on the terminal and in `verdict.json`."""

    id: str
    title: str
    play: Callable[[Acme], Ended]
    verdict: str
    words: tuple[str, ...] = ()
    also: Callable[[Acme, Ended], None] = lambda _, __: None
    workers: tuple[int, ...] = ALONE
    """With how many workers it is played with every change."""
    app: bool = False
    """Whether it needs the app of the sandbox."""
    alone: bool = False
    """Whether it changes what is deployed there: such rows are played one after the other."""

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the verdict."""
        return {"pass": 0, "fail": 1, "inconclusive": 3, "usage": 4}[self.verdict]


@dataclass(frozen=True)
class Play:
    """A row, with so many workers."""

    situation: Situation
    workers: int

    @property
    def chosen(self) -> bool:
        """Whether the row asks for it."""
        return self.workers in self.situation.workers

    def __str__(self) -> str:
        return f"{self.situation.id}-{'workers' if self.workers else 'alone'}"


def plays(*tables: Iterable[Situation]) -> list[pytest.ParameterSet]:
    """Every row with and without workers: the parameters of a test. What no row asks for is marked `nightly`."""
    square = [Play(row, workers) for rows in tables for row in rows for workers in BOTH]
    return [pytest.param(play, id=str(play), marks=() if play.chosen else pytest.mark.nightly) for play in square]


class Stage:
    """Plays what it is given, in its order, a few at once."""

    def __init__(self, folder: Path, chosen: Iterable[Play], sandbox: Sandbox | None) -> None:
        self._sandbox = sandbox
        self._pools = {alone: ThreadPoolExecutor(1 if alone else AT_ONCE, thread_name_prefix="situation") for alone in (True, False)}
        self._played: dict[Play, Future[None]] = {
            play: self._pools[play.situation.alone].submit(self._play, play, folder / str(play)) for play in chosen
        }

    def outcome(self, play: Play) -> None:
        """Waits until it was played and judged. Raises what its judgement raised."""
        self._played[play].result()

    def _play(self, play: Play, folder: Path) -> None:
        with acme(folder, play.workers, self._sandbox) as made:
            judge(play.situation, made, play.situation.play(made))

    def close(self) -> None:
        """Starts nothing more, and waits for what is under way."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)


def judge(row: Situation, made: Acme, ended: Ended) -> None:
    """Whether it ended as the row says."""
    assert ended.status == row.exit_code, ended.said
    if row.verdict == "usage":  # nothing was run, so there is nothing to conclude about
        assert [words for words in row.words if words not in ended.text] == [], ended.said
        assert not (ended.out / "verdict.json").exists()
        return
    verdict = ended.verdict
    assert (verdict["kind"], verdict["exit_code"]) == (row.verdict, row.exit_code), ended.said
    written = [
        f"{reason['check']}: {reason['text']}" for about in ("reasons", "observed", "advisory", "waived") for reason in verdict[about]
    ]
    places = {"the terminal": ended.text, "verdict.json": "\n".join([*written, *verdict["notes"]])}
    missing = [(words, place) for words in row.words for place, text in places.items() if words not in text]
    assert missing == [], f"{missing}\n{ended.said}\n{places['verdict.json']}"
    row.also(made, ended)
