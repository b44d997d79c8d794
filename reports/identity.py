"""Which version answered: the same one from the first observation to the last, or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.reasons import Reason, ReasonKind, Weight
from reports.records import Ids, Record, VersionObserved

State = Literal["unchanged", "changed", "not_restored", "unknown", "undeclared"]
_WORST_FIRST: tuple[State, ...] = ("changed", "not_restored", "unknown", "undeclared", "unchanged")


@dataclass(frozen=True)
class VersionIdentity:
    """The version under verification: its ids, and how sure that is.

    `state` is `unchanged`, `changed`, `not_restored` (a drill left another version), `unknown` (not observed to the end) or `undeclared`
    (the environment does not say where its version can be read).
    """

    ids: Ids = ()
    state: State = "unknown"
    drilled: bool = False
    observations: int = 0


def observe(records: Iterable[Record], *, readable: bool) -> tuple[VersionIdentity, list[Reason]]:
    """What the version records of a run say, whatever order they come in, and what of it speaks against a pass."""
    seen = _Observations(r for r in records if r.kind == "version")
    tainted = [*seen.mixed(), *seen.changed()]
    left = seen.not_restored()
    missing = seen.missing() if readable else []
    state: State = "unchanged"
    if tainted:
        state = "changed"
    elif left:
        state = "not_restored"
    elif seen.missing():
        state = "unknown" if readable else "undeclared"
    return VersionIdentity(seen.base, state, bool(seen.drills), len(seen.all)), [*tainted, *left, *missing]


def together(parts: Sequence[VersionIdentity]) -> tuple[VersionIdentity, list[Reason]]:
    """The identity that the shards of a run verified, and what speaks against its being one."""
    bases = sorted({part.ids for part in parts if part.ids})
    found = []
    if len(bases) > 1:
        shown = ", ".join(_shown(ids) for ids in bases)
        text = f"the shards verified different versions ({shown}): somebody deployed meanwhile, run all of them again"
        found.append(Reason(ReasonKind.VERSION_CHANGED, text, weight=Weight.TAINTED, order=(0, 0.0)))
    states = {part.state for part in parts} | ({"changed"} if found else set())
    state: State = next((state for state in _WORST_FIRST if state in states), "unknown")
    return VersionIdentity(bases[0] if bases else (), state, any(p.drilled for p in parts), sum(p.observations for p in parts)), found


class _Observations:
    """All version records of a run, in the order of their moments."""

    def __init__(self, versions: Iterable[VersionObserved]) -> None:
        # An observation without an id says nothing: a drill that ended with one never said what it left.
        self.all = sorted((v for v in versions if any(v.ids)), key=lambda v: (v.at, v.where, v.ids))
        self.before, self.after, self.during = self._at("before"), self._at("after"), self._at("during")
        self.base = tuple(sorted(set(self.before[0].ids))) if self.before else ()
        ends = self._at("drill_end")
        # When each drill began and ended; one that never said so lasts to the end of the run, which cannot pass any more.
        self.drills = [(v.at, min((end.at for end in ends if end.at >= v.at), default=None)) for v in self._at("drill_start")]

    def _at(self, where: str) -> list[VersionObserved]:
        return [v for v in self.all if v.where == where]

    def _other(self, version: VersionObserved) -> bool:
        return bool(self.base) and tuple(sorted(set(version.ids))) != self.base

    def _drilling(self, version: VersionObserved) -> bool:
        return any(start <= version.at and (end is None or version.at <= end) for start, end in self.drills)

    def mixed(self) -> list[Reason]:
        """Moments at which several versions answered."""
        some = [v for v in (*self.before, *self.after, *self.during) if len(set(v.ids)) > 1 and not self._drilling(v)]
        text = "two versions answered ({}): wait until the deployment has converged and run again"
        return [_tainted(ReasonKind.VERSION_MIXED, text.format(_shown(v.ids)), v) for v in some]

    def changed(self) -> list[Reason]:
        """Observations of another version than the one that is verified, outside of a drill."""
        some = [v for v in self.during if not self._drilling(v)] + self.before[1:] + self._at("drill_start")
        # What a drill failed to restore is its own reason, not somebody's deployment.
        some += [] if self.not_restored() else self.after
        text = f"version {{}} answered in a run that verifies {_shown(self.base)}: somebody deployed meanwhile, run again"
        return [_tainted(ReasonKind.VERSION_CHANGED, text.format(_shown(v.ids)), v) for v in some if self._other(v)]

    def not_restored(self) -> list[Reason]:
        """Drills that left another version than they found, or never said which."""
        text = f"after the drill version {{}} is running instead of {_shown(self.base)}: restore it by hand"
        found = [
            Reason(ReasonKind.NOT_RESTORED, text.format(_shown(v.ids)), order=(0, v.at)) for v in self._at("drill_end") if self._other(v)
        ]
        if any(end is None for _, end in self.drills):
            text = "a drill began and never said which version it left: look at what is running now"
            found.append(Reason(ReasonKind.NOT_RESTORED, text))
        return found

    def missing(self) -> list[Reason]:
        """The frame of the run, where it was not read."""
        gaps = [where for where, some in (("before", self.before), ("after", self.after)) if not some]
        text = f"the version was not read {' and not '.join(gaps)} the checks, so nobody knows what was verified"
        return [Reason(ReasonKind.VERSION_UNKNOWN, text)] if gaps else []


def _tainted(kind: ReasonKind, text: str, version: VersionObserved) -> Reason:
    return Reason(kind, text, weight=Weight.TAINTED, order=(0, version.at))


def _shown(ids: Iterable[str]) -> str:
    return " and ".join(sorted(set(ids))) or "none"
