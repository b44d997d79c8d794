"""The verdict: what a ledger allows to say about a deployment, under a policy and with the list of checks that were due.

`conclude` is a pure function of records, policy and manifest. It fails closed: whatever it does not understand, or misses, ends in
`inconclusive`, and only a complete and sealed ledger in which every required check passed is a `pass`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from reports.cases import gather
from reports.check_assessment import CheckAssessment, CheckCounts, failure, judge
from reports.exemptions import Exemption
from reports.identity import VersionIdentity, observe, together
from reports.ledger import LedgerContents
from reports.manifest import Manifest
from reports.policy import Policy
from reports.reasons import Kind, Reason, ReasonKind, Weight
from reports.records import CostReported, Record, RunStarted, TimingsReported, seal
from reports.run_assessment import events, integrity, limits, notes, timings
from reports.shards import Part, agree

__all__ = ["CheckCounts", "Kind", "Reason", "ReasonKind", "Verdict", "VersionIdentity", "Weight", "conclude", "conclude_shards", "sharded"]


@dataclass(frozen=True)
class Verdict:
    """The conclusion, its reasons (first the one that decides), and what a summary needs to know about the run.

    `observed` are failed checks that do not decide: what was seen is unusable, or the run was interrupted. `advisory` are failures of
    checks that the policy does not require, `waived` those that somebody answers for, `advised` those that a team has made advice, and
    `exemptions` what was applied to the latter two: who, why, until when. `notes` are facts worth a line: retries, residue, waivers that
    nobody needs. `rules_digest` is that of the team's rules, empty without.
    """

    kind: Kind
    exit_code: int
    reasons: tuple[Reason, ...] = ()
    counts: CheckCounts = field(default_factory=CheckCounts)
    observed: tuple[Reason, ...] = ()
    advisory: tuple[Reason, ...] = ()
    waived: tuple[Reason, ...] = ()
    advised: tuple[Reason, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    notes: tuple[str, ...] = ()
    part: bool = False
    run: str = ""
    environment: str = ""
    tier: str = ""
    origin: str = ""
    arguments: str = ""
    started: float = 0.0
    suite_revision: str = ""
    policy_digest: str = ""
    rules_digest: str = ""
    manifest_digest: str = ""
    results_digest: str = ""
    identity: VersionIdentity = field(default_factory=VersionIdentity)
    cost: CostReported = field(default_factory=CostReported)
    timings: TimingsReported | None = None

    @property
    def exempt(self) -> dict[str, Reason]:
        """The failures that somebody answers for, by their checks."""
        return {reason.check: reason for reason in (*self.waived, *self.advised) if reason.check}

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain data, for verdict.json."""

        def reasons(some: Iterable[Reason]) -> list[dict[str, Any]]:
            return [{"kind": r.kind.value, "check": r.check, "text": r.text} for r in some]

        plain = asdict(self) | {"kind": self.kind.value, "identity": asdict(self.identity)}
        for name in ("reasons", "observed", "advisory", "waived", "advised"):
            plain[name] = reasons(getattr(self, name))
        plain["cost"] = {name: getattr(self.cost, name) for name in ("requests", "mails", "accounts", "objects")}
        plain["timings"] = self.timings.model_dump(include={"wall", "longest_chain", "chain", "pacing_bound"}) if self.timings else None
        return plain


def conclude(records: Iterable[Record], policy: Policy, manifest: Manifest, *, damage: Sequence[str] = (), shard: bool = False) -> Verdict:
    """Conclude over the records of one ledger. `damage` is what the reader of the ledger found in it that is no record.

    The ledger of a shard is a part of a run, and without the others inconclusive; with `shard` it gets the result of this part.
    """
    return _conclude((Part(tuple(records), tuple(damage)),), policy, manifest, shard=shard)


def conclude_shards(readings: Iterable[LedgerContents], policy: Policy, manifest: Manifest) -> Verdict:
    """Conclude over the ledgers of all shards of one run, in any order: a missing, duplicate or foreign one is named, and is no pass."""
    return _conclude(tuple(Part(reading.records, reading.damage) for reading in readings), policy, manifest)


def sharded(readings: Iterable[LedgerContents]) -> bool:
    """Whether any of these ledgers is that of a shard: then they are only worth something together."""
    return any(record.kind == "run" and record.shards for reading in readings for record in reading.records)


