"""Outcomes: what the end of a check says about the deployment, and the ledger's record of it."""

from __future__ import annotations

import secrets as tokens
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clients import errors as client_errors
from gonogo.plugin import outcomes
from gonogo.plugin.outcomes import ENDED, MISSED, outcome_of, unseen_failures
from gonogo.run.state import Role
from journeys import (
    BudgetExceeded,
    DeadlineExceeded,
    Falsified,
    Journey,
    Misuse,
    NotReached,
    Record,
    RunOverdue,
    StepBroke,
    StepState,
    step,
)
from tests.gonogo.fakes import config, fields, item, records, run

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]

REFUSED = client_errors.Refusal("POST", "/api/auth/sign-in/email", 401, "INVALID_EMAIL_OR_PASSWORD")
TABLE: list[tuple[BaseException, str]] = [
    (AssertionError("not what was promised"), "failed"),
    (REFUSED, "failed"),
    (client_errors.Refusal("GET", "/api/files", 500), "failed"),
    (client_errors.Malformed("GET", "/health", 200, "JSON", "text/html", "<html>"), "failed"),
    (client_errors.DeadLink("GET", "/verify-email", 200, "by the server"), "failed"),
    (client_errors.Unclear("the mail holds no code"), "failed"),
    (client_errors.Excessive("GET", "/health", 200, "at most 2 MiB"), "failed"),
    (client_errors.Redirected("GET", "/health", 200, "at most 2 MiB"), "failed"),
    (client_errors.Overdue("the mail", 60, 9, "nothing"), "failed"),
    (DeadlineExceeded("step Joining.mail", 30), "failed"),
    (RunOverdue("the run", 300), "inconclusive"),
    (Falsified("survives", "survives(name='x')", AssertionError("came back changed")), "failed"),
    (Falsified("survives", "survives(name='x')", BudgetExceeded("objects", 80, 81)), "inconclusive"),
    (Falsified("survives", "survives(name='x')", client_errors.Unreachable("fm5.test", "name", "the name was not found")), "inconclusive"),
    (Falsified("survives", "survives(name='x')", SystemError("AST constructor recursion depth mismatch")), "errored"),
    (client_errors.Refusal("POST", "/api/auth/sign-in/email", 429), "inconclusive"),
    (client_errors.Refusal("GET", "/emails", 403, "invalid_api_key"), "inconclusive"),
    (client_errors.PlatformMalformed("wrangler", "deployments list", 0, "JSON", "text", "update available"), "inconclusive"),
    (client_errors.DeploymentRefused("wrangler", "rollback (fm5)", 1, "10007", "no such Worker"), "inconclusive"),
    (client_errors.SecretsDiffer("wrangler", "rollback (fm5)", 0, "SECRETS_DIFFER", "A would be gone"), "inconclusive"),
    (client_errors.Unsupported("the platform depot cannot put a version beside the live one"), "inconclusive"),
    (client_errors.PlatformTrouble("the platform is down"), "inconclusive"),
    (client_errors.Misconfigured("there is no platform depot"), "errored"),
    (client_errors.Inconclusive("the history holds no version before this one"), "inconclusive"),
    (BudgetExceeded("mails", 8, 9), "inconclusive"),
    (client_errors.Unreachable("api.resend.com", "refused", "the connection was refused"), "inconclusive"),
    (client_errors.Unavailable("no browser"), "inconclusive"),
    (client_errors.Cancelled("interrupted"), "inconclusive"),
    (NotReached("Joining", "session", cause_journey="Joining", cause_step="mail", error=REFUSED), "not_reached"),
    (Misuse("a step is read too early"), "errored"),
    (KeyError("name"), "errored"),
    (PermissionError("accounts are not created here"), "errored"),
]


@pytest.mark.parametrize(("error", "outcome"), TABLE, ids=[f"{number}-{type(error).__name__}" for number, (error, _) in enumerate(TABLE)])
def test_meaning_of_an_exception(error: BaseException, outcome: str) -> None:
    """What the deployment did is a failure, what nobody knows is inconclusive, and anything else is our own error."""
    assert outcome_of(error) == outcome
    assert outcome_of(StepBroke("Joining", "mail", error)) == outcome


def test_table_covers_every_exception_of_clients_and_journeys() -> None:
    """A new exception is given a meaning on purpose."""
    known = {type(error) for error, _ in TABLE}
    raised = {kind for kind in vars(client_errors).values() if isinstance(kind, type) and issubclass(kind, client_errors.Trouble)}
    assert raised - {client_errors.Trouble} <= known
    assert {BudgetExceeded, Falsified, Misuse, NotReached, DeadlineExceeded} <= known


