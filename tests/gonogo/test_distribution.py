"""Distribution with `-n`: which checks go to one worker, in which order, and who waits for a measurement."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from xdist.remote import Producer

from fixtures.folder import TEMPORARY
from gonogo.plugin import distribution
from gonogo.plugin.distribution import FILE, GROUPS, MEASURED, QUIET, ByGroup, group_of, is_quiet
from gonogo.plugin.fixtures import name_of
from gonogo.plugin.grouping import grouped
from gonogo.run.state import Role, Run
from journeys import Journey, step
from tests.gonogo import fakes
from tests.gonogo.fakes import run
from tests.gonogo.given import item, knowing

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController


class Entering(Journey):
    """Somebody enters."""

    @step
    def act(self) -> None: ...


class Leaving(Journey, after=(Entering,)):
    """Reads what entering recorded."""

    @step
    def act(self) -> None: ...


class Writing(Journey):
    """Has nothing to do with the others."""

    @step
    def act(self) -> None: ...


class Reading(Journey):
    """Has nothing to do with the others either."""

    @step
    def act(self) -> None: ...


class Clocking(Journey, quiet=True):
    """Measures."""

    @step
    def act(self) -> None: ...


def config(made: Run | None = None, **options: Any) -> Any:
    """A configuration in which all of them are fixtures."""
    return knowing(fakes.config(made, **options), Entering, Leaving, Writing, Reading, Clocking)


def check(name: str, *journeys: type[Journey], of: Any = None) -> Any:
    """A check that reads these journeys."""
    return item(f"a.py::test_{name}", fixtures=[name_of(journey) for journey in journeys], of=of or config())


def together(*checks: Any) -> list[set[str]]:
    """The groups, as sets of check names."""
    found = grouped(checks)
    groups: dict[str, set[str]] = {}
    for node, group in found.items():
        groups.setdefault(group, set()).add(node.rpartition("_")[2])
    return sorted(groups.values(), key=sorted)


def test_journeys_that_read_one_another_share_a_group() -> None:
    """A journey that comes after another is played where that one is; others may be elsewhere."""
    assert together(check("a", Entering), check("b", Leaving), check("c", Writing)) == [{"a", "b"}, {"c"}]


def test_reading_ties_also_when_the_earlier_one_is_not_asked_for() -> None:
    """Two checks of one journey stay together, whatever that journey reads."""
    assert together(check("a", Leaving), check("b", Leaving), check("c", Reading)) == [{"a", "b"}, {"c"}]


def test_check_of_two_journeys_ties_their_groups() -> None:
    """Otherwise one of the two would be played twice."""
    checks = (check("a", Writing), check("b", Reading), check("c", Writing, Reading), check("d", Clocking))
    assert together(*checks) == [{"a", "b", "c"}, {"d"}]


def test_ties_are_passed_on() -> None:
    """Groups tied to a group that is itself tied become one, in whichever order the checks come."""
    checks = [check("a", Entering, Writing), check("b", Reading, Clocking), check("c", Writing, Reading), check("d", Leaving)]
    assert together(*checks) == together(*reversed(checks)) == [{"a", "b", "c", "d"}]


def test_check_without_a_journey_is_free() -> None:
    """It goes to whichever worker has time."""
    assert grouped([check("a"), item("a.py::test_b", fixtures=["tmp_path"])]) == {}


def collected(folder: Path, *checks: Any, worker: str = "gw0") -> tuple[Any, list[str]]:
    """A worker that has collected these checks, and their order afterwards."""
    of = config(run(folder, role=Role.WORKER, by=worker))
    (folder / TEMPORARY).mkdir(exist_ok=True)
    left = list(checks)
    for one in left:
        one.config = of
    distribution.group(of, left)
    return of, [one.nodeid.rpartition("_")[2] for one in left]


def test_measuring_comes_first_then_the_largest_group(tmp_path: Path) -> None:
    """What others would disturb is measured before they begin; then the longest share of work starts."""
    checks = (check("a"), check("b", Writing), check("c", Entering), check("d", Clocking), check("e", Leaving))
    assert collected(tmp_path, *checks)[1] == ["d", "c", "e", "b", "a"]


def test_workers_agree_on_groups_and_hand_them_to_the_owner(tmp_path: Path) -> None:
    """Each worker writes the same file whole, whoever is last, and the owner's scheduler reads it."""
    names = [("a", Entering), ("b", Leaving), ("c", Writing)]
    for worker in ("gw0", "gw1"):
        of, _ = collected(tmp_path, *(check(name, journey) for name, journey in names), worker=worker)
    assert [path.name for path in tmp_path.glob("groups.*")] == [FILE]
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8")) == of.stash[GROUPS]
    scheduler = ByGroup(config(numprocesses=2, tx=["popen"], px=[]), None, tmp_path / FILE)
    scopes = [scheduler._split_scope(f"a.py::test_{name}") for name, _ in names]
    assert scopes[0] == scopes[1] != scopes[2]
    assert scheduler._split_scope("a.py::test_free") == "a.py::test_free"


