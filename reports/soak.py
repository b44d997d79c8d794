"""Many runs, one table: whether they are different runs of the same checks, and all pass."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reports import summary
from reports.check_assessment import CheckCounts
from reports.reasons import Kind
from reports.verdict import Verdict


@dataclass(frozen=True)
class Soak:
    """The runs of a soak, and one sentence for everything that speaks against it."""

    rows: tuple[tuple[Path, Verdict], ...]
    problems: tuple[str, ...]
    borne: frozenset[Kind] = frozenset({Kind.PASS})

    @property
    def exit_code(self) -> int:
        """0 when nothing speaks against it, else the exit code of the first run that did not pass, else 3."""
        return next((verdict.exit_code for _, verdict in self.rows if verdict.kind not in self.borne), 3 if self.problems else 0)

    def table(self) -> str:
        """One line per run, then the problems or what all have in common."""
        lines = [f"{'run':<24} {'verdict':<13} {'checks':>7} {'passed':>7} {'seconds':>8} {'x floor':>8}"]
        for _, verdict in self.rows:
            ratio, wall = summary.ratio(verdict), verdict.timings.wall if verdict.timings else None
            seconds = f"{wall:.1f}" if wall is not None else "-"
            floor = f"{ratio:.2f}" if ratio is not None else "-"
            c = verdict.counts
            lines.append(f"{verdict.run:<24} {verdict.kind:<13} {c.collected:>7} {c.passed:>7} {seconds:>8} {floor:>8}")
        counted = Counter(verdict.kind for _, verdict in self.rows)
        others = [f"{verdict.run} is inconclusive: {summary.headline(verdict)}" for _, verdict in self.rows if self._odd(verdict)]
        checks = self.rows[0][1].counts.collected if self.rows else 0
        kinds = ", ".join(f"{times} {kind}" for kind, times in counted.items()) if set(counted) - {Kind.PASS} else "all pass"
        return "\n".join([*lines, *others, *(self.problems or (f"{len(self.rows)} runs, all different, {kinds}, {checks} checks each",))])

    def _odd(self, verdict: Verdict) -> bool:
        return verdict.kind != Kind.PASS and verdict.kind in self.borne


def soak(rows: Sequence[tuple[Path, Verdict]], expected: int | None = None, *, borne: frozenset[Kind] = frozenset({Kind.PASS})) -> Soak:
    """Compare the verdicts of several ledgers. `expected` is how many runs there should be; `borne` are verdicts that are no problem."""
    problems: list[str] = []
    if not rows or (expected is not None and len(rows) != expected):
        problems.append(f"there are {len(rows)} ledgers, not {expected if expected is not None else 'one or more'}: a run left none")
    first: dict[str, Path] = {}
    # Counts are compared with those of a run that passed; one that is no pass for a good reason has others.
    model = next((row for row in rows if row[1].kind == Kind.PASS), None) or next(iter(rows), None)
    for path, verdict in rows:
        if not verdict.run:
            problems.append(f"{path} does not say which run it is")
        elif verdict.run in first:
            problems.append(f"{path} is the same run as {first[verdict.run]}: {verdict.run}")
        first.setdefault(verdict.run, path)
        if verdict.kind not in borne:
            problems.append(f"{path} is no pass: {summary.headline(verdict)}")
        if verdict.part:
            problems.append(f"{path} is the run of a part only")
        tolerated = verdict.kind != Kind.PASS and verdict.kind in borne
        if model and not tolerated and _comparable(verdict, borne) != _comparable(model[1], borne):
            problems.append(f"{path} has other counts than {model[0]}: {summary.counts(verdict)}, there {summary.counts(model[1])}")
    return Soak(tuple(rows), tuple(problems), borne)


def _comparable(verdict: Verdict, borne: frozenset[Kind]) -> CheckCounts:
    """The counts that all runs have to share. Where unclear runs are borne the network is bad, and what it cuts is chance."""
    return replace(verdict.counts, flaky=0) if Kind.INCONCLUSIVE in borne else verdict.counts