def ended_with(error: BaseException, check: Any) -> BaseException:
    """What becomes of an exception that ends a check."""
    hook: Generator[None, object, object] = outcomes.called(check)
    next(hook)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever comes out
        hook.throw(error)
    return caught.value


def test_step_that_was_not_reached_is_a_skip() -> None:
    """One cause is one failure: the others say where to look, and are no failures of their own."""
    check = item("a.py::test_session@group", of=config())
    reason = NotReached("Joining", "session", cause_journey="Joining", cause_step="mail", error=REFUSED)
    out = ended_with(reason, check)
    assert isinstance(out, pytest.skip.Exception)
    assert str(out) == (
        "not reached: Joining.session was not reached: Joining.mail broke: Refusal: "
        "POST /api/auth/sign-in/email -> 401 INVALID_EMAIL_OR_PASSWORD"
    )
    assert check.stash[ENDED] == {"outcome": "not_reached", "reason": str(reason), "journey": "Joining", "step": "mail"}
    assert check.config.stash[MISSED] == {("Joining", "mail"): "a.py::test_session"}


def test_first_check_that_a_step_kept_away_is_remembered() -> None:
    """Should no check read the step itself, that one will report it."""
    of = config()
    for name in ("first", "second"):
        reason = NotReached("Joining", name, cause_journey="Joining", cause_step="mail", error=REFUSED)
        ended_with(reason, item(f"a.py::test_{name}", of=of))
    assert of.stash[MISSED] == {("Joining", "mail"): "a.py::test_first"}


def test_step_that_broke_by_the_deployments_fault_is_one_message() -> None:
    """The check that reads it fails with what the client said, in place of a traceback through our threads."""
    check = item(of=config())
    out = ended_with(StepBroke("Joining", "signed_in", REFUSED), check)
    assert isinstance(out, pytest.fail.Exception)
    assert out.pytrace is False
    assert str(out) == "Joining.signed_in broke: Refusal: POST /api/auth/sign-in/email -> 401 INVALID_EMAIL_OR_PASSWORD"
    assert {**check.stash[ENDED], "reason": ""} == {"outcome": "failed", "reason": "", "journey": "Joining", "step": "signed_in"}


def test_assertion_of_a_step_needs_no_name() -> None:
    """What was asserted speaks for itself."""
    out = ended_with(StepBroke("Joining", "mail", AssertionError("two mails came")), item(of=config()))
    assert str(out) == "Joining.mail broke: two mails came"


@pytest.mark.parametrize(("error", "outcome"), [(KeyError("x"), "errored"), (client_errors.Unavailable("no browser"), "inconclusive")])
def test_step_that_broke_otherwise_keeps_its_traceback(error: Exception, outcome: str) -> None:
    """Whoever mends gonogo wants to see where it broke."""
    check = item(of=config())
    broke = StepBroke("Joining", "mail", error)
    assert ended_with(broke, check) is broke
    assert check.stash[ENDED]["outcome"] == outcome


def test_inconclusive_check_says_why() -> None:
    """A check that itself finds out that nothing can be known is no failure."""
    check, error = item(of=config()), client_errors.Inconclusive("there is no earlier version")
    assert ended_with(error, check) is error
    assert check.stash[ENDED] == {"outcome": "inconclusive", "reason": "there is no earlier version"}


CHECKS = """
    import pytest
    from clients.errors import Refusal
    from journeys import NotReached, StepBroke

    REFUSED = Refusal("POST", "/api/files", 403, "forbidden")

    def test_passes(): pass
    def test_fails(): assert 1 + 1 == 3, "arithmetic"
    def test_reads_a_broken_step(): raise StepBroke("Keeping", "put", REFUSED)
    def test_reads_a_later_step():
        raise NotReached("Keeping", "get", cause_journey="Keeping", cause_step="put", error=REFUSED)
    def test_has_a_mistake(): {}["x"]
    @pytest.mark.skip(reason="target does not declare it; add [browser] to its file")
    def test_is_for_elsewhere(): pass
    @pytest.mark.skip(reason="not applicable: these words decide nothing")
    def test_says_so_itself(): pass
    @pytest.mark.skip(reason="because")
    def test_is_skipped(): pass
    @pytest.fixture
    def broken(): raise Refusal("GET", "/", 500)
    def test_has_a_broken_fixture(broken): pass
"""
SELECTED = """
    from gonogo.plugin.selection import SKIPPED_FOR, SkipReason
    from gonogo.plugin.timeline import pytest_pyfunc_call, pytest_runtest_logreport, pytest_runtest_makereport

    def pytest_collection_modifyitems(items):
        for item in items:
            if item.name == "test_is_for_elsewhere":
                item.stash[SKIPPED_FOR] = SkipReason.NOT_APPLICABLE
"""


