"""`--shard`: a run in parts, one after the other here and on machines of their own in CI, is the run in one piece."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.ledger import LedgerContents, read
from reports.manifest import Manifest
from reports.policy import Policy
from reports.reasons import Kind
from reports.verdict import Verdict, conclude_shards
from sandbox import Sandbox
from tests.end_to_end.command import PROJECT, Ended, verify

RUN = "shards-7-1"
PART = "test_health or sign_up or sessions or round_trip or test_rollback"
"""Journeys of each kind, enough for two machines and the drill."""
ALL = "not browser"
"""Without browsers: opening them takes longer than all the rest."""
SHARDS = {"1/2": ("-n", "2"), "2/2": (), "drills/2": ()}
"""Every part, and how it is played: sharing a machine's processors and sharing machines go together."""


@dataclass(frozen=True)
class Both:
    """The run in one piece, and in parts."""

    chosen: str
    whole: Ended
    parts: dict[str, Ended]

    @property
    def ledgers(self) -> list[Path]:
        """The ledgers of the parts."""
        return [ended.out / "ledger.jsonl" for ended in self.parts.values()]

    @property
    def verdict(self) -> Verdict:
        """What they are together."""
        return concluded([read(path) for path in self.ledgers])


def concluded(readings: list[LedgerContents]) -> Verdict:
    """The verdict over ledgers, under the rules of this checkout."""
    return conclude_shards(readings, Policy.load(), Manifest.load())


@pytest.fixture(scope="module", params=[PART, ALL], ids=["part", "all"])
def both(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Plays them against the same deployment."""
    folder, chosen = tmp_path_factory.mktemp("shards"), str(request.param)
    common = ("--env", "local", "--sandbox", sandbox.connection.run, "--no-report", "-k", chosen)
    whole = verify(folder / "whole", *common, within=240)
    parts = {
        shard: verify(folder / shard.replace("/", "-of-"), *common, "--shard", shard, "--run-id", RUN, *words, within=240)
        for shard, words in SHARDS.items()
    }
    return Both(chosen, whole, parts)


@pytest.mark.nightly
def test_each_part_ends_with_its_own_result(both: Both) -> None:
    """The machine that played it says how it went there, as of a part, and which part that was."""
    for shard, ended in both.parts.items():
        assert (ended.status, ended.verdict["kind"], ended.verdict["part"]) == (0, "pass", True), ended.said
        assert ended.verdict["arguments"] == f"--shard {shard} -k {both.chosen!r}"


@pytest.mark.nightly
def test_together_they_are_the_run_in_one_piece(both: Both) -> None:
    """The same verdict, the same checks with the same ends, and the same version."""
    assert (both.whole.status, both.whole.verdict["kind"]) == (0, "pass"), both.whole.said
    verdict = both.verdict
    assert (verdict.kind, verdict.part, verdict.reasons) == (Kind.PASS, True, ())
    assert verdict.arguments == both.whole.verdict["arguments"]
    plain = verdict.as_dict()
    assert {**plain["counts"], "flaky": 0} == {**both.whole.verdict["counts"], "flaky": 0}
    assert list(plain["identity"]["ids"]) == both.whole.verdict["identity"]["ids"]
    states = {check: state for ended in both.parts.values() for check, state in ended.states.items() if state != "lost"}
    assert states == both.whole.states


@pytest.mark.nightly
def test_no_check_and_no_journey_is_played_twice(both: Both) -> None:
    """Each check has its result from one shard, and each journey is played in one."""
    played = Counter(node for ended in both.parts.values() for node in {r.node for r in ended.ledger if r.kind == "result"})
    assert set(played.values()) == {1}
    journeys = Counter(name for ended in both.parts.values() for name in {r.journey for r in ended.ledger if r.kind == "step"})
    assert set(journeys.values()) == {1}
    assert all({r.run for r in ended.ledger} == {RUN} for ended in both.parts.values())


@pytest.mark.nightly
def test_what_they_cost_adds_up(both: Both) -> None:
    """Every shard signs up members of its own; the sum is what the policy's limits are for."""
    assert both.verdict.cost.accounts == sum(ended.verdict["cost"]["accounts"] for ended in both.parts.values())
    assert both.verdict.cost.requests == sum(ended.verdict["cost"]["requests"] for ended in both.parts.values())


@pytest.mark.nightly
def test_sandbox_that_was_named_is_left_running(sandbox: Sandbox, both: Both) -> None:
    """`--sandbox`: one process, two workers and the drill's pass verify the one that is up, and it is there afterwards."""
    assert all(ended.ended_as("passed") for ended in (both.whole, *both.parts.values()))
    sandbox.check()
    assert (Path(sandbox.connection.state) / "limits.json").is_file(), "the next run would not know what this one has used up"


@pytest.mark.nightly
def test_without_one_of_them_nothing_is_known(both: Both, tmp_path: Path) -> None:
    """The command names the part that is missing, twice there, or of another run; and says yes to all of them together."""
    ledgers = [str(path) for path in both.ledgers]
    assert said(*ledgers) == (0, f"PASS (of a part)  all {both.whole.verdict['counts']['required']} selected required checks hold")
    status, headline = said(*ledgers[:2])
    assert (status, headline.startswith("INCONCLUSIVE (of a part)  the shard of the drills is missing: no ledger of it was given")) == (
        3,
        True,
    )
    assert said(*ledgers, ledgers[0])[1].startswith("INCONCLUSIVE (of a part)  shard 1 of 2 is there 2 times")
    foreign = tmp_path / "foreign.jsonl"
    shutil.copyfile(both.whole.out / "ledger.jsonl", foreign)
    status, headline = said(*ledgers[1:], str(foreign))
    assert (status, "is of another run" in headline) == (3, True), headline


def said(*ledgers: str) -> tuple[int, str]:
    """`python -m gonogo verdict LEDGER...`: its exit code, and its first line."""
    words = [sys.executable, "-m", "gonogo", "verdict", *ledgers]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, (done.stdout or done.stderr).splitlines()[0]


def test_shard_without_a_run_is_a_usage_error(tmp_path: Path) -> None:
    """Parts that do not know that they belong together never would."""
    ended = verify(tmp_path / "out", "--env", "local", "--shard", "1/2")
    assert (ended.status, "--shard needs --run-id" in ended.text) == (4, True), ended.text
