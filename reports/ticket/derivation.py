"""From the rows of a ledger to the one statement that they allow about what is to be promoted."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from reports.cases import due, gather
from reports.ledger import LedgerContents
from reports.reasons import Kind
from reports.records import Finish, RunStarted
from reports.shards import Part
from reports.ticket.promotion import Promotion
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.rules import Rules, outside
from reports.ticket.statement import (
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    AppliedExemption,
    Counts,
    Gate,
    Predicate,
    Results,
    Statement,
    Target,
    moment,
    subjects,
)
from reports.ticket.window import expiry
from reports.verdict import Verdict, conclude_shards, sharded

# What stands in a ledger for an answer that names no version.
NO_VERSION = frozenset({"", "none", "None", "unknown", "undefined", "null"})


@dataclass(frozen=True)
class Ended:
    """Check ids: required and passed, required and not passed, others that ran and did not pass, and failures that somebody answers for."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    exempt: tuple[str, ...] = ()

    @property
    def required(self) -> int:
        """How many checks were required."""
        return len(self.passed) + len(self.failed) + len(self.exempt)


class Rows:
    """The rows of one run, of one ledger or of those of all its shards, judged by the given rules."""

    def __init__(self, reading: LedgerContents | Sequence[LedgerContents], rules: Rules) -> None:
        self._rules = rules
        parts = [reading] if isinstance(reading, LedgerContents) else list(reading)
        self.verdict: Verdict = conclude_shards(parts, rules.policy, rules.manifest)
        self._sharded = sharded(parts)
        # The same rows in the same order, in whichever order the ledgers were given.
        sorted_parts = sorted((Part(part.records, part.damage) for part in parts), key=lambda part: part.order)
        self._records = tuple(record for part in sorted_parts for record in part.records)

    @cached_property
    def results(self) -> Results:
        """How many rows there are, and their digests."""
        everything = hashlib.sha256("\n".join(record.model_dump_json() for record in self._records).encode()).hexdigest()
        return Results(rows=len(self._records), sealed=self.verdict.results_digest, ledger=everything)

    @property
    def run(self) -> RunStarted:
        """The record that says which run this is; of shards, the one that started first. Raises Rejected when there is none."""
        some = [record for record in self._records if record.kind == "run"]
        if not some or (len(some) > 1 and not self._sharded):
            raise Rejected(
                Rejection.NOT_PASSED, f"the ledger holds {len(some)} run records instead of one: name the ledger of one whole run"
            )
        return min(some, key=lambda run: (run.started, run.shard))

    @property
    def finish(self) -> Finish:
        """The record that ends and seals it, of shards the last one. Raises Rejected unless each ledger has exactly one."""
        some = [record for record in self._records if record.kind == "finish" and record.of == "main"]
        runs = sum(record.kind == "run" for record in self._records)
        if not some or len(some) != runs:
            raise Rejected(
                Rejection.NOT_PASSED, f"the ledger holds {len(some)} final records instead of {runs or 1}: the run was not finished"
            )
        return max(some, key=lambda finish: finish.at)

    @property
    def longest(self) -> float:
        """How many seconds the policy allows such a run to take. Raises Rejected when it does not say."""
        tier = self._rules.policy.tiers.get(self.run.tier)
        if tier is None:
            raise Rejected(Rejection.POLICY, f"the policy does not say what tier {self.run.tier} demands: add it to policy.toml")
        return tier.limits.run_seconds

    @cached_property
    def ended(self) -> Ended:
        """What is required by manifest, collection and policy, and how it ended; counted again, apart from the verdict's own counts."""
        checks = gather(self._records)
        tier, declared = self._rules.policy.tiers[self.run.tier], frozenset(self.run.capabilities)
        passed: list[str] = []
        failed: list[str] = []
        warned: list[str] = []
        written, exempt = due(self._records, self._rules.manifest), self.verdict.exempt
        for key in sorted(checks.keys() | written.keys()):
            check = checks.get(key)
            demands = [*(check.demands if check else ()), *written.get(key, ())]
            fine = check is not None and check.collected and check.state == "passed"
            if key in exempt:
                warned.append(key)
            elif any(tier.requires(demand, declared) for demand in demands):
                (passed if fine else failed).append(key)
            elif check is not None and not fine and check.state != "not_applicable":
                warned.append(key)
        return Ended(tuple(passed), tuple(failed), tuple(warned), tuple(sorted(exempt)))

    def demand_rules(self) -> None:
        """Raises Rejected unless the run, in all of its shards, was made under the team's rules that it is judged by."""
        for record in self._records:
            if record.kind == "run":
                self._rules.demand_team(record.rules)

    def worthy(self) -> None:
        """Raises Rejected unless this is the pass of a whole run, about one version that was read."""
        verdict = self.verdict
        if verdict.kind is not Kind.PASS:
            text = f"the verdict is {verdict.kind.value} ({_first(verdict)}): only a pass opens the way"
            raise Rejected(Rejection.NOT_PASSED, text)
        if verdict.part:
            raise Rejected(Rejection.PART, "only a part of the checks was run: run all of them, without -k, -m or single files")
        identity = verdict.identity
        if identity.state == "undeclared":
            text = f"{verdict.environment} does not say where its version can be read: add [version] to its file and run again"
            raise Rejected(Rejection.VERSION, text)
        if identity.state != "unchanged" or len(identity.ids) != 1 or identity.ids[0] in NO_VERSION:
            seen = " and ".join(identity.ids) or "none"
            text = f"the version could not be read ({seen}, {identity.state}): the deployment must name it in every answer"
            raise Rejected(Rejection.VERSION, text)
        counted = (self.ended.required, len(self.ended.passed))
        if self.ended.failed or counted != (verdict.counts.required, verdict.counts.passed):
            text = f"{counted[1]} of {counted[0]} required checks passed, first open {next(iter(self.ended.failed), 'none')}"
            raise Rejected(Rejection.REQUIRED, text)

    def statement(self, promotion: Promotion) -> Statement:
        """The one statement about this run and this promotion. Raises Rejected when the two do not belong together."""
        run, kind, ended = self.run, self.verdict.kind, self.ended
        platform, service = promotion.platform
        target = Target(
            environment=run.environment,
            tier=run.tier,
            origin=run.origin,
            capabilities=tuple(sorted(run.capabilities)),
            declaration=run.environment_digest,
            platform=platform,
            service=service,
            wrangler_env=promotion.wrangler_env,
            versions=self.verdict.identity.ids,
            new=promotion.new,
            changed=promotion.changed,
            promotes=promotion.promotes,
            destination=promotion.destination,
            commit=promotion.commit,
            repository=promotion.repository,
            artifacts=promotion.artifacts,
        )
        promotion.demand(target)
        self._rules.demand_suite(run.suite_revision)
        finished = moment(self.finish.at)
        gate = Gate(
            verdict=kind.value,
            depth=run.depth,
            target=target,
            started=moment(run.started),
            finished=finished,
            expires=expiry(finished),
            nonce=run.run,
            counts=Counts(required=ended.required, passed=len(ended.passed)),
            results=self.results,
            applied=tuple(AppliedExemption(**asdict(exemption)) for exemption in self.verdict.exemptions),
        )
        predicate = Predicate(
            result="PASSED" if kind is Kind.PASS else "FAILED",
            configuration=(*self._rules.configuration(), *outside(run.checks)),
            passed_tests=ended.passed,
            warned_tests=ended.warned,
            failed_tests=ended.failed,
            gate=gate,
        )
        return Statement(type=STATEMENT_TYPE, subject=subjects(target), predicate_type=PREDICATE_TYPE, predicate=predicate)


def _first(verdict: Verdict) -> str:
    return str(verdict.reasons[0])[:200] if verdict.reasons else "without a reason"
