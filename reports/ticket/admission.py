"""Admitting: whether a ticket opens the way for this promotion, now. Whatever is not understood is refused."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from reports.ledger import LedgerContents
from reports.reasons import Kind
from reports.ticket import canonical, envelope, window
from reports.ticket.artifacts import Described
from reports.ticket.derivation import Rows
from reports.ticket.promotion import Promotion
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.rules import Rules
from reports.ticket.statement import Gate, Statement, subjects

if TYPE_CHECKING:
    from securesystemslib.signer import Key


@dataclass(frozen=True)
class Live:
    """What is live now: the version that each answer named, and what the platform says about it where it was asked."""

    versions: tuple[str, ...]
    described: Described | None = None


def admit(
    ticket: bytes,
    reading: LedgerContents | Sequence[LedgerContents],
    promotion: Promotion,
    rules: Rules,
    *,
    keys: "Sequence[Key]",
    nonce: str,
    live: Callable[[], Live],
    clock: Callable[[], float] = time.time,
) -> Statement:
    """The statement of a ticket that counts. Raises Rejected, with the first reason against it; also for whatever else goes wrong.

    `keys` are the only ones whose signatures count, `nonce` is the id of the run that this promotion waited for, `live` asks the
    deployment which version it runs (only asked for a ticket that one of the keys has signed), `clock` gives seconds since the epoch.
    """
    try:
        statement = opened(ticket, keys)
        gate = statement.predicate.gate
        _demand_subjects(statement)
        promotion.demand(gate.target)
        _demand_live(gate, promotion, live)
        rows = Rows(reading, rules)
        now = clock()
        window.demand(gate, now, rows.longest)
        _demand_rules(statement, rules, now)
        _demand_rows(gate, rows, nonce)
        _demand_pass(statement, rows)
        expected = rows.statement(promotion)
    except Rejected:
        raise
    except Exception as error:
        raise Rejected(Rejection.UNEXPECTED, f"it could not be examined ({type(error).__name__}): it does not count") from error
    if expected.payload != statement.payload:
        where = _difference(expected.model_dump(mode="json"), statement.model_dump(mode="json"))
        raise Rejected(Rejection.STATEMENT, f"it says something else than the rows of the run at {where}: it is not one of ours")
    return statement


def opened(ticket: bytes, keys: "Sequence[Key]") -> Statement:
    """The statement inside of an envelope that one of the keys has signed. Raises Rejected."""
    payload = envelope.unseal(ticket, keys)
    try:
        canonical.parse(payload)
    except ValueError:
        raise Rejected(Rejection.PAYLOAD, "what was signed is not JSON in its canonical form: it is not one of ours") from None
    try:
        statement = Statement.parse(payload)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        if any(problem["loc"][-2:] == ("target", "worker") for problem in problems):
            text = "an earlier gonogo signed it, with `worker` in the place of `service`: verify and sign again with this one"
            raise Rejected(Rejection.SCHEMA, text) from None
        first = problems[0]
        where = ".".join(map(str, first["loc"])) or "the statement"
        raise Rejected(Rejection.SCHEMA, f"what was signed is not the statement of a ticket: {where}: {first['msg']}") from None
    if statement.payload != payload:
        raise Rejected(Rejection.SCHEMA, "what was signed is not the statement of a ticket: it can be read in two ways")
    return statement


def _demand_subjects(statement: Statement) -> None:
    if statement.subject != subjects(statement.target):
        raise Rejected(Rejection.SUBJECT, "its subjects are not those of the target it describes: it is not one of ours")


def _demand_live(gate: Gate, promotion: Promotion, live: Callable[[], Live]) -> None:
    try:
        now = live()
    except Rejected:
        raise
    except Exception as error:
        text = f"the live version cannot be read ({str(error) or type(error).__name__}): without it no ticket counts"
        raise Rejected(Rejection.LIVE_UNREADABLE, text) from error
    seen = sorted(set(now.versions))
    if not any(seen):
        raise Rejected(Rejection.LIVE_UNREADABLE, "no live answer named its version: without it no ticket counts")
    if len(seen) > 1:
        raise Rejected(
            Rejection.LIVE_MIXED, f"{len(seen)} versions are live ({', '.join(map(repr, seen))}): wait for one, and verify again"
        )
    if tuple(seen) != gate.target.versions:
        verified = " and ".join(gate.target.versions) or "none"
        raise Rejected(
            Rejection.LIVE_VERSION, f"version {seen[0]} is live, the ticket is for {verified}: somebody deployed since, verify again"
        )
    if now.described is not None:
        now.described.demand(promotion.asked, seen, promotion.artifacts)


def _demand_rules(statement: Statement, rules: Rules, now: float) -> None:
    said = statement.predicate
    rules.demand_suite(said.configured("suite"))
    own = ((Rejection.POLICY, rules.policy.digest), (Rejection.MANIFEST, rules.manifest.digest), (Rejection.LOCKFILE, rules.lockfile))
    for reason, ours in own:
        theirs = said.configured(reason.value)
        if theirs != ours:
            text = f"it was made under the {reason.value} {theirs[:16] or 'none'}, this checkout has {ours[:16]}: use one revision for both"
            raise Rejected(reason, text)
    rules.demand_team(said.configured("rules"))
    window.demand_unexpired(said.gate, now)


def _demand_rows(gate: Gate, rows: Rows, nonce: str) -> None:
    if gate.nonce != nonce:
        raise Rejected(
            Rejection.NONCE, f"it is for the run {gate.nonce}, this promotion waited for {nonce}: a ticket is used by its own run"
        )
    if gate.results != rows.results:
        raise Rejected(Rejection.RESULTS, "the ledger is not the one it was made from: give it the ledger of the same run, unchanged")


def _demand_pass(statement: Statement, rows: Rows) -> None:
    said, found = statement.predicate, rows.verdict
    if said.gate.verdict != found.kind.value:
        why = f" ({found.reasons[0]})" if found.reasons else ""
        raise Rejected(Rejection.VERDICT, f"it says {said.gate.verdict}, the rows of the run say {found.kind.value}{why[:200]}")
    if said.gate.verdict != Kind.PASS.value or said.result != "PASSED" or said.failed_tests:
        text = f"it says {said.gate.verdict}, {said.result}, {len(said.failed_tests)} required checks not passed: only a pass opens the way"
        raise Rejected(Rejection.NOT_PASSED, text)
    rows.worthy()
    missing = sorted(set(rows.ended.passed) - set(said.passed_tests))
    if missing:
        raise Rejected(Rejection.REQUIRED, f"it does not say that {missing[0]} passed, which is required ({len(missing)} such checks)")


def _difference(expected: Any, said: Any, where: str = "") -> str:
    """The path of the first value in which two plain values differ."""
    if isinstance(expected, dict) and isinstance(said, dict):
        pairs = [(f"{where}.{key}", expected.get(key), said.get(key)) for key in sorted(expected.keys() | said.keys())]
    elif isinstance(expected, list) and isinstance(said, list) and len(expected) == len(said):
        pairs = [(f"{where}.{index}", *both) for index, both in enumerate(zip(expected, said, strict=True))]
    else:
        return where.lstrip(".")
    return next((_difference(ours, theirs, path) for path, ours, theirs in pairs if ours != theirs), where.lstrip("."))
