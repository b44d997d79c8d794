"""The words of a verdict: how a run can end, why, and what a reason weighs."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

SEVERITIES = ("blocker", "critical", "normal", "minor", "trivial")


class Kind(StrEnum):
    """The conclusions a run can end in."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INTERRUPTED = "interrupted"
    USAGE = "usage"
    LEAK = "leak"

    @property
    def exit_code(self) -> int:
        """The exit code of a process that ends with this conclusion."""
        return _EXIT_CODES[self]


_EXIT_CODES = {Kind.PASS: 0, Kind.FAIL: 1, Kind.INTERRUPTED: 2, Kind.INCONCLUSIVE: 3, Kind.USAGE: 4, Kind.LEAK: 6}


class Weight(IntEnum):
    """What a reason weighs. The lowest number decides: a leak hides everything, what is missing hides nothing."""

    LEAK = 0
    INTERRUPTED = 1
    USAGE = 2
    TAINTED = 3
    FAILED = 4
    MISSING = 5

    @property
    def kind(self) -> Kind:
        """The conclusion that a reason of this weight leads to."""
        return _CONCLUSIONS[self]


_CONCLUSIONS = {
    Weight.LEAK: Kind.LEAK,
    Weight.INTERRUPTED: Kind.INTERRUPTED,
    Weight.USAGE: Kind.USAGE,
    Weight.TAINTED: Kind.INCONCLUSIVE,
    Weight.FAILED: Kind.FAIL,
    Weight.MISSING: Kind.INCONCLUSIVE,
}


class ReasonKind(StrEnum):
    """What speaks against a pass: the words of verdict.json, of the runbooks and of what a fault in the catalogue expects."""

    # The ledgers: whether they are complete, and of one run under one set of rules.
    EMPTY = "empty"
    DAMAGED = "damaged"
    NO_RUN = "no_run"
    SEVERAL_RUNS = "several_runs"
    FOREIGN = "foreign"
    POLICY = "policy"
    RULES = "rules"
    MANIFEST = "manifest"
    UNFINISHED = "unfinished"
    FINISHED_TWICE = "finished_twice"
    UNSEARCHED = "unsearched"
    BROKEN_SEAL = "broken_seal"
    ENDED_BADLY = "ended_badly"
    MISSING_SHARD = "missing_shard"
    DUPLICATE_SHARD = "duplicate_shard"
    FOREIGN_SHARD = "foreign_shard"
    # The run, as its user ended it.
    INTERRUPTED = "interrupted"
    USAGE = "usage"
    LEAK = "leak"
    # What stood between gonogo and the deployment: the words of the ledger's `trouble`.
    WALL = "wall"
    CHALLENGE = "challenge"
    NO_NETWORK = "no_network"
    THIRD_PARTY = "third_party"
    UNREACHABLE = "unreachable"
    NO_DEPLOYMENT = "no_deployment"
    PLATFORM_ERROR = "platform_error"
    # The version that answered.
    VERSION_UNKNOWN = "version_unknown"
    VERSION_MIXED = "version_mixed"
    VERSION_CHANGED = "version_changed"
    NOT_RESTORED = "not_restored"
    # gonogo's own processes, and the bounds of the policy.
    WORKER_LOST = "worker_lost"
    COLLECTION_ERROR = "collection_error"
    COST = "cost"
    FLAKY = "flaky"
    TOO_LONG = "too_long"
    RESIDUE = "residue"
    # What was required, and how it ended.
    UNDECLARED = "undeclared"
    NOTHING_REQUIRED = "nothing_required"
    FAILED = "failed"
    NOT_REACHED = "not_reached"
    MISSING = "missing"
    SKIPPED = "skipped"
    ERRORED = "errored"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"
    ADVICE = "advice"


@dataclass(frozen=True)
class Reason:
    """Why the verdict is not a pass: its kind, a sentence, and the check it is about, if it is about one.

    `order` sorts reasons of one weight: by severity, then by the moment.
    """

    kind: ReasonKind
    text: str
    check: str | None = None
    weight: Weight = Weight.MISSING
    order: tuple[int, float] = (0, 0.0)

    def __str__(self) -> str:
        return f"{self.check}: {self.text}" if self.check else self.text
