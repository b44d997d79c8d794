"""What a gate run says about an injected fault: noticed or not, by whom, and who was blamed wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from reports.reasons import Kind, Reason, ReasonKind
from reports.verdict import Verdict
from sandbox.faults.catalogue import Fault


@dataclass(frozen=True)
class Judgement:
    """`noticed`: the expected verdict, by the expected check or kind of reason, in the expected words. `problems`: each deviation."""

    noticed: bool
    misattributed: tuple[str, ...]
    problems: tuple[str, ...]
    said: str
    """The message that noticed it, empty when none did."""
    red: tuple[str, ...] = ()
    """Every check that failed."""

    @property
    def holds(self) -> bool:
        """Whether everything is as the catalogue says."""
        return self.noticed and not self.misattributed


def failed(verdict: Verdict) -> dict[str, Reason]:
    """The checks that failed, decisive or not, by id."""
    reasons = [*verdict.reasons, *verdict.observed, *verdict.advisory]
    return {reason.check: reason for reason in reasons if reason.kind == ReasonKind.FAILED and reason.check}


def judge(fault: Fault, verdict: Verdict) -> Judgement:
    """Compares a verdict with what the catalogue expects."""
    expect = fault.expect
    problems: list[str] = []
    if verdict.kind != Kind(expect.verdict):
        problems.append(f"the verdict is {verdict.kind}, not {expect.verdict}")
    failures = failed(verdict)
    if expect.check:
        found = failures.get(expect.check)
        if found is None:
            problems.append(f"{expect.check} did not fail")
    else:
        found = next((reason for reason in verdict.reasons if reason.kind == expect.reason), None)
        if found is None:
            problems.append(f"no reason is of the kind {expect.reason}")
    said = found.text if found else ""
    missing = [word for word in expect.words if word not in said] if found else []
    if missing:
        problems.append(f"the message lacks {', '.join(map(repr, missing))}: {said}")
    others = sorted(failures.keys() - {expect.check})
    wrong = tuple(check for check in others if not any(fnmatchcase(check, listed) for listed in fault.also))
    blamed = [f"{check} failed too: {failures[check].text}" for check in wrong]
    return Judgement(not problems, wrong, (*problems, *blamed), said, tuple(sorted(failures)))