@pytest.mark.parametrize("workers", [0, 1])
def test_reports_carry_the_outcome_and_show_one_message(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    """In a real pytest, with workers or without: each report says its outcome, and a broken step shows one line and nothing of ours."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(CHECKS)
    pytester.makeconftest(SELECTED)
    result = pytester.inline_run("-p", "no:cacheprovider", "-n", str(workers))
    reports: list[Any] = [*result.getreports("pytest_runtest_logreport")]
    found = {report.nodeid.partition("::test_")[2]: report for report in reports if report.when == "call" or not report.passed}
    assert {name: report.gonogo["outcome"] for name, report in found.items()} == {
        "passes": "passed",
        "fails": "failed",
        "reads_a_broken_step": "failed",
        "reads_a_later_step": "not_reached",
        "has_a_mistake": "errored",
        "is_for_elsewhere": "not_applicable",
        "says_so_itself": "skipped",
        "is_skipped": "skipped",
        "has_a_broken_fixture": "errored",
    }
    shown = found["reads_a_broken_step"].longreprtext.splitlines()[workers:]  # xdist heads it with the worker's name
    assert shown == ["Keeping.put broke: Refusal: POST /api/files -> 403 forbidden"]
    assert found["has_a_broken_fixture"].gonogo["reason"] == "Refusal: GET / -> 500"
    assert found["has_a_mistake"].gonogo["reason"] == "KeyError: 'x'"
    assert all(report.gonogo == {"outcome": "passed"} for report in reports if report.passed)


class Keeping(Journey):
    """A journey whose steps stand in for those of a run."""

    @step
    def put(self) -> None: ...


def broken(error: BaseException | None) -> Record:
    """The record of a step that has broken."""
    return Record(Keeping.steps[0], "Keeping", StepState.BROKEN, error=error)


def test_failure_that_no_check_reads_is_reported_by_the_first_that_missed() -> None:
    """A part of the checks must not turn a broken deployment into skips alone."""
    of = config()
    of.stash[MISSED] = {("Keeping", "put"): "suites/storage/test_files.py::test_is_listed"}
    (result,) = unseen_failures(of, [broken(AssertionError("the object\n is gone"))])
    assert fields(result, "check", "outcome", "phase") == ("storage.files::is_listed", "failed", "call")
    assert fields(result, "journey", "step") == ("Keeping", "put")
    assert result.reason == "Keeping.put broke: the object is gone"


def test_failure_that_nobody_missed_is_nobodys() -> None:
    """A step that no selected check needs, or that broke for a reason of ours, fails no check."""
    of = config()
    assert unseen_failures(of, [broken(AssertionError("gone"))]) == []
    of.stash[MISSED] = {("Keeping", "put"): "a.py::test_b"}
    assert unseen_failures(of, [broken(KeyError("x")), broken(client_errors.Unavailable("no browser")), broken(None)]) == []


def report(outcome: str = "passed", **more: object) -> Any:
    """A report as pytest hands it to whoever listens."""
    return SimpleNamespace(
        **{
            "nodeid": "suites/a/test_b.py::test_c@group",
            "when": "call",
            "duration": 0.12345,
            "outcome": outcome,
            "passed": outcome == "passed",
        }
        | more
    )


def test_result_is_written_down(tmp_path: Path) -> None:
    """Outcome, reason and the step that broke get from the report into the ledger, whichever process made the report."""
    made = run(tmp_path)
    ended = {"outcome": "not_reached", "reason": "why", "journey": "Joining", "step": "mail"}
    outcomes.record(made, report("skipped", gonogo=ended))
    (record,) = records(made, "result")
    assert fields(record, "check", "node", "phase", "seconds") == ("a.b::c", "suites/a/test_b.py::test_c", "call", 0.123)
    assert fields(record, "outcome", "reason", "journey", "step") == ("not_reached", "why", "Joining", "mail")


@pytest.mark.parametrize(("outcome", "written"), [("passed", "passed"), ("failed", "errored"), ("skipped", "skipped")])
def test_report_of_somebody_else_is_written_down(tmp_path: Path, outcome: str, written: str) -> None:
    """A report that says nothing of ours is never taken for a failure of the deployment."""
    made = run(tmp_path)
    outcomes.record_of_worker(report(outcome, node=SimpleNamespace(config=config(made))))
    (record,) = records(made, "result")
    assert fields(record, "outcome", "reason") == (written, "" if outcome == "passed" else "no reason given")


def test_check_over_which_a_worker_died_has_no_result(tmp_path: Path) -> None:
    """H9: what xdist reports then is no mistake of gonogo's and none of the deployment's, and it is said what happened."""
    made = run(tmp_path)
    node = SimpleNamespace(config=config(made), gateway=SimpleNamespace(id="gw1"))
    outcomes.record_of_worker(report("failed", node=node, when="???"))
    (record,) = records(made, "result")
    assert fields(record, "phase", "outcome") == ("call", "inconclusive")
    assert str(fields(record, "reason")).startswith("('worker gw1 died over it")


def test_lost_worker_is_written_down(tmp_path: Path) -> None:
    """A worker that died takes checks with it; one that has ended well is no news."""
    made = run(tmp_path)
    node: Any = SimpleNamespace(gateway=SimpleNamespace(id="gw1"), config=config(made))
    outcomes.worker_ended(node, None)
    outcomes.worker_ended(node, "Not properly\n terminated")
    (record,) = records(made)
    assert fields(record, "kind", "worker", "reason") == ("worker_lost", "gw1", "Not properly terminated")


@pytest.mark.parametrize(("role", "writes"), [(Role.OWNER, True), (Role.DRILL, True), (Role.WORKER, False)])
def test_results_are_written_by_whoever_sees_all(tmp_path: Path, role: Role, writes: bool) -> None:
    """Workers send their reports to the owner, so they write none."""
    made = run(tmp_path, role=role)
    ended, call = passed(), SimpleNamespace(when="call", excinfo=None)
    outcomes.reported(item(of=config(made)), cast("pytest.CallInfo[None]", call), ended)
    outcomes.record_of_worker(ended)  # pytest hands the same report on: it comes from no worker, so it is not written down twice
    assert len(records(made, "result")) == (1 if writes else 0)


def test_failure_that_a_plugin_calls_passed_is_a_failure(tmp_path: Path) -> None:
    """What ended the check counts, and not what somebody's hook has made of the report."""
    made = run(tmp_path)
    error = SimpleNamespace(value=pytest.fail.Exception("it does not hold"))
    outcomes.reported(item(of=config(made)), cast("pytest.CallInfo[None]", SimpleNamespace(when="call", excinfo=error)), passed())
    assert [fields(record, "outcome", "reason") for record in records(made, "result")] == [("failed", "it does not hold")]


def test_report_of_a_worker_is_written_down_once(tmp_path: Path) -> None:
    """By the owner, which gets it with the worker that sent it; where nothing is run, a worker's report is nobody's."""
    made = run(tmp_path)
    outcomes.record_of_worker(report(node=SimpleNamespace(config=config(made)), gonogo={"outcome": "passed"}))
    outcomes.record_of_worker(report(node=SimpleNamespace(config=config())))
    assert [fields(record, "check", "outcome") for record in records(made)] == [("a.b::c", "passed")]


def passed() -> Any:
    """A report of pytest's about a call that passed."""
    return pytest.TestReport("suites/a/test_b.py::test_c", ("a", 1, "c"), {}, "passed", None, "call", duration=0.1)


def test_secret_in_a_failure_is_hidden_where_it_is_known() -> None:
    """A worker knows the secrets that it met; the process that writes terminal and ledger gets the report without them."""
    secret = tokens.token_hex(12)
    report = SimpleNamespace(
        gonogo={"outcome": "failed", "reason": f"said {secret}"},
        sections=[("Captured stdout call", f"printed {secret}")],
        user_properties=[("key", secret), ("number", 7)],
        longrepr=f"assert '{secret}' == ''",
    )
    outcomes.hide(report, lambda text: text.replace(secret, "[hidden]"))  # type: ignore[arg-type]
    assert report.gonogo == {"outcome": "failed", "reason": "said [hidden]"}
    assert (report.sections, report.user_properties) == (
        [("Captured stdout call", "printed [hidden]")],
        [("key", "[hidden]"), ("number", 7)],
    )
    assert report.longrepr == "assert '[hidden]' == ''"
