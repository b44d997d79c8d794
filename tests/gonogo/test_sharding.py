"""Shards: the same split on every machine, groups in one piece, and nothing that nobody plays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.plugin import sharding
from gonogo.plugin.options import shard
from gonogo.run.state import Run
from journeys import Journey, step
from tests.gonogo import fakes
from tests.gonogo.fakes import FILES, ROLLBACK, environment, fields, records, run
from tests.gonogo.given import item, knowing


class Baking(Journey, expected=9.0):
    """A long one."""

    @step
    def act(self) -> None: ...


class Eating(Journey, after=(Baking,), expected=2.0):
    """Shares its members."""

    @step
    def act(self) -> None: ...


class Sleeping(Journey, expected=4.0):
    """Another one."""

    @step
    def act(self) -> None: ...


NAMES: dict[str, tuple[str, ...]] = {
    "baked": ("baking",),
    "eaten": ("eating",),
    "slept": ("sleeping",),
    "alone": (),
    "lonely": (),
}


def config(made: Run | None = None) -> Any:
    """A configuration in which these journeys are fixtures."""
    return knowing(fakes.config(made), Baking, Eating, Sleeping)


def check(name: str, *marks: pytest.MarkDecorator, of: Any = None) -> Any:
    """A check that reads journeys by its name."""
    return item(f"suites/house/test_day.py::test_{name}", *marks, fixtures=NAMES.get(name, ()), of=of or config())


CHECKS = [check(name) for name in NAMES]


def named(nodes: Any) -> set[str]:
    """The names of checks, from their node ids."""
    return {str(node).rpartition("test_")[2] for node in nodes}


@given(order=st.permutations(CHECKS), shards=st.integers(1, 7))
def test_split_is_whole_and_the_same_everywhere(order: list[Any], shards: int) -> None:
    """Every check has exactly one shard, in whichever order they were collected; those that share a journey have the same one."""
    found = sharding.split(order, shards)
    assert found == sharding.split(CHECKS, shards)
    assert found.keys() == {check.nodeid for check in CHECKS}
    assert set(found.values()) <= set(range(1, shards + 1))
    assert found[CHECKS[0].nodeid] == found[CHECKS[1].nodeid]


def test_heaviest_group_first_then_whoever_has_least() -> None:
    """Balanced by the seconds that journeys say they take."""
    found = sharding.split(CHECKS, 2)
    assert {shard: named(n for n, s in found.items() if s == shard) for shard in (1, 2)} == {
        1: {"baked", "eaten"},
        2: {"slept", "alone", "lonely"},
    }
    assert sharding.seconds(CHECKS[:2]) == pytest.approx(11.0 + 2 * sharding.ALONE)


def a_shard(folder: Path, number: int, shards: int = 2, **changes: Any) -> Run:
    """One of two shards, on an environment with drills."""
    target = environment("staging", deploy={"rollback": ROLLBACK}, **FILES)
    return run(folder, target, shard=number, shards=shards, **changes)


def test_every_check_is_played_by_one_shard(tmp_path: Path) -> None:
    """Drills by theirs alone; each shard writes down what it saw and what it leaves to others."""
    played: Counter[str] = Counter()
    drill = check("rolled_back", pytest.mark.drill)
    for number in (1, 2, 0):
        made = a_shard(tmp_path / str(number), number)
        of = config(made)
        items = [check(name, of=of) for name in NAMES] + [drill]
        sharding.leave_to_others(of, items)
        played.update(named(i.nodeid for i in items))
        (left,) = records(made, "elsewhere")
        (nodes,) = fields(left, "nodes")
        assert named(nodes) | named(i.nodeid for i in items) == {*NAMES, "rolled_back"}
        assert {fields(record, "node")[0] for record in records(made, "collected")} == set(nodes)  # type: ignore[call-overload]
    assert played == Counter({*NAMES, "rolled_back"})
    assert named(i.nodeid for i in items) == {"rolled_back"}


def test_without_drills_in_the_environment_they_are_checks_like_others(tmp_path: Path) -> None:
    """One that does not apply is set aside by one of the shards, and the job of the drills has nothing to do."""
    some = [check("baked"), check("rolled_back", pytest.mark.drill)]
    target = environment("production")
    nobody = run(tmp_path / "0", target, shard=0, shards=2)
    assert sharding.elsewhere(some, nobody) == {i.nodeid for i in some}
    left = [sharding.elsewhere(some, run(tmp_path / str(n), target, shard=n, shards=2)) for n in (1, 2)]
    assert left[0] | left[1] == {i.nodeid for i in some}
    assert not left[0] & left[1]


@pytest.mark.parametrize(("by", "writes"), [("gw0", True), ("gw1", False)])
def test_workers_split_alike_and_one_of_them_writes(tmp_path: Path, by: str, writes: bool) -> None:
    """With `-n` each worker keeps the shard's checks; what is left to others stands in the ledger once."""
    from gonogo.run.state import Role

    made = a_shard(tmp_path, 1, role=Role.WORKER, by=by)
    of = config(made)
    items = [check(name, of=of) for name in NAMES]
    sharding.leave_to_others(of, items)
    assert named(i.nodeid for i in items) == {"baked", "eaten"}
    assert bool(records(made)) is writes


def test_nothing_is_split_without_the_option(tmp_path: Path) -> None:
    """A run that is not sharded plays everything."""
    made = run(tmp_path)
    items = list(CHECKS)
    sharding.leave_to_others(config(made), items)
    assert items == CHECKS
    assert records(made) == []


def test_second_pass_belongs_to_the_shard_of_the_drills(tmp_path: Path) -> None:
    """All others announce one pass, and play none."""
    assert [a_shard(tmp_path / str(n), n).drills for n in (1, 2, 0)] == [False, False, True]
    assert a_shard(tmp_path / "whole", 0, shards=0).drills
    assert a_shard(tmp_path / "one", 1).has_drills


@pytest.mark.parametrize(("text", "meant"), [("1/2", (1, 2)), ("2/2", (2, 2)), ("drills/4", (0, 4)), ("1/1", (1, 1))])
def test_shard_is_typed_as_part_of_how_many(text: str, meant: tuple[int, int]) -> None:
    """Counted from 1, as people do."""
    assert shard(text) == meant


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "a/2", "1/b", "drills", "drills/0", "1/65", "1/2/3"])
def test_other_shards_are_refused(text: str) -> None:
    """A mistake in a workflow is found before anything is sent."""
    with pytest.raises(ValueError):  # noqa: PT011 - argparse words it
        shard(text)
