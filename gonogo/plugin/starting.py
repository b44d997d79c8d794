"""The start: journeys that the selected checks need start together, ahead of the first check."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fixtures.context import Process
from fixtures.wiring import Wiring
from gonogo.plugin.distribution import group_of
from gonogo.plugin.progress import PROGRESS, Progress
from gonogo.plugin.selection import journeys_of_item, not_applicable
from gonogo.run.playing import Playing
from gonogo.run.state import Role, Run, run_of
from journeys import Journey

WIRING: pytest.StashKey[Wiring] = pytest.StashKey()
PLAYING: pytest.StashKey[Playing] = pytest.StashKey()
_BEGUN: pytest.StashKey[set[str]] = pytest.StashKey()


def begin(session: pytest.Session, run: Run) -> None:
    """Starts what the selected checks need; a worker does so group by group."""
    config = session.config
    progress = config.stash.setdefault(PROGRESS, Progress(config))
    playing = config.stash[PLAYING] = Playing.of(run, config.stash[WIRING], _process(config), progress.step)
    if run.role is not Role.WORKER:
        playing.scheduler.start(needed(session.items, run))


def needed(items: Iterable[pytest.Item], run: Run) -> list[type[Journey]]:
    """The journeys that the checks read which apply to the environment."""
    return list(dict.fromkeys(journey for item in items if not_applicable(item, run) is None for journey in journeys_of_item(item)))


def begin_group(item: pytest.Item) -> None:
    """In a worker, the first check of a group starts the group's journeys together: no other worker plays them."""
    run, group = run_of(item.config), group_of(item)
    if run is None or run.role is not Role.WORKER or group is None or group in item.config.stash.setdefault(_BEGUN, set()):
        return
    item.config.stash[_BEGUN].add(group)
    item.config.stash[PLAYING].scheduler.start(needed((other for other in item.session.items if group_of(other) == group), run))


def _process(config: pytest.Config) -> Process:
    given = getattr(config, "workerinput", None)
    return Process(int(given["workerid"].removeprefix("gw")), int(given["workercount"])) if given else Process()
