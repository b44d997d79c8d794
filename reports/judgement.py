"""Which checks were required, and how each of them ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.cases import Check, gather
from reports.manifest import Manifest
from reports.policy import Demand, TierPolicy
from reports.reasons import SEVERITIES, Reason, Weight
from reports.records import Record, Run


@dataclass(frozen=True)
class Counts:
    """How many checks there were.

    Of the required ones: `not_reached` are those that a failed check explains, `unknown` those of which nobody can say whether they hold.
    """

    collected: int = 0
    required: int = 0
    passed: int = 0
    failed: int = 0
    not_reached: int = 0
    unknown: int = 0
    advisory_passed: int = 0
    advisory_failed: int = 0
    not_applicable: int = 0
    cases: int = 0


@dataclass(frozen=True)
class Judgement:
    """What the checks of a run amount to: reasons against a pass, failures that are only advice, and how many there were."""

    reasons: tuple[Reason, ...]
    advisory: tuple[Reason, ...]
    counts: Counts


def failure(check: Check, weight: Weight, severity: int = 0) -> Reason:
    """The reason that a failed check gives."""
    result = check.result
    text = (result.reason if result else "") or "failed without a message"
    more = f" ({check.alike} of {len(check.cases)} cases)" if len(check.cases) > 1 else ""
    return Reason("failed", text + more, check.id, weight, (severity, result.at if result else 0.0))


def judge(records: Iterable[Record], run: Run, tier: TierPolicy, manifest: Manifest) -> Judgement:
    """Judge every check that the manifest, the collection or a result names."""
    records = tuple(records)
    left_out = {node: r.reason for r in records if r.kind == "deselected" for node in r.nodes}
    checks = gather(records, without=left_out if run.selection == "part" else ())
    declared = frozenset(run.capabilities)
    judge = _Judge(checks, manifest, left_out)
    reasons: list[Reason] = []
    undeclared = sorted(set(tier.capabilities) - declared)
    if undeclared and run.selection == "whole":
        text = f"tier {run.tier} demands {', '.join(undeclared)}, which the environment does not declare: add the section to its file"
        reasons.append(Reason("undeclared", text))
    # Whichever of manifest and collection demands more counts, so that neither can be thinned out to make a run greener.
    known = sorted(checks.keys() | manifest.rows.keys()) if run.selection == "whole" else sorted(checks)
    required = [check for check in known if any(tier.requires(demand, declared) for demand in judge.demands(check))]
    if not required:
        reasons.append(Reason("nothing_required", "nothing that is required was selected, so nothing was verified"))
    verdicts = {check: judge.reason(check) for check in required}
    reasons += [reason for reason in verdicts.values() if reason]
    rest = [check for key, check in checks.items() if key not in verdicts]
    advisory = [failure(check, Weight.MISSING, judge.severity(check.id)) for check in rest if check.state == "failed"]
    counts = Counts(
        collected=len(checks),
        required=len(required),
        passed=sum(reason is None for reason in verdicts.values()),
        failed=sum(reason is not None and reason.kind == "failed" for reason in verdicts.values()),
        not_reached=sum(reason is not None and reason.kind == "not_reached" and explained(reason) for reason in verdicts.values()),
        unknown=sum(reason is not None and not explained(reason) for reason in verdicts.values()),
        advisory_passed=sum(check.state == "passed" for check in rest),
        advisory_failed=len(advisory),
        not_applicable=sum(check.state == "not_applicable" for check in rest),
        cases=sum(len(check.cases) for check in checks.values()),
    )
    return Judgement(tuple(reasons), tuple(sorted(advisory, key=lambda r: (r.order, r.check or ""))), counts)


def explained(reason: Reason) -> bool:
    """Whether a reason is a failure of the deployment, its own or that of a step it needed."""
    return reason.weight == Weight.FAILED


class _Judge:
    """Says of a required check why it does not count as passed."""

    def __init__(self, checks: Mapping[str, Check], manifest: Manifest, left_out: Mapping[str, str]) -> None:
        self._checks, self._manifest, self._left_out = checks, manifest, left_out
        # A broken step explains the checks that were not reached because of it, but only if a check reported it as a failure.
        self._explained = {(r.journey, r.step) for check in checks.values() for r in check.results if r.outcome == "failed" and r.step}

    def demands(self, key: str) -> list[Demand]:
        """What manifest and collection say about a check."""
        check, row = self._checks.get(key), self._manifest.rows.get(key)
        return [*(check.demands if check else ()), *([row] if row else [])]

    def severity(self, key: str) -> int:
        """Rank of the highest severity that anybody gives the check."""
        return min((SEVERITIES.index(demand.severity) for demand in self.demands(key)), default=SEVERITIES.index("normal"))

    def reason(self, key: str) -> Reason | None:
        """None when the check passed."""
        check = self._checks.get(key)
        if check is None:
            return self._unknown("missing", "required, and not collected: its file or function is gone, or it was left out", key)
        if check.state == "failed":
            return failure(check, Weight.FAILED, self.severity(key))
        if not check.collected:
            return self._unknown("missing", "has a result and was never collected: the ledger is incomplete", key)
        said = check.result.reason if check.result else ""
        match check.state:
            case "passed":
                return None
            case "not_reached":
                return self._not_reached(check)
            case "lost":
                why = self._left_out.get(check.worst.node)
                gone = "collected, and has no result: the process that ran it is gone"
                return self._unknown("missing", f"deselected ({why})" if why is not None else gone, key)
            case "not_applicable":
                return self._unknown("skipped", said or "said not to apply, though the environment declares what it requires", key)
            case "skipped":
                return self._unknown("skipped", f"skipped: {said}" if said else "skipped without a reason", key)
            case "errored":
                return self._unknown("errored", f"gonogo itself broke: {said}" if said else "gonogo itself broke", key)
            case _:
                return self._unknown("inconclusive", said or "could not be decided", key)

    def _not_reached(self, check: Check) -> Reason:
        missed = [r for r in check.results if r.outcome == "not_reached"]
        first = min(missed, key=lambda r: (r.at, r.node, r.phase, r.journey, r.step, r.reason))
        where = f"{first.journey}.{first.step}" if first.step else "an earlier step"
        if all((r.journey, r.step) in self._explained for r in missed):
            # After all direct failures: this one has no evidence of its own.
            return Reason("not_reached", f"not reached, because {where} broke", check.id, Weight.FAILED, (len(SEVERITIES), 0.0))
        return self._unknown("not_reached", f"not reached, because {where} broke" + (f": {first.reason}" if first.reason else ""), check.id)

    def _unknown(self, kind: str, text: str, check: str) -> Reason:
        return Reason(kind, text, check, Weight.MISSING, (self.severity(check), 0.0))
