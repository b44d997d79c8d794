"""The verdict: what a ledger allows to say about a deployment, under a policy and with the list of checks that were due.

`conclude` is a pure function of records, policy and manifest. It fails closed: whatever it does not understand, or misses, ends in
`inconclusive`, and only a complete and sealed ledger in which every required check passed is a `pass`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reports.cases import gather
from reports.findings import events, integrity, limits, notes
from reports.identity import Identity, observe
from reports.judgement import Counts, Judgement, failure, judge
from reports.manifest import Manifest
from reports.policy import Policy
from reports.reasons import Kind, Reason, Weight
from reports.records import Cost, Record, Run, Timings, seal

__all__ = ["Counts", "Identity", "Kind", "Reason", "Verdict", "Weight", "conclude"]


@dataclass(frozen=True)
class Verdict:
    """The conclusion, its reasons (first the one that decides), and what a summary needs to know about the run.

    `observed` are failed checks that do not decide: what was seen is unusable, or the run was interrupted. `advisory` are failures of
    checks that the policy does not require. `notes` are facts worth a line: retries, residue.
    """

    kind: Kind
    exit_code: int
    reasons: tuple[Reason, ...] = ()
    counts: Counts = field(default_factory=Counts)
    observed: tuple[Reason, ...] = ()
    advisory: tuple[Reason, ...] = ()
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
    manifest_digest: str = ""
    results_digest: str = ""
    identity: Identity = field(default_factory=Identity)
    cost: Cost = field(default_factory=Cost)
    timings: Timings | None = None

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain data, for verdict.json."""

        def reasons(some: Iterable[Reason]) -> list[dict[str, Any]]:
            return [{"kind": r.kind, "check": r.check, "text": r.text} for r in some]

        plain = asdict(self) | {"kind": self.kind.value, "identity": asdict(self.identity)}
        for name in ("reasons", "observed", "advisory"):
            plain[name] = reasons(getattr(self, name))
        plain["cost"] = {name: getattr(self.cost, name) for name in ("requests", "mails", "accounts", "objects")}
        plain["timings"] = self.timings.model_dump(include={"wall", "longest_chain", "chain", "pacing_bound"}) if self.timings else None
        return plain


def conclude(records: Iterable[Record], policy: Policy, manifest: Manifest, *, damage: Sequence[str] = ()) -> Verdict:
    """Conclude over the records of one run. `damage` is what the reader of the ledger found in it that is no record."""
    records = tuple(records)
    runs = [record for record in records if record.kind == "run"]
    reasons = [Reason("damaged", text) for text in damage]
    if not records:
        reasons.append(Reason("empty", "the ledger is empty: nothing was recorded, so nothing is known"))
    elif not runs:
        reasons.append(Reason("no_run", "the ledger does not say which run it belongs to (no run record): it is incomplete"))
    elif len(runs) > 1:
        reasons.append(Reason("several_runs", f"the ledger holds {len(runs)} run records: give every run a ledger of its own"))
    # Of several the earliest: a failure under its rules is one, whatever else got into the file.
    run = min(runs, key=lambda r: (r.started, r.model_dump_json()), default=None)
    tier = policy.tiers.get(run.tier) if run else None
    reasons += integrity(records, run, policy, manifest)
    identity, found = observe(records, readable=run.version_readable if run else True)
    reasons += found
    reasons += events(records)
    judged = None
    if run and tier:
        judged = judge(records, run, tier, manifest)
        reasons += [*judged.reasons, *limits(records, tier)]
    else:  # nobody knows what was required, but a failure is still worth seeing
        reasons += [failure(check, Weight.MISSING) for check in gather(records).values() if check.state == "failed"]
    return _verdict(reasons, records, run, identity, judged, policy, manifest)


def _verdict(
    reasons: list[Reason],
    records: tuple[Record, ...],
    run: Run | None,
    identity: Identity,
    judged: Judgement | None,
    policy: Policy,
    manifest: Manifest,
) -> Verdict:
    decisive = min((reason.weight for reason in reasons), default=None)
    kind = decisive.kind if decisive is not None else Kind.PASS
    usable = decisive is None or decisive >= Weight.FAILED
    ordered = sorted(set(reasons), key=lambda r: (r.weight, r.order, r.check or "", r.text))
    costs = [record for record in records if record.kind == "cost"]
    cost = Cost(**{name: sum(getattr(c, name) for c in costs) for name in ("requests", "mails", "accounts", "objects")})
    return Verdict(
        kind=kind,
        exit_code=kind.exit_code,
        reasons=tuple(r for r in ordered if usable or r.weight != Weight.FAILED),
        counts=judged.counts if judged else Counts(),
        observed=() if usable else tuple(r for r in ordered if r.weight == Weight.FAILED),
        advisory=judged.advisory if judged else (),
        notes=tuple(notes(records)),
        part=bool(run and run.selection == "part"),
        run=run.run if run else "",
        environment=run.environment if run else "",
        tier=run.tier if run else "",
        origin=run.origin if run else "",
        arguments=run.arguments if run else "",
        started=run.started if run else 0.0,
        suite_revision=run.suite_revision if run else "",
        policy_digest=policy.digest,
        manifest_digest=manifest.digest,
        results_digest=seal(records)[1],
        identity=identity,
        cost=cost,
        timings=_timings([record for record in records if record.kind == "timings"]),
    )


def _timings(parts: Sequence[Timings]) -> Timings | None:
    """The time of the whole run: workers play beside each other, so the longest of each figure counts."""
    if not parts:
        return None
    longest = max(parts, key=lambda part: part.longest_chain)
    bound, wall = max(part.pacing_bound for part in parts), max(part.wall for part in parts)
    return longest.model_copy(update={"wall": wall, "pacing_bound": bound})
