"""Outcomes: what the end of a check says about the deployment, and the ledger's record of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

import pytest

from base.plain_text import plain, plain_lines
from clients import errors as client_errors
from fixtures.throttling import advice
from gonogo.plugin.selection import SKIPPED_FOR, SkipReason, node_of
from gonogo.run.state import Role, Run, run_of
from journeys import BudgetExceeded, Contradicted, DeadlineExceeded, Falsified, NotReached, Record, RunOverdue, StepBroke, reading
from reports.manifest import check_id
from reports.records import PhaseEnded, WorkerLost

LONGEST = 4000
CONTINUED = "    "
# Resend's words for a key of ours that is of no use (https://resend.com/docs/api-reference/errors); the deployment's own never shows.
OWN_KEY = frozenset({"missing_api_key", "invalid_api_key", "restricted_api_key"})
HINTS = {
    "INVALID_ORIGIN": "The deployment does not take its own address for its origin: is its base URL or trustedOrigins another?",
    "EMAIL_NOT_VERIFIED": "The address does not count as confirmed: does auth.email.verification say what is deployed?",
}
ENDED: pytest.StashKey[dict[str, str]] = pytest.StashKey()
MISSED: pytest.StashKey[dict[tuple[str, str], str]] = pytest.StashKey()

# What a deployment did or did not do. Anything else that ends a check is gonogo's own trouble, or nobody's.
DEPLOYMENTS_FAULT = (
    AssertionError,
    client_errors.Refusal,
    client_errors.Malformed,
    client_errors.Unclear,
    client_errors.Overdue,
    Contradicted,
    DeadlineExceeded,
)
NOBODY_KNOWS = (
    client_errors.Inconclusive,
    BudgetExceeded,
    RunOverdue,
    client_errors.Unreachable,
    client_errors.Unavailable,
    client_errors.Cancelled,
    client_errors.PlatformTrouble,
)


def outcome_of(error: BaseException) -> str:
    """What an exception that ended a check or a step means for the verdict."""
    if isinstance(error, StepBroke):
        return outcome_of(error.error)
    if isinstance(error, NotReached):
        return SkipReason.NOT_REACHED.value
    if isinstance(error, Falsified):  # whatever ends an example falsifies the property, also a budget that is used up, or our own mistake
        return outcome_of(error.error)
    if isinstance(error, client_errors.Refusal) and (error.status == 429 or error.code in OWN_KEY):
        return "inconclusive"
    if isinstance(error, NOBODY_KNOWS):
        return "inconclusive"
    return "failed" if isinstance(error, DEPLOYMENTS_FAULT) else "errored"


def called(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Lets a check read records under its name, and says in one message what broke where."""
    try:
        with reading(node_of(pyfuncitem.nodeid)):
            return (yield)
    except NotReached as reason:
        pyfuncitem.stash[ENDED] = {
            "outcome": SkipReason.NOT_REACHED.value,
            "reason": str(reason),
            "journey": reason.cause_journey,
            "step": reason.cause_step,
        }
        pyfuncitem.config.stash.setdefault(MISSED, {}).setdefault((reason.cause_journey, reason.cause_step), node_of(pyfuncitem.nodeid))
        raise pytest.skip.Exception(f"not reached: {reason}") from None
    except StepBroke as broke:
        outcome, run = outcome_of(broke), run_of(pyfuncitem.config)
        throttled = advice(broke.error, run.environment) if run and isinstance(broke.error, client_errors.Refusal) else ""
        pyfuncitem.stash[ENDED] = {
            "outcome": outcome,
            "reason": " ".join(f"{_message(broke)} {throttled}".split())[:1000],
            "journey": broke.journey,
            "step": broke.step,
        }
        if outcome == "failed":
            raise pytest.fail.Exception(_message(broke), pytrace=False) from None
        raise
    except AssertionError as error:
        # Without its source: what was asserted stands in the message, and Python 3.11 cannot parse a source file while another
        # thread parses one (the "AST constructor recursion depth mismatch" of Hypothesis in a journey beside a failing check).
        raise pytest.fail.Exception(sentence(error), pytrace=False) from None
    except NOBODY_KNOWS as error:
        pyfuncitem.stash[ENDED] = {"outcome": "inconclusive", "reason": " ".join(str(error).split())}
        raise


def _message(broke: StepBroke) -> str:
    error = broke.error
    name = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    text = sentence(error) if isinstance(error, AssertionError) else str(error)
    hint = next((f"\n{hint}" for code, hint in HINTS.items() if isinstance(error, client_errors.Refusal) and error.code == code), "")
    return f"{broke.journey}.{broke.step} broke: {name}{text}{hint}"


