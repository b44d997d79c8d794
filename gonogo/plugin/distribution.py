"""Distribution with `-n`: checks whose journeys read one another run on one worker, so that each journey is played once in a run.

pytest-xdist's own `--dist loadgroup` writes the group into the node id, which pytest 9.2 does not let it do: no check would have a group.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from fixtures.folder import TEMPORARY
from gonogo.plugin.grouping import grouped
from gonogo.plugin.selection import journeys_of_item
from gonogo.run.state import Role, run_of

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

GROUPS: pytest.StashKey[dict[str, str]] = pytest.StashKey()
QUIET: pytest.StashKey[set[str]] = pytest.StashKey()
MEASURED = "measured"
PATIENCE = 30.0
FILE = "groups.json"


def group(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers collect the same: each keeps the groups, and hands them to the owner. Measuring comes first, then the largest group."""
    run = run_of(config)
    if run is None or run.role is not Role.WORKER:
        return
    found = config.stash[GROUPS] = grouped(items)
    sizes = Counter(found.values())
    items.sort(key=lambda item: (not is_quiet(item), -sizes[found.get(item.nodeid, "")]))
    config.stash[QUIET] = {found[item.nodeid] for item in items if is_quiet(item)}
    target = run.out / FILE
    temporary = run.out / TEMPORARY / f"groups.{run.ledger.by}"
    temporary.write_text(json.dumps(found), encoding="utf-8")
    temporary.replace(target)


def is_quiet(item: pytest.Item) -> bool:
    """Whether a check reads a measurement, which others would disturb."""
    return any(journey.quiet for journey in journeys_of_item(item))


def wait_for_measurements(item: pytest.Item) -> None:
    """While one worker measures, the others wait."""
    run, quiet = run_of(item.config), item.config.stash.get(QUIET, set())
    if run is None or not quiet or group_of(item) in quiet:
        return
    until = time.monotonic() + PATIENCE
    while not (run.out / MEASURED).exists() and time.monotonic() < until:
        time.sleep(0.02)
    quiet.clear()


def measured(item: pytest.Item) -> None:
    """The measurement is over: the others may begin."""
    run = run_of(item.config)
    if run is not None and item.config.stash.get(QUIET, None) and is_quiet(item):
        (run.out / MEASURED).touch()


def group_of(item: pytest.Item) -> str | None:
    """The group of a check in a worker; None elsewhere, and for a check without a journey."""
    return item.config.stash.get(GROUPS, {}).get(item.nodeid)


class ByGroup(LoadScopeScheduling):
    """Hands whole groups to workers."""

    def __init__(self, config: pytest.Config, log: Any, file: Path) -> None:
        config.option.loadscopereorder = False  # the workers have put the checks in order
        super().__init__(config, log)
        self._file = file
        self._groups: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        """The group of a check, or the check itself."""
        if self._groups is None:  # asked only after every worker has collected
            self._groups = json.loads(self._file.read_text(encoding="utf-8"))
        return self._groups.get(nodeid, nodeid)

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker is gone: what it had not played is for the others. Returns the check in which it died, which nobody plays again.

        xdist would hand on what the worker has finished as well: groups without a check, after which it waits for ever for the next report.
        """
        workload = self.assigned_work.pop(node)
        unfinished = [(group, check) for group, checks in workload.items() for check, done in checks.items() if not done]
        if not unfinished:
            return None
        group, died = unfinished[0]
        workload[group][died] = True
        self.workqueue.update({name: checks for name, checks in workload.items() if not all(checks.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return died

    def schedule(self) -> None:
        """Hands out groups. A worker plays a check when it knows the next: one that comes late, for one that died, needs two as well."""
        late = self.collection is not None
        super().schedule()
        for node in self.nodes if late else ():
            self._reschedule(node)


def scheduler(config: pytest.Config, log: Any) -> ByGroup | None:
    """Our distribution, unless the person chose another with `--dist`."""
    run = run_of(config)
    return ByGroup(config, log, run.out / FILE) if run and config.option.dist == "load" else None