def test_owner_and_drill_are_not_distributed(tmp_path: Path) -> None:
    """Without workers the order of the files stays, and there are no groups."""
    for role in (Role.OWNER, Role.DRILL):
        of = config(run(tmp_path, role=role))
        checks = [check("a", of=of), check("b", Clocking, of=of)]
        distribution.group(of, checks)
        assert [one.nodeid for one in checks] == ["a.py::test_a", "a.py::test_b"]
        assert group_of(checks[1]) is None


def test_distribution_is_ours_unless_somebody_chose_another(tmp_path: Path) -> None:
    """`-n 2` distributes by journeys, `-n 2 --dist loadfile` by files."""
    of = config(run(tmp_path), dist="load", tx=["popen"], px=[])
    assert isinstance(distribution.scheduler(of, None), ByGroup)
    assert of.option.loadscopereorder is False
    of.option.dist = "loadfile"
    assert distribution.scheduler(of, None) is None
    assert distribution.scheduler(config(dist="load"), None) is None


class Worker:
    """A worker, as the scheduler sees it: it plays what it was sent, all but the last, until it is told to end."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw")
        self.sent: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        """Work arrives."""
        self.sent += indices

    def shutdown(self) -> None:
        """Nothing more will come."""
        self.shutting_down = True

    @property
    def plays(self) -> list[int]:
        """What it plays without hearing more."""
        return self.sent if self.shutting_down else self.sent[:-1]


def test_worker_that_died_is_replaced_and_the_run_ends(tmp_path: Path) -> None:
    """It died over a check, with one done and one to do: the other is played, what was done and what it died of are not played again."""
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    of = config(numprocesses=2, tx=["popen", "popen"], px=[])
    scheduler = ByGroup(of, Producer("test", enabled=False), tmp_path / FILE)
    first, second, third = (cast("WorkerController", Worker()) for _ in range(3))
    checks = [f"a.py::test_{name}" for name in "abcd"]
    for worker in (first, second):
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, checks)
    scheduler.schedule()
    assert [cast("Worker", worker).sent for worker in (first, second)] == [[0, 2], [1, 3]]
    for done in (1, 3):
        scheduler.mark_test_complete(second, done)
    scheduler.mark_test_complete(first, 0)
    second_ended = scheduler.remove_node(second)
    scheduler.add_node(third)
    died = scheduler.remove_node(first)
    assert (second_ended, died) == (None, "a.py::test_c")
    scheduler.add_node_collection(third, checks)
    scheduler.schedule()
    assert cast("Worker", third).plays == []
    assert third.shutting_down


def test_single_check_of_a_worker_that_died_is_played(tmp_path: Path) -> None:
    """Whoever replaces it hears that nothing more will come: it would keep its last check back for ever."""
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    scheduler = ByGroup(config(numprocesses=1, tx=["popen"], px=[]), Producer("test", enabled=False), tmp_path / FILE)
    first, second = (cast("WorkerController", Worker()) for _ in range(2))
    checks = ["a.py::test_a", "a.py::test_b", "a.py::test_c"]
    scheduler.add_node(first)
    scheduler.add_node_collection(first, checks)
    scheduler.schedule()
    scheduler.mark_test_complete(first, 0)
    assert scheduler.remove_node(first) == "a.py::test_b"
    scheduler.add_node(second)
    scheduler.add_node_collection(second, checks)
    scheduler.schedule()
    assert cast("Worker", second).plays == [2]


def test_quiet_checks_are_those_of_quiet_journeys() -> None:
    """One that reads a measurement and something else is quiet, too."""
    assert [is_quiet(one) for one in (check("a", Clocking), check("b", Writing, Clocking), check("c", Writing), check("d"))] == [
        True,
        True,
        False,
        False,
    ]


def test_others_wait_for_the_measurement(tmp_path: Path) -> None:
    """A worker that does not measure starts when the one that does says it is over; a second check waits no more."""
    quiet, other, last = check("a", Clocking), check("b", Writing), check("c")
    of, _ = collected(tmp_path, quiet, other, last)
    started = threading.Event()

    def begin() -> None:
        distribution.wait_for_measurements(other)
        started.set()

    waiting = threading.Thread(target=begin)
    waiting.start()
    assert not started.wait(0.1)
    distribution.measured(other)
    assert not (tmp_path / MEASURED).exists()
    distribution.measured(quiet)
    waiting.join(10)
    assert started.is_set()
    assert not of.stash[QUIET]


def test_who_measures_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measuring group would otherwise wait for itself."""
    quiet = check("a", Clocking)
    of, _ = collected(tmp_path, quiet, check("b", Writing))
    monkeypatch.setattr("gonogo.plugin.distribution.time.sleep", lambda _: pytest.fail("it waited"))
    distribution.wait_for_measurements(quiet)
    assert of.stash[QUIET]