def sentence(error: AssertionError) -> str:
    """What an assertion says: its own sentence where it has one (pytest appends the values, which may be secret or endless)."""
    said, compared, values = str(error).partition("\nassert ")
    text = said if compared or not said.startswith("assert ") else said + values
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def reported(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Attaches the outcome to the report, so that the process that owns the run can write it down; where that is this one, it does."""
    noted: dict[str, str] = item.stash.get(ENDED, {})
    ended = {**noted} if call.when == "call" else {}
    if call.excinfo and not ended:  # also where a plugin has made a passed report of it
        ended = _ended(item, call, call.excinfo.value)
    elif report.passed and not call.excinfo:
        ended["outcome"] = "passed"
    report.gonogo = ended  # type: ignore[attr-defined]
    run = run_of(item.config)
    if run is not None:
        hide(report, run.secrets.redact)
        if run.role is not Role.WORKER:
            record(run, report)


def hide(report: pytest.TestReport, redact: Callable[[str], str]) -> None:
    """Takes secrets out of what terminal, JUnit file and ledger get to see, in the process that knows them, and makes plain text of it."""

    def shown(text: str) -> str:
        return plain_lines(redact(text))

    told: dict[str, str] = getattr(report, "gonogo", {})
    report.gonogo = {name: redact(text) for name, text in told.items()}  # type: ignore[attr-defined]
    report.sections = [(title, shown(text)) for title, text in report.sections]
    report.user_properties = [(name, shown(value) if isinstance(value, str) else value) for name, value in report.user_properties]
    if isinstance(report.longrepr, tuple):
        file, line, reason = report.longrepr
        report.longrepr = (file, line, plain(redact(reason)))
    elif isinstance(report.longrepr, str):  # printed as it is: a line of it could pass for one of ours
        report.longrepr = plain_lines(redact(report.longrepr), indent=CONTINUED)
    elif report.longrepr is not None and (hidden := shown(str(report.longrepr))) != str(report.longrepr):
        report.longrepr = hidden


def _ended(item: pytest.Item, call: pytest.CallInfo[None], error: BaseException) -> dict[str, str]:
    text = " ".join(str(error).split())[:1000]
    if isinstance(error, pytest.skip.Exception):
        return {"outcome": item.stash.get(SKIPPED_FOR, SkipReason.SKIPPED).value, "reason": text}
    if call.when == "call" and isinstance(error, (AssertionError, pytest.fail.Exception)):
        return {"outcome": "failed", "reason": text}
    return {"outcome": outcome_of(error) if call.when == "call" else "errored", "reason": f"{type(error).__name__}: {text}"}


def unseen_failures(config: pytest.Config, broken: Iterable[Record]) -> list[PhaseEnded]:
    """A step that broke by the deployment's fault and that no selected check reads: the first check it kept away reports it."""
    missed = config.stash.get(MISSED, {})
    return [
        PhaseEnded(
            check=check_id(missed[record.journey, record.name]),
            node=missed[record.journey, record.name],
            phase="call",
            outcome="failed",
            reason=" ".join(_message(StepBroke(record.journey, record.name, record.error)).split())[:1000],
            journey=record.journey,
            step=record.name,
        )
        for record in broken
        if record.error is not None and outcome_of(record.error) == "failed" and (record.journey, record.name) in missed
    ]


def _died(report: pytest.TestReport) -> bool:
    """Whether this is what xdist says of the check over which a worker died: a report without a phase of pytest's."""
    return report.when not in ("setup", "call", "teardown")


def record(run: Run, report: pytest.TestReport) -> None:
    """One phase of one check has ended."""
    ended: dict[str, str] = getattr(report, "gonogo", {})
    node = node_of(report.nodeid)
    phase: Any = "call" if _died(report) else report.when
    outcome: Any = ended.get("outcome") or {"passed": "passed", "failed": "errored", "skipped": "skipped"}[report.outcome]
    reason = ended.get("reason", "" if report.passed else "no reason given")
    if _died(report):
        worker = getattr(getattr(getattr(report, "node", None), "gateway", None), "id", "")
        outcome, reason = "inconclusive", f"worker {worker} died over it: it has no result, and what others have played keeps theirs"
    run.ledger.append(
        PhaseEnded(
            check=check_id(node),
            node=node,
            phase=phase,
            outcome=outcome,
            reason=reason,
            seconds=round(report.duration, 3),
            journey=ended.get("journey", ""),
            step=ended.get("step", ""),
        )
    )


def record_of_worker(report: pytest.TestReport) -> None:
    """A worker has sent a report, or died over a check: the owner writes it down. Other reports were written down where they were made."""
    worker = getattr(report, "node", None)
    run = run_of(worker.config) if worker is not None else None
    if run is not None:
        record(run, report)


def worker_ended(node: Any, error: object) -> None:
    """A worker process ended; with an error it died."""
    run = run_of(node.config)
    if run is not None and error:
        run.ledger.append(WorkerLost(worker=node.gateway.id, reason=" ".join(str(error).split())[:300]))
