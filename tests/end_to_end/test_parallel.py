"""`-n 2` is the same run in two workers: one sandbox, each journey once, the same verdict."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.end_to_end.command import WITHIN, Ended, running
from tests.end_to_end.household import Household, household

SMOKE = ("--env", "local", "-m", "smoke")


@dataclass(frozen=True)
class Watched:
    """A run that was watched from its beginning to its end."""

    ended: Ended
    sandboxes: int
    written: list[str]
    accounts: list[str]
    """Addresses in the residue journal, as often as they are in it."""

    @property
    def players(self) -> dict[str, set[str]]:
        """The processes that played each journey."""
        found: dict[str, set[str]] = {}
        for record in self.ended.ledger:
            if record.kind == "step":
                found.setdefault(record.journey, set()).add(record.by)
        return found


def watch(house: Household, out_of: pytest.TempPathFactory, *words: str) -> Watched:
    """Runs the smoke part to its end, and looks at its processes meanwhile."""
    with running(house.out, *SMOKE, *words, env=house.variables) as run:
        until = time.monotonic() + WITHIN
        while run.process.poll() is None and time.monotonic() < until:
            house.look(run.process.pid)
            time.sleep(0.1)
        ended = run.wait(1)
    out = house.out.rename(out_of.mktemp("watched") / "out")
    entries = [json.loads(line) for line in (out / "residue.jsonl").read_text(encoding="utf-8").splitlines()]
    return Watched(
        replace(ended, out=out), len(house.sandboxes), house.written(), [entry["account"] for entry in entries if "account" in entry]
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The run in one process."""
    with household() as house:
        yield watch(house, tmp_path_factory)


@pytest.fixture(scope="module")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The run in two workers."""
    with household() as house:
        yield watch(house, tmp_path_factory, "-n", "2")


def test_verdict_is_the_same(alone: Watched, parallel: Watched) -> None:
    """Two workers find the same of every check, and conclude the same."""
    assert (alone.ended.status, alone.ended.verdict["kind"]) == (0, "pass"), alone.ended.said
    assert (parallel.ended.status, parallel.ended.verdict["kind"]) == (0, "pass"), parallel.ended.said
    assert parallel.ended.states == alone.ended.states
    assert parallel.ended.verdict["counts"] == alone.ended.verdict["counts"]
    assert parallel.ended.verdict["part"]


def test_sandbox_is_booted_once(alone: Watched, parallel: Watched) -> None:
    """Two workers share the sandbox that the process over them has booted."""
    assert alone.sandboxes == 1
    assert parallel.sandboxes == 1


def test_workers_share_the_work(parallel: Watched) -> None:
    """Both workers play journeys, and the process over them plays none."""
    assert set().union(*parallel.players.values()) == {"gw0", "gw1"}


def test_each_journey_is_played_in_one_worker(alone: Watched, parallel: Watched) -> None:
    """A journey is played once in a run, however many workers there are."""
    assert {journey for journey, workers in parallel.players.items() if len(workers) != 1} == set()
    assert parallel.players.keys() == alone.players.keys()
    steps = Counter((record.journey, record.step) for record in parallel.ended.ledger if record.kind == "step")
    assert {step for step, times in steps.items() if times != 1} == set()


def test_each_account_counts_once(alone: Watched, parallel: Watched) -> None:
    """Accounts and mails cost the same, and each account that the journal knows was counted once."""
    for run in (alone, parallel):
        assert run.ended.verdict["cost"]["accounts"] == len(set(run.accounts)) == len(run.accounts) > 0
    for what in ("accounts", "mails", "objects"):
        assert parallel.ended.verdict["cost"][what] == alone.ended.verdict["cost"][what]


@pytest.mark.parametrize("run", ["alone", "parallel"])
def test_nothing_is_written_elsewhere(run: str, request: pytest.FixtureRequest) -> None:
    """A run writes into the project and its folders: nothing into the home and the temporary folder of the person."""
    watched: Watched = request.getfixturevalue(run)
    assert watched.written == []