def test_nobody_waits_where_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part without a measurement starts at once."""
    other = check("b", Writing)
    collected(tmp_path, other)
    monkeypatch.setattr("gonogo.plugin.distribution.time.sleep", lambda _: pytest.fail("it waited"))
    distribution.wait_for_measurements(other)


def test_measurement_that_never_ends_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that died while it measured does not keep the others from their checks."""
    other = check("b", Writing)
    of, _ = collected(tmp_path, check("a", Clocking), other)
    monkeypatch.setattr(distribution, "PATIENCE", 0.05)
    distribution.wait_for_measurements(other)
    assert not of.stash[QUIET]


class Node:
    """A worker as the scheduler knows it: what it was told to play, and whether it was told that nothing more comes."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.told: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.told += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def joined(shared_out: ByGroup, node: Any, collection: list[str]) -> None:
    """The worker has collected."""
    shared_out.add_node(node)
    shared_out.add_node_collection(node, collection)
    if shared_out.collection_is_completed:
        shared_out.schedule()


def test_nobody_waits_for_what_a_dead_worker_has_finished(tmp_path: Path) -> None:
    """The check in which it died is not played again, what it had not played goes to others, and everybody is told where it ends."""
    names = [f"a.py::test_{number}" for number in range(7)]
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    shared_out = ByGroup(config(tx=["popen", "popen"], px=[]), Producer("test"), tmp_path / FILE)
    first, second, late = Node("gw0"), Node("gw1"), Node("gw2")
    for node in (first, second):
        joined(shared_out, node, names)
    for number in (0, 2):  # the first plays two checks, and dies in its third
        shared_out.mark_test_complete(cast("Any", first), number)
    assert first.told == [0, 2, 4, 5]
    assert shared_out.remove_node(cast("Any", first)) == names[4]
    joined(shared_out, late, names)
    assert len(late.told) > 1 or late.shutting_down, "a worker plays a check when it knows what comes next"
    for node in (second, late):
        for number in list(node.told):
            shared_out.mark_test_complete(cast("Any", node), number)
    assert sorted([*second.told, *late.told]) == [1, 3, 5, 6]
    assert second.shutting_down
    assert late.shutting_down
