"""Shards: whether several ledgers are the parts of one run, each there once, about the same deployment and under the same rules."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from reports.policy import Policy
from reports.reasons import Reason, ReasonKind, Weight
from reports.records import Record, RunStarted

# What the shards of one run have in common, with the words for it.
_COMMON = {
    "run": "the run",
    "shards": "the number of shards",
    "environment": "the environment",
    "environment_digest": "the environment's file",
    "tier": "the tier",
    "origin": "the origin",
    "capabilities": "the capabilities",
    "drills": "whether there are drills",
    "suite_revision": "the suites' revision",
    "checks": "the checks from outside",
    "policy": "the policy",
    "rules": "the team's rules",
    "selection": "the selection",
    "arguments": "the selection",
    "depth": "the depth",
    "version_readable": "where the version is read",
}


@dataclass(frozen=True)
class Part:
    """The ledger of one shard, or of a whole run: its records, what in it is no record, and the run record that counts (the earliest)."""

    records: tuple[Record, ...]
    damage: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[RunStarted, ...]:
        """All run records; a sound ledger has one."""
        return tuple(record for record in self.records if record.kind == "run")

    @property
    def run(self) -> RunStarted | None:
        """The earliest: a failure under its rules is one, whatever else got into the file."""
        return min(self.runs, key=lambda r: (r.started, r.model_dump_json()), default=None)

    @property
    def name(self) -> str:
        """Which shard it is, for people."""
        run = self.run
        return name(run.shard, run.shards) if run else "a ledger that does not say which shard it is"

    @property
    def order(self) -> tuple[int, int, float, str]:
        """Where it stands among the ledgers of a run, in whichever order they were given: drills last, and then what is no shard at all."""
        run = self.run
        if run is None:
            return (2, 0, 0.0, "")
        return (0 if run.shards else 1, run.shard or run.shards + 1, run.started, run.model_dump_json())


def name(shard: int, shards: int) -> str:
    """A shard for people; a run that is not sharded is `the run`."""
    if not shards:
        return "an unsharded run"
    return f"shard {shard} of {shards}" if shard else "the shard of the drills"


def agree(parts: Sequence[Part], policy: Policy) -> list[Reason]:
    """What speaks against these ledgers being one whole run. A foreign one taints: what it saw is of something else."""
    known = [(part, run) for part in parts if (run := part.run)]
    if not known:
        return []
    first_part, first = known[0]
    found: list[Reason] = []
    for part, run in known[1:]:
        for field, words in _COMMON.items():
            ours, theirs = getattr(first, field), getattr(run, field)
            if ours != theirs:
                text = f"{part.name} is of another run: {words} is {_shown(theirs)} there and {_shown(ours)} in {first_part.name}"
                found.append(Reason(ReasonKind.FOREIGN_SHARD, text, weight=Weight.TAINTED, order=(-1, run.started)))
                break
    there: dict[int, int] = defaultdict(int)
    for _, run in known:
        there[run.shard] += 1
    tier = policy.tiers.get(first.tier)
    drills = bool(tier and tier.drills and first.drills)
    if first.selection == "part":  # one that leaves out all drills needs no shard for them
        drills = drills and any(record.kind == "collected" and record.drill for part in parts for record in part.records)
    for shard in [*range(1, first.shards + 1), *([0] if drills else [])]:
        if first.shards and not there[shard]:
            text = f"{name(shard, first.shards)} is missing: no ledger of it was given, so nobody knows what it saw"
            found.append(Reason(ReasonKind.MISSING_SHARD, text, order=(-1, 0.0)))
    for shard, count in sorted(there.items()):
        if count > 1:
            text = f"{name(shard, first.shards)} is there {count} times: give the ledger of each shard once"
            found.append(Reason(ReasonKind.DUPLICATE_SHARD, text, order=(-1, 0.0)))
        if shard > first.shards:
            found.append(
                Reason(ReasonKind.FOREIGN_SHARD, f"shard {shard} is none of {first.shards}", weight=Weight.TAINTED, order=(-1, 0.0))
            )
    return found


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text[:60] or "nothing"
