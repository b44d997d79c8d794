"""What waivers and advice make of the failures of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from base.plain_text import plain
from reports.cases import Check
from reports.reasons import Reason, ReasonKind, Weight
from reports.records import RunStarted
from reports.waivers import Written, find

_OWNER, _REASON = 100, 300
"""Characters of each that a ticket bears."""
_APPLIED = {"waiver": (ReasonKind.WAIVED, "waived"), "advice": (ReasonKind.ADVICE, "advice")}
_OVER = {"waiver": "its waiver expired on", "advice": "its time as advice ended on"}


@dataclass(frozen=True)
class Exemption:
    """A waiver or advice that was applied to a failure: by whom, why, until when (ISO 8601), and whose file it stands in."""

    check: str
    kind: Literal["waiver", "advice"]
    of: Literal["gonogo", "rules"]
    owner: str
    reason: str
    expires: str

    @classmethod
    def of_rule(cls, check: str, written: Written) -> "Exemption":
        """What is written, about one check."""
        rule = written.rule
        return cls(check, rule.kind, written.of, plain(rule.owner, _OWNER), plain(rule.reason, _REASON), rule.expires.isoformat())

    @property
    def word(self) -> str:
        """What became of the failure."""
        return _APPLIED[self.kind][1]

    def __str__(self) -> str:
        return f"{self.check} until {self.expires} by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class Applied:
    """What waivers and advice make of the checks that are required.

    `waived` and `advised` are failures that do not decide, `changed` others about which an expired waiver or advice has something to say.
    """

    waived: Mapping[str, Reason]
    advised: Mapping[str, Reason]
    changed: Mapping[str, Reason]
    exemptions: tuple[Exemption, ...]
    notes: tuple[str, ...]
    covered: frozenset[str]

    @classmethod
    def to(cls, verdicts: Mapping[str, Reason | None], checks: Mapping[str, Check], rules: Sequence[Written], run: RunStarted) -> "Applied":
        """Apply them. Only what failed, and did nothing but fail, is exempt; one that is over is named where it would have counted."""
        excused: dict[str, dict[str, Reason]] = {"waiver": {}, "advice": {}}
        changed: dict[str, Reason] = {}
        exemptions: list[Exemption] = []
        found = {key: written for key in sorted(verdicts) if (written := find(rules, key, run.environment, run.started))}
        for key, written in found.items():
            rule, reason = written.rule, verdicts[key]
            if reason is None or not explained(reason):
                continue
            if rule.expired(run.started):
                changed[key] = replace(reason, text=f"{reason.text}; {_OVER[rule.kind]} {rule.expires} ({rule.said})")
            elif only_failed(checks[key]):
                kind, word = _APPLIED[rule.kind]
                excused[rule.kind][key] = replace(reason, kind=kind, text=f"{reason.text}; {word} until {rule.expires} by {rule.said}")
                exemptions.append(Exemption.of_rule(key, written))
        covered = frozenset(key for key, written in found.items() if not written.rule.expired(run.started))
        notes = tuple(_unneeded(verdicts, found, run))
        return cls(excused["waiver"], excused["advice"], changed, tuple(exemptions), notes, covered)

    @property
    def excused(self) -> Mapping[str, Reason]:
        """All failures that do not decide."""
        return {**self.waived, **self.advised}


def only_failed(check: Check) -> bool:
    """Whether a check ran to its end in every case, and failed or was kept from running by a failure: nothing about it is unknown."""
    outcomes = {result.outcome for result in check.results}
    return check.collected and outcomes <= {"passed", "failed", "not_reached"} and all(c.state != "lost" for c in check.cases.values())


def explained(reason: Reason) -> bool:
    """Whether a reason is a failure of the deployment, its own or that of a step it needed."""
    return reason.weight == Weight.FAILED


def _unneeded(verdicts: Mapping[str, Reason | None], found: Mapping[str, Written], run: RunStarted) -> Iterable[str]:
    """Waivers and advice for what passes: one note each, so that somebody takes it out. Of a suite all checks have to pass."""
    by_rule: dict[int, list[str]] = {}
    for key, written in found.items():
        by_rule.setdefault(id(written.rule), []).append(key)
    lines = []
    for keys in by_rule.values():
        if any(verdicts[key] is not None for key in keys):
            continue
        written = found[keys[0]]
        rule = written.rule
        over = f"expired on {rule.expires} and is not needed" if rule.expired(run.started) else "is not needed"
        passed = f"{keys[0]} passed: its" if rule.names == (keys[0],) else f"all that is within {', '.join(rule.names)} passed: the"
        lines.append(f"{passed} {rule.kind} {over}, take it out of {written.file} ({rule.said})")
    return sorted(lines)
