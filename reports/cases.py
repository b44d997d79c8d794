"""From results to what is known of each check: the worst of its cases, and the first reason for it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from reports.manifest import Manifest
from reports.policy import Demand
from reports.records import Collected, PhaseEnded, Record

# From the one that says most against a check to the one that says nothing. "lost" is a case that was begun or collected and has no result.
_WORST_FIRST = ("failed", "errored", "inconclusive", "lost", "not_reached", "skipped", "not_applicable", "passed")


@dataclass
class Case:
    """One case of a check: what was collected of it, and its results so far."""

    node: str
    collected: list[Collected] = field(default_factory=list)
    results: list[PhaseEnded] = field(default_factory=list)

    @property
    def decisive(self) -> PhaseEnded | None:
        """The result that says most against the case; of several, the earliest."""
        return min(self.results, key=lambda r: (_WORST_FIRST.index(r.outcome), r.at, r.phase, r.reason), default=None)

    @property
    def state(self) -> str:
        """The worst outcome of its phases; `lost` unless the check itself ran to its end, or was set aside before."""
        worst = self.decisive
        if worst is None or (worst.outcome == "passed" and not any(r.phase == "call" for r in self.results)):
            return "lost"
        return worst.outcome


@dataclass
class Check:
    """One check: its cases, by node id."""

    id: str
    cases: dict[str, Case] = field(default_factory=dict)

    @property
    def worst(self) -> Case:
        """The case that decides; of several alike, the one that ended first."""

        def rank(case: Case) -> tuple[int, float, str]:
            decisive = case.decisive
            return _WORST_FIRST.index(case.state), decisive.at if decisive else 0.0, case.node

        return min(self.cases.values(), key=rank)

    @property
    def state(self) -> str:
        """The worst state of its cases."""
        return self.worst.state

    @property
    def collected(self) -> bool:
        """Whether pytest announced every case that has a result."""
        return all(case.collected for case in self.cases.values())

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What its cases say about whether it is required."""
        return tuple(collected for case in self.cases.values() for collected in case.collected)

    @property
    def result(self) -> PhaseEnded | None:
        """The result that decides."""
        return self.worst.decisive

    @property
    def results(self) -> tuple[PhaseEnded, ...]:
        """The results of all cases."""
        return tuple(result for case in self.cases.values() for result in case.results)

    @property
    def alike(self) -> int:
        """How many cases share the deciding state."""
        return sum(case.state == self.state for case in self.cases.values())


def gather(records: Iterable[Record], without: Container[str] = ()) -> Mapping[str, Check]:
    """Every check that was collected or has a result, by id; cases in `without` only if they ran all the same."""
    checks: dict[str, Check] = {}
    for record in records:
        if record.kind == "collected" or record.kind == "result":
            case = checks.setdefault(record.check, Check(record.check)).cases.setdefault(record.node, Case(record.node))
            if record.kind == "collected":
                case.collected.append(record)
            else:
                case.results.append(record)
    for check in checks.values():
        check.cases = {node: case for node, case in check.cases.items() if case.results or node not in without}
    return {key: check for key, check in checks.items() if check.cases}


def due(records: Iterable[Record], manifest: Manifest) -> Mapping[str, tuple[Demand, ...]]:
    """What is written down about the checks that are due, by id: in the manifest, and by folders of checks outside of gonogo."""
    found: dict[str, tuple[Demand, ...]] = {key: (row,) for key, row in manifest.rows.items()}
    for record in records:
        if record.kind == "due":
            found[record.check] = (*found.get(record.check, ()), record)
    return found


def mine(records: Iterable[Record]) -> tuple[Record, ...]:
    """The records of a shard without what it only saw: the cases that another shard plays. Of other ledgers all."""
    records = tuple(records)
    others = {node for record in records if record.kind == "elsewhere" for node in record.nodes}
    return tuple(record for record in records if not (record.kind == "collected" and record.node in others))
