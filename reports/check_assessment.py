"""Which checks were required, and how each of them ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.cases import Check, due, gather
from reports.causes import told_in_order
from reports.exemptions import Applied, Exemption, explained
from reports.manifest import Manifest
from reports.policy import Demand, TierPolicy
from reports.reasons import SEVERITIES, Reason, ReasonKind, Weight
from reports.records import ProbeRetry, Record, RunStarted
from reports.waivers import Written

_LAST = (1, 0.0)
"""Where a reason stands that has no evidence of its own: after all that were told in order."""
NAMED = 3
"""How many checks a note names; the others are counted."""


@dataclass(frozen=True)
class CheckCounts:
    """How many checks there were.

    Of the required ones: `not_reached` are those that a failed check explains, `waived` those whose failure somebody answers for, `advised`
    those whose failure a team has made advice, `unknown` those of which nobody can say whether they hold.
    `flaky` are those of the passed ones that passed only thanks to a repeated request.
    """

    collected: int = 0
    required: int = 0
    passed: int = 0
    failed: int = 0
    not_reached: int = 0
    unknown: int = 0
    advisory_passed: int = 0
    advisory_failed: int = 0
    waived: int = 0
    advised: int = 0
    flaky: int = 0
    not_applicable: int = 0
    cases: int = 0


@dataclass(frozen=True)
class CheckAssessment:
    """What the checks of a run amount to: reasons against a pass, failures that do not decide, and how many there were.

    `advisory` are failures of checks that the policy does not require; `waived` and `advised` those of required ones that are exempt.
    """

    reasons: tuple[Reason, ...]
    advisory: tuple[Reason, ...]
    waived: tuple[Reason, ...]
    advised: tuple[Reason, ...]
    exemptions: tuple[Exemption, ...]
    notes: tuple[str, ...]
    counts: CheckCounts


def failure(check: Check, weight: Weight, severity: int = 0) -> Reason:
    """The reason that a failed check gives."""
    result = check.result
    text = (result.reason if result else "") or "failed without a message"
    more = f" ({check.alike} of {len(check.cases)} cases)" if len(check.cases) > 1 else ""
    return Reason(ReasonKind.FAILED, text + more, check.id, weight, (severity, result.at if result else 0.0))


def judge(
    records: Iterable[Record], run: RunStarted, tier: TierPolicy, manifest: Manifest, rules: Sequence[Written] = (), *, shard: bool = False
) -> CheckAssessment:
    """Judge every check that the manifest, the collection or a result names.

    Waivers and advice count as on the day the run started. `shard` leaves to the other shards what is theirs.
    """
    records = tuple(records)
    left_out = {node: r.reason for r in records if r.kind == "deselected" for node in r.nodes}
    elsewhere = {node for r in records if r.kind == "elsewhere" for node in r.nodes} if shard else set()
    whole = run.selection == "whole" and not shard
    checks = gather(records, without={*(left_out if run.selection == "part" else ()), *elsewhere})
    declared = frozenset(run.capabilities)
    written = due(records, manifest)
    judge = _Judge(checks, written, left_out, [r for r in records if r.kind == "probe_retry"])
    reasons: list[Reason] = []
    undeclared = sorted(one.replace(" | ", " or ") for one in tier.capabilities if declared.isdisjoint(one.split(" | ")))
    if undeclared and whole:
        text = f"tier {run.tier} demands {', '.join(undeclared)}, which the environment does not declare: add the section to its file"
        reasons.append(Reason(ReasonKind.UNDECLARED, text))
    # Whichever of manifest and collection demands more counts, so that neither can be thinned out to make a run greener.
    known = sorted(checks.keys() | written.keys()) if whole else sorted(checks)
    required = [check for check in known if any(tier.requires(demand, declared) for demand in judge.demands(check))]
    if not required:
        reasons.append(Reason(ReasonKind.NOTHING_REQUIRED, "nothing that is required was selected, so nothing was verified"))
    verdicts = {check: judge.reason(check) for check in required}
    applied = Applied.to(verdicts, checks, rules, run)
    verdicts |= applied.changed
    if required and len(applied.excused if not whole else applied.covered) == len(required):
        text = "every check that is required is waived or advice, so nothing was verified"
        reasons.append(Reason(ReasonKind.NOTHING_REQUIRED, text))
    against = [reason for reason in verdicts.values() if reason and reason.check not in applied.excused]
    for weight in (Weight.FAILED, Weight.MISSING):
        some = [reason for reason in against if reason.weight == weight]
        reasons += told_in_order((reason for reason in some if reason.kind != ReasonKind.NOT_REACHED), checks)
        reasons += [replace(reason, order=_LAST) for reason in some if reason.kind == ReasonKind.NOT_REACHED]
    rest = [check for key, check in checks.items() if key not in verdicts]
    advisory = [failure(check, Weight.MISSING, judge.severity(check.id)) for check in rest if check.state == "failed"]
    flaky = {check: why for check, reason in verdicts.items() if reason is None and (why := judge.retried(check))}
    unwaived = {check: reason for check, reason in verdicts.items() if check not in applied.excused}
    counts = CheckCounts(
        collected=len(checks),
        required=len(required),
        passed=sum(reason is None for reason in verdicts.values()),
        failed=sum(reason is not None and reason.kind == ReasonKind.FAILED for reason in unwaived.values()),
        not_reached=sum(reason is not None and reason.kind == ReasonKind.NOT_REACHED and explained(reason) for reason in unwaived.values()),
        unknown=sum(reason is not None and not explained(reason) for reason in unwaived.values()),
        waived=len(applied.waived),
        advised=len(applied.advised),
        flaky=len(flaky),
        advisory_passed=sum(check.state == "passed" for check in rest),
        advisory_failed=len(advisory),
        not_applicable=sum(check.state == "not_applicable" for check in rest),
        cases=sum(len(check.cases) for check in checks.values()),
    )
    return CheckAssessment(
        tuple(reasons),
        _sorted(advisory),
        _sorted(applied.waived.values()),
        _sorted(applied.advised.values()),
        applied.exemptions,
        (*applied.notes, *_flaky(flaky)),
        counts,
    )


def _flaky(checks: Mapping[str, str]) -> list[str]:
    """One note per request that was repeated, with the checks that would not have passed without it."""
    by_cause: dict[str, list[str]] = {}
    for check, why in sorted(checks.items()):
        by_cause.setdefault(why, []).append(check)
    found = []
    for why, names in sorted(by_cause.items()):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        found.append(f"passed only thanks to a repeated request ({why}): {', '.join(names[:NAMED])}{more}")
    return found


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda r: (r.order, r.check or "")))


class _Judge:
    """Says of a required check why it does not count as passed."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        written: Mapping[str, tuple[Demand, ...]],
        left_out: Mapping[str, str],
        retries: Iterable[ProbeRetry],
    ) -> None:
        self._checks, self._written, self._left_out = checks, written, left_out
        self._retries = {r.check or r.journey: f"{r.probe}: {r.error}" for r in sorted(retries, key=lambda r: r.model_dump_json())}
        # A broken step explains the checks that were not reached because of it, but only if a check reported it as a failure.
        self._told = {
            (r.journey, r.step) for c in checks.values() for r in c.results if r.outcome in ("errored", "inconclusive") and r.step
        }
        self._explained = {(r.journey, r.step) for check in checks.values() for r in check.results if r.outcome == "failed" and r.step}

    def demands(self, key: str) -> list[Demand]:
        """What manifest and collection say about a check."""
        check = self._checks.get(key)
        return [*(check.demands if check else ()), *self._written.get(key, ())]

    def retried(self, key: str) -> str:
        """The request that had to be repeated for the check, by itself or by a journey that it reads; empty when there was none."""
        check = self._checks.get(key)
        journeys = {name for case in check.cases.values() for c in case.collected for name in c.journeys} if check else set()
        return next((self._retries[name] for name in (key, *sorted(journeys)) if name in self._retries), "")

    def severity(self, key: str) -> int:
        """Rank of the highest severity that anybody gives the check."""
        return min((SEVERITIES.index(demand.severity) for demand in self.demands(key)), default=SEVERITIES.index("normal"))

    def reason(self, key: str) -> Reason | None:
        """None when the check passed."""
        check = self._checks.get(key)
        if check is None:
            return self._unknown(ReasonKind.MISSING, "required, and not collected: its file or function is gone, or it was left out", key)
        if check.state == "failed":
            return failure(check, Weight.FAILED, self.severity(key))
        if not check.collected:
            return self._unknown(ReasonKind.MISSING, "has a result and was never collected: the ledger is incomplete", key)
        said = check.result.reason if check.result else ""
        match check.state:
            case "passed":
                return None
            case "not_reached":
                return self._not_reached(check)
            case "lost":
                why = self._left_out.get(check.worst.node)
                gone = "collected, and has no result: the process that ran it is gone"
                return self._unknown(ReasonKind.MISSING, f"deselected ({why})" if why is not None else gone, key)
            case "not_applicable":
                return self._unknown(ReasonKind.SKIPPED, said or "said not to apply, though the environment declares what it requires", key)
            case "skipped":
                return self._unknown(ReasonKind.SKIPPED, f"skipped: {said}" if said else "skipped without a reason", key)
            case "errored":
                return self._unknown(ReasonKind.ERRORED, f"gonogo itself broke: {said}" if said else "gonogo itself broke", key)
            case _:
                return self._unknown(ReasonKind.INCONCLUSIVE, said or "could not be decided", key)

    def _not_reached(self, check: Check) -> Reason:
        missed = [r for r in check.results if r.outcome == "not_reached"]
        first = min(missed, key=lambda r: (r.at, r.node, r.phase, r.journey, r.step, r.reason))
        where = f"{first.journey}.{first.step}" if first.step else "an earlier step"
        if all((r.journey, r.step) in self._explained for r in missed):
            # After all direct failures: this one has no evidence of its own.
            return Reason(ReasonKind.NOT_REACHED, f"not reached, because {where} broke", check.id, Weight.FAILED, (len(SEVERITIES), 0.0))
        if (first.journey, first.step) in self._told:  # by the check that reports the step
            return self._unknown(ReasonKind.NOT_REACHED, f"not reached, because {where} broke", check.id)
        cause = first.reason.rpartition(f"{where} broke: ")[2]
        return self._unknown(ReasonKind.NOT_REACHED, f"not reached, because {where} broke" + (f": {cause}" if cause else ""), check.id)

    def _unknown(self, kind: ReasonKind, text: str, check: str) -> Reason:
        return Reason(kind, text, check, Weight.MISSING, (self.severity(check), 0.0))
