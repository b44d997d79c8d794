"""Ledgers for tests: a healthy run that can be spoilt in one place at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reports.manifest import Manifest, Row, check_id, render
from reports.policy import Policy
from reports.records import (
    Collected,
    CostReported,
    Finish,
    Outcome,
    Phase,
    PhaseEnded,
    Record,
    RunStarted,
    Searched,
    Severity,
    TimingsReported,
    VersionObserved,
    seal,
)
from reports.verdict import Verdict, conclude

RUN = "run-1"
POLICY = Policy.load()
CAPABILITIES = ("health", "auth.email", "deploy.rollback")
HEALTH = "suites/health/test_answer.py::test_says_healthy"
SIGN_UP = "suites/auth/test_sign_up.py::test_visitor_becomes_a_member"
MAIL = "suites/auth/test_sign_up.py::test_confirmation_is_mailed"
HINT = "suites/health/test_hints.py::test_says_its_region"
DRILL = "suites/rollback/test_drill.py::test_goes_back_and_forward"
WEBHOOK = "suites/mail/test_webhooks.py::test_signature_is_valid"

ROWS = (
    Row(id=check_id(HEALTH), suite="health", requires=("health",), severity="blocker", smoke=True, safe_in_production=True),
    Row(id=check_id(SIGN_UP), suite="auth", requires=("auth.email",), severity="critical"),
    Row(id=check_id(MAIL), suite="auth", requires=("auth.email",), severity="normal"),
    Row(id=check_id(HINT), suite="health", requires=("health",), severity="minor", safe_in_production=True),
    Row(id=check_id(DRILL), suite="rollback", requires=("deploy.rollback",), severity="critical", drill=True),
    Row(id=check_id(WEBHOOK), suite="mail", requires=("mail.webhooks",), severity="critical"),
)
NODES = (HEALTH, SIGN_UP, MAIL, HINT, DRILL, WEBHOOK)
MANIFEST = Manifest.parse(render(ROWS))


def stamped(records: Iterable[Record]) -> list[Record]:
    """The records as a ledger would write them: with run and moment, in the order given."""
    return [r.model_copy(update={"run": r.run or RUN, "at": r.at or 1000.0 + i}) for i, r in enumerate(records)]


def sealed(records: Sequence[Record], exit_status: int = 0, *, interrupted: bool = False) -> list[Record]:
    """The records with what a ledger would write after them: the finish, and that the search for secrets found none."""
    written = stamped(records)
    count, digest = seal(written)
    name = written[0].run if written else RUN
    finish = Finish(run=name, exit_status=exit_status, interrupted=interrupted, records=count, digest=digest)
    return [*written, *(r.model_copy(update={"at": 9000.0}) for r in stamped([finish, Searched(run=name)]))]


def run(**changes: object) -> RunStarted:
    """The first record of a healthy run, with changes."""
    values: dict[str, object] = {
        "environment": "local",
        "tier": "sandbox",
        "origin": "https://staging.fm5.test",
        "selection": "whole",
        "started": 1000.0,
        "suite_revision": "abc",
        "capabilities": CAPABILITIES,
        "policy": POLICY.digest,
    }
    return RunStarted.model_validate(values | changes)


def collected(node: str, **changes: object) -> Collected:
    """A collected case, as the manifest describes its check."""
    row = MANIFEST.rows.get(check_id(node))
    known = dict(vars(row.facts)) if row else {}
    return Collected.model_validate({"check": check_id(node), "node": node, **known} | changes)


def result(node: str, outcome: Outcome = "passed", reason: str = "", phase: Phase = "call", **more: object) -> PhaseEnded:
    """How a case ended."""
    return PhaseEnded.model_validate({"check": check_id(node), "node": node, "phase": phase, "outcome": outcome, "reason": reason} | more)


def healthy(**changes: object) -> list[Record]:
    """Everything a passing run records, except for its finish. `changes` are changes to the run record."""
    records: list[Record] = [run(**changes), VersionObserved(where="before", ids=("v1",))]
    records += [collected(node) for node in NODES]
    records += [result(node) for node in (HEALTH, SIGN_UP, MAIL, HINT, DRILL)]
    records += [result(WEBHOOK, "not_applicable", "add [mail.webhooks] to environments/local.toml", phase="setup")]
    records += [CostReported(requests=40, mails=2, accounts=3), TimingsReported(wall=3.0, longest_chain=2.5, chain="joining")]
    records += [VersionObserved(where="after", ids=("v1",))]
    return records


def without(records: Iterable[Record], node: str, kind: str = "result") -> list[Record]:
    """The records without those of one kind about one case."""
    return [r for r in records if not (r.kind == kind and getattr(r, "node", None) == node)]


def ending(node: str, outcome: Outcome, reason: str = "", phase: Phase = "call", **more: object) -> list[Record]:
    """A healthy run in which one case ended otherwise."""
    return [*without(healthy(), node), result(node, outcome, reason, phase, **more)]


def judged(records: Iterable[Record], manifest: Manifest = MANIFEST, damage: Sequence[str] = ()) -> Verdict:
    """The verdict under the shipped policy."""
    return conclude(records, POLICY, manifest, damage=damage)


def manifest_with(node: str, severity: Severity) -> Manifest:
    """The manifest with another severity for one check."""
    rows = dict(MANIFEST.rows)
    key = check_id(node)
    rows[key] = rows[key].model_copy(update={"severity": severity})
    return replace(MANIFEST, rows=rows)


def kinds(verdict: Verdict) -> list[str]:
    """The slugs of its reasons, in order."""
    return [reason.kind for reason in verdict.reasons]