def _conclude(parts: Sequence[Part], policy: Policy, manifest: Manifest, *, shard: bool = False) -> Verdict:
    parts = sorted(parts, key=lambda part: part.order)
    records = tuple(record for part in parts for record in part.records)
    run = next((part.run for part in parts if part.run), None)
    tier = policy.tiers.get(run.tier) if run else None
    reasons = [] if shard else agree(parts, policy)
    reasons += [] if parts else [Reason(ReasonKind.EMPTY, "no ledger was given: nothing was recorded, so nothing is known")]
    for part in parts:
        reasons += _named(_of_part(part, policy, manifest), part, parts)
    seen = [observe(part.records, readable=part.run.version_readable if part.run else True) for part in parts]
    for part, (_, found) in zip(parts, seen, strict=True):
        reasons += _named(found, part, parts)
    identity, found = together([identity for identity, _ in seen])
    reasons += [*found, *events(records)]
    judged = None
    if run and tier:
        judged = judge(records, run, tier, manifest, policy.written, shard=shard and bool(run.shards))
        reasons += [*judged.reasons, *limits(records, tier)]
    else:  # nobody knows what was required, but a failure is still worth seeing
        reasons += [failure(check, Weight.MISSING) for check in gather(records).values() if check.state == "failed"]
    return _verdict(reasons, records, run, identity, judged, policy, manifest, shard=shard)


def _of_part(part: Part, policy: Policy, manifest: Manifest) -> list[Reason]:
    """Whether a ledger is complete."""
    reasons = [Reason(ReasonKind.DAMAGED, text) for text in part.damage]
    if not part.records:
        reasons.append(Reason(ReasonKind.EMPTY, "the ledger is empty: nothing was recorded, so nothing is known"))
    elif not part.runs:
        reasons.append(Reason(ReasonKind.NO_RUN, "the ledger does not say which run it belongs to (no run record): it is incomplete"))
    elif len(part.runs) > 1:
        reasons.append(
            Reason(ReasonKind.SEVERAL_RUNS, f"the ledger holds {len(part.runs)} run records: give every run a ledger of its own")
        )
    return reasons + integrity(part.records, part.run, policy, manifest)


def _named(reasons: Iterable[Reason], part: Part, parts: Sequence[Part]) -> list[Reason]:
    """With several ledgers a reason says which one it is about."""
    return [replace(reason, text=f"{part.name}: {reason.text}") for reason in reasons] if len(parts) > 1 else list(reasons)


def _verdict(
    reasons: list[Reason],
    records: tuple[Record, ...],
    run: RunStarted | None,
    identity: VersionIdentity,
    judged: CheckAssessment | None,
    policy: Policy,
    manifest: Manifest,
    *,
    shard: bool,
) -> Verdict:
    decisive = min((reason.weight for reason in reasons), default=None)
    kind = decisive.kind if decisive is not None else Kind.PASS
    usable = decisive is None or decisive >= Weight.FAILED
    ordered = sorted(set(reasons), key=lambda r: (r.weight, r.order, r.check or "", r.text))
    costs = [record for record in records if record.kind == "cost"]
    cost = CostReported(**{name: sum(getattr(c, name) for c in costs) for name in ("requests", "mails", "accounts", "objects")})
    alone = shard and run is not None and run.shards > 0
    chosen = f"--shard {run.shard or 'drills'}/{run.shards} {run.arguments}".strip() if run and alone else run.arguments if run else ""
    return Verdict(
        kind=kind,
        exit_code=kind.exit_code,
        reasons=tuple(r for r in ordered if usable or r.weight != Weight.FAILED),
        counts=judged.counts if judged else CheckCounts(),
        observed=() if usable else tuple(r for r in ordered if r.weight == Weight.FAILED),
        advisory=judged.advisory if judged else (),
        waived=judged.waived if judged else (),
        advised=judged.advised if judged else (),
        exemptions=judged.exemptions if judged else (),
        notes=(*(judged.notes if judged else ()), *notes(records)),
        part=alone or bool(run and run.selection == "part"),
        run=run.run if run else "",
        environment=run.environment if run else "",
        tier=run.tier if run else "",
        origin=run.origin if run else "",
        arguments=chosen,
        started=min((r.started for r in records if r.kind == "run"), default=0.0),
        suite_revision=run.suite_revision if run else "",
        policy_digest=policy.digest,
        rules_digest=policy.team.digest if policy.team else "",
        manifest_digest=manifest.digest,
        results_digest=seal(records)[1],
        identity=identity,
        cost=cost,
        timings=timings(records),
    )
