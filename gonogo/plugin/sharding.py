"""Shards: `--shard I/N` plays one of N parts of the checks on a machine of its own, `--shard drills/N` the drills after all of them.

Every machine finds the same split without asking the others: groups of checks that share journeys stay together, the heaviest first, each
to the shard that has least to do, by the seconds that journeys say they take. (Measured times would differ from machine to machine, and so
would the split.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pytest

from gonogo.plugin.grouping import grouped
from gonogo.plugin.selection import collected, has, journeys_of_item, node_of, not_applicable
from gonogo.run.state import Role, Run, begin, run_of
from journeys.plan import with_dependencies
from reports.records import Elsewhere

ALONE = 0.2
"""s; what a check without a journey counts."""
DRILLS = 0


def split(items: Sequence[pytest.Item], shards: int) -> dict[str, int]:
    """The shard of each check, by node id, counted from 1."""
    groups = grouped(items)
    members: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        members[groups.get(item.nodeid, item.nodeid)].append(item)
    load = dict.fromkeys(range(1, shards + 1), 0.0)
    found: dict[str, int] = {}
    for _, name in sorted((-seconds(some), name) for name, some in members.items()):
        shard = min(load, key=lambda number: (load[number], number))
        load[shard] += seconds(members[name])
        found |= {item.nodeid: shard for item in members[name]}
    return found


def seconds(items: Iterable[pytest.Item]) -> float:
    """What the journeys of some checks say they take, and a little for each check."""
    items = list(items)
    journeys = with_dependencies(journey for item in items for journey in journeys_of_item(item))
    return sum(journey.expected for journey in journeys) + ALONE * len(items)


def elsewhere(items: Sequence[pytest.Item], run: Run) -> set[str]:
    """The node ids of the checks that another shard plays."""
    drills = {item.nodeid for item in items if has(item, "drill") and not_applicable(item, run) is None}
    if run.shard == DRILLS:
        return {item.nodeid for item in items} - drills
    of = split([item for item in items if item.nodeid not in drills], run.shards)
    return drills | {node for node, shard in of.items() if shard != run.shard}


def leave_to_others(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After `-k` and `-m` have chosen: leaves the other shards what is theirs, and writes that down."""
    run = run_of(config)
    if run is None or not run.shards or not run.plays or run.role is Role.DRILL:
        return
    theirs = elsewhere(items, run)
    if run.ledger.by in (Role.OWNER, "gw0"):  # workers collect the same: one of them says so
        begin(run)
        others = [item for item in items if item.nodeid in theirs]
        run.ledger.append(*map(collected, others), Elsewhere(nodes=tuple(node_of(item.nodeid) for item in others)))
    items[:] = [item for item in items if item.nodeid not in theirs]


def told(config: pytest.Config) -> str:
    """Which part this is."""
    run = run_of(config)
    if run is None or not run.shards or not run.plays or run.role is not Role.OWNER:
        return ""
    return f"shard {run.shard} of {run.shards}" if run.shard else "the shard of the drills"
