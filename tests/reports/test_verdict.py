"""The verdict: what each thing that can happen in a run leads to, and what outweighs what."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from reports.manifest import Manifest, check_id
from reports.reasons import Kind
from reports.records import (
    CollectionError,
    CostReported,
    Deselected,
    Finish,
    Leak,
    ProbeRetry,
    Record,
    Residue,
    TimingsReported,
    TroubleMet,
    VersionObserved,
    WorkerLost,
    WorkerStarted,
    seal,
)
from tests.reports.ledgers import (
    DRILL,
    HEALTH,
    HINT,
    MAIL,
    NODES,
    SIGN_UP,
    WEBHOOK,
    collected,
    ending,
    healthy,
    judged,
    kinds,
    manifest_with,
    result,
    run,
    sealed,
    stamped,
    without,
)


def test_healthy_run_passes() -> None:
    """Everything required passed on one version: pass, exit code 0, and nothing to say against it."""
    verdict = judged(sealed(healthy()))
    assert (verdict.kind, verdict.exit_code, verdict.reasons) == (Kind.PASS, 0, ())
    assert verdict.counts.required == verdict.counts.passed == 4
    assert (verdict.counts.advisory_passed, verdict.counts.not_applicable) == (1, 1)
    assert verdict.identity.ids == ("v1",)
    assert verdict.identity.state == "unchanged"
    assert not verdict.part


def add(*records: Record) -> Callable[[], list[Record]]:
    """A healthy run with more records, sealed."""
    return lambda: sealed([*healthy(), *records])


def outcome(node: str, *arguments: str, **more: str) -> Callable[[], list[Record]]:
    """A healthy run in which one case ended otherwise, sealed."""
    return lambda: sealed(ending(node, *arguments, **more), exit_status=1)  # type: ignore[arg-type]


SITUATIONS: dict[str, tuple[Callable[[], list[Record]], Kind, str]] = {
    "a required check fails": (outcome(SIGN_UP, "failed", "-> 500"), Kind.FAIL, "failed"),
    "a required check fails while it is set up": (outcome(SIGN_UP, "failed", phase="setup"), Kind.FAIL, "failed"),
    "a drill fails": (outcome(DRILL, "failed", "still v2"), Kind.FAIL, "failed"),
    "a required check is skipped": (outcome(SIGN_UP, "skipped", "no credentials"), Kind.INCONCLUSIVE, "skipped"),
    "a required check breaks": (outcome(SIGN_UP, "errored", "KeyError"), Kind.INCONCLUSIVE, "errored"),
    "a required check is inconclusive": (outcome(SIGN_UP, "inconclusive", "refused"), Kind.INCONCLUSIVE, "inconclusive"),
    "a required check is said not to apply": (outcome(SIGN_UP, "not_applicable"), Kind.INCONCLUSIVE, "skipped"),
    "a required check is not reached": (outcome(SIGN_UP, "not_reached", journey="joining", step="mail"), Kind.INCONCLUSIVE, "not_reached"),
    "only the setup of a required check ran": (outcome(SIGN_UP, "passed", phase="setup"), Kind.INCONCLUSIVE, "missing"),
    "a required check has no result": (lambda: sealed(without(healthy(), SIGN_UP)), Kind.INCONCLUSIVE, "missing"),
    "a required check is not collected": (
        lambda: sealed(without(without(healthy(), SIGN_UP), SIGN_UP, "collected")),
        Kind.INCONCLUSIVE,
        "missing",
    ),
    "a result without a collection": (lambda: sealed(without(healthy(), SIGN_UP, "collected")), Kind.INCONCLUSIVE, "missing"),
    "teardown breaks": (add(result(SIGN_UP, "errored", "cannot delete", phase="teardown")), Kind.INCONCLUSIVE, "errored"),
    "a file cannot be collected": (add(CollectionError(path="suites/x.py", reason="ImportError")), Kind.INCONCLUSIVE, "collection_error"),
    "a worker never finished (H9)": (add(WorkerStarted(worker="gw1")), Kind.INCONCLUSIVE, "unfinished"),
    "a worker is lost": (add(WorkerLost(worker="gw1", reason="SIGSEGV", node=SIGN_UP)), Kind.INCONCLUSIVE, "worker_lost"),
    "a third party is down": (add(TroubleMet(what="third_party", host="api.resend.com", text="503")), Kind.INCONCLUSIVE, "third_party"),
    "a host never answered": (add(TroubleMet(what="unreachable", host="www.fm5.test", text="no route")), Kind.INCONCLUSIVE, "unreachable"),
    "nothing is deployed at another host": (
        add(TroubleMet(what="no_deployment", host="www.fm5.test", text="error 1042")),
        Kind.FAIL,
        "no_deployment",
    ),
    "the platform answers beside the version": (
        add(TroubleMet(what="platform_error", host="fm5.test", text="error 1101")),
        Kind.FAIL,
        "platform_error",
    ),
    "a wall stands in front": (add(TroubleMet(what="wall", host="x", text="SSO", fix="declare it")), Kind.INCONCLUSIVE, "wall"),
    "a challenge stands in front": (add(TroubleMet(what="challenge", host="x", text="cf-mitigated")), Kind.INCONCLUSIVE, "challenge"),
    "the runner has no network": (add(TroubleMet(what="no_network", host="", text="nothing answers")), Kind.INCONCLUSIVE, "no_network"),
    "another version answers meanwhile": (add(VersionObserved(where="during", ids=("v2",))), Kind.INCONCLUSIVE, "version_changed"),
    "two versions answer": (add(VersionObserved(where="during", ids=("v1", "v2"))), Kind.INCONCLUSIVE, "version_mixed"),
    "the version is another one afterwards": (add(VersionObserved(where="after", ids=("v2",))), Kind.INCONCLUSIVE, "version_changed"),
    "a secret is found": (add(Leak(secret="RESEND_API_KEY", where="report.html")), Kind.LEAK, "leak"),
    "interrupted": (lambda: sealed(without(healthy(), SIGN_UP), 2, interrupted=True), Kind.INTERRUPTED, "interrupted"),
    "unusable options": (lambda: sealed([run()], 4), Kind.USAGE, "usage"),
    "nothing collected": (lambda: sealed([run()], 5), Kind.INCONCLUSIVE, "ended_badly"),
    "an internal error": (lambda: sealed(healthy(), 3), Kind.INCONCLUSIVE, "ended_badly"),
    "collection stops the session": (lambda: sealed(healthy(), 2), Kind.INCONCLUSIVE, "ended_badly"),
    "exit status 4 after results": (lambda: sealed(healthy(), 4), Kind.INCONCLUSIVE, "ended_badly"),
    "nothing recorded": (list, Kind.INCONCLUSIVE, "empty"),
    "no run record": (lambda: sealed(healthy()[1:]), Kind.INCONCLUSIVE, "no_run"),
    "two run records": (add(run()), Kind.INCONCLUSIVE, "several_runs"),
    "no finish": (lambda: stamped(healthy()), Kind.INCONCLUSIVE, "unfinished"),
    "two finishes": (lambda: [*sealed(healthy()), sealed(healthy())[-2]], Kind.INCONCLUSIVE, "finished_twice"),
    "no search for secrets": (lambda: sealed(healthy())[:-1], Kind.INCONCLUSIVE, "unsearched"),
    "a drill pass that never finished": (lambda: sealed(healthy(passes=("main", "drill"))), Kind.INCONCLUSIVE, "unfinished"),
    "a record of another run": (add(CostReported(run="run-2")), Kind.INCONCLUSIVE, "foreign"),
    "another policy": (lambda: sealed(healthy(policy="weaker")), Kind.INCONCLUSIVE, "policy"),
    "a capability the tier demands is not declared": (
        lambda: sealed(healthy(capabilities=("auth.email", "deploy.rollback"))),
        Kind.INCONCLUSIVE,
        "undeclared",
    ),
    "the version was never read": (
        lambda: sealed([r for r in healthy() if r.kind != "version"]),
        Kind.INCONCLUSIVE,
        "version_unknown",
    ),
    "too many requests": (add(CostReported(requests=1_000_000)), Kind.INCONCLUSIVE, "cost"),
    "too long": (add(TimingsReported(wall=100_000, longest_chain=1)), Kind.INCONCLUSIVE, "too_long"),
    "too many probes asked twice": (add(*(ProbeRetry(probe=f"GET /{i}", error="reset") for i in range(9))), Kind.INCONCLUSIVE, "flaky"),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_situation(situation: str) -> None:
    """Each situation has its verdict, its exit code and its reason, first in the list."""
    make, kind, slug = SITUATIONS[situation]
    verdict = judged(make())
    assert (verdict.kind, kinds(verdict)[0]) == (kind, slug), [str(r) for r in verdict.reasons]
    assert verdict.exit_code == {"pass": 0, "fail": 1, "interrupted": 2, "inconclusive": 3, "usage": 4, "leak": 6}[kind]


# One spoiler of each weight, from the heaviest to the lightest, and what the run is when it is the heaviest one present.
SPOILERS: tuple[tuple[str, Kind, Callable[[], list[Record]]], ...] = (
    ("leak", Kind.LEAK, lambda: [Leak(secret="TOKEN", where="trace.zip")]),
    ("interrupted", Kind.INTERRUPTED, lambda: [Finish(of="drill", exit_status=2, interrupted=True)]),
    ("tainted", Kind.INCONCLUSIVE, lambda: [TroubleMet(what="wall", host="x", text="SSO page")]),
    ("fail", Kind.FAIL, lambda: [result(SIGN_UP, "failed", "-> 500")]),
    ("missing", Kind.INCONCLUSIVE, lambda: [WorkerLost(worker="gw0", reason="gone")]),
)


@pytest.mark.parametrize(
    "chosen", [c for n in range(1, 6) for c in combinations(range(5), n)], ids=lambda c: "+".join(SPOILERS[i][0] for i in c)
)
def test_precedence(chosen: tuple[int, ...]) -> None:
    """Leak outweighs interrupted, that outweighs tainted, that outweighs fail, and what is missing never hides a failure."""
    spoilt = [record for i in chosen for record in SPOILERS[i][2]()]
    verdict = judged(sealed([*healthy(), *spoilt], exit_status=1))
    assert verdict.kind == SPOILERS[min(chosen)][1]
    failed = 3 in chosen
    decisive = failed and min(chosen) == 3
    assert bool(verdict.observed) == (failed and not decisive)
    assert any(r.kind == "failed" for r in verdict.reasons) == decisive


def test_usage_outweighs_taint_and_nothing_ran() -> None:
    """A run that could not start is a usage error, whatever the network is like."""
    records = sealed([run(), TroubleMet(what="no_network", host="", text="nothing answers")], 4)
    assert judged(records).kind == Kind.USAGE


def test_failure_in_spoilt_run_is_shown_as_observed() -> None:
    """A failure seen through a wall is listed, and is not held against the deployment."""
    verdict = judged(sealed([*ending(SIGN_UP, "failed", "-> 403"), TroubleMet(what="wall", host="x", text="SSO page")], 1))
    assert verdict.kind == Kind.INCONCLUSIVE
    assert [str(r) for r in verdict.observed] == [f"{check_id(SIGN_UP)}: -> 403"]


def test_broken_step_explains_what_was_not_reached() -> None:
    """One cause, one failure: checks behind a step that a check reported as failed are no reason to doubt the failure."""
    records = [*without(without(healthy(), SIGN_UP), MAIL)]
    records += [result(SIGN_UP, "failed", "-> 500", journey="joining", step="member")]
    records += [result(MAIL, "not_reached", journey="joining", step="member")]
    verdict = judged(sealed(records, 1))
    assert verdict.kind == Kind.FAIL
    assert kinds(verdict) == ["failed", "not_reached"]
    assert (verdict.counts.failed, verdict.counts.not_reached, verdict.counts.unknown) == (1, 1, 0)


def test_other_broken_step_explains_nothing() -> None:
    """A failure elsewhere does not tell why a check was not reached."""
    records = [*without(without(healthy(), SIGN_UP), MAIL)]
    records += [result(SIGN_UP, "failed", "-> 500", journey="joining", step="sign_in")]
    records += [result(MAIL, "not_reached", "connection refused", journey="joining", step="member")]
    verdict = judged(sealed(records, 1))
    assert verdict.kind == Kind.FAIL
    assert verdict.counts.unknown == 1


def test_one_failing_case_fails_the_check() -> None:
    """A parametrised check is as good as its worst case."""
    cases = [f"{SIGN_UP}[{name}]" for name in ("plain", "umlaut")]
    records = without(without(healthy(), SIGN_UP), SIGN_UP, "collected")
    records += [collected(case) for case in cases] + [result(cases[0]), result(cases[1], "failed", "-> 400")]
    verdict = judged(sealed(records, 1))
    assert verdict.kind == Kind.FAIL
    assert verdict.reasons[0].text == "-> 400 (1 of 2 cases)"


def test_advisory_failure_is_advice() -> None:
    """A failing check that the policy does not require is reported and does not decide, although pytest ended with 1."""
    verdict = judged(sealed(ending(HINT, "failed", "no region"), exit_status=1))
    assert verdict.kind == Kind.PASS
    assert [str(r) for r in verdict.advisory] == [f"{check_id(HINT)}: no region"]
    assert verdict.counts.advisory_failed == 1


def test_manifest_keeps_a_check_required() -> None:
    """A check that calls itself trivial now is judged by the severity that is written down."""
    records = [*without(ending(SIGN_UP, "failed"), SIGN_UP, "collected"), collected(SIGN_UP, severity="trivial")]
    assert judged(sealed(records, 1)).kind == Kind.FAIL


def test_collection_can_demand_more_than_the_manifest() -> None:
    """A check that calls itself critical is required before anybody has written that down."""
    records = ending(SIGN_UP, "failed")
    assert judged(sealed(records, 1), manifest_with(SIGN_UP, "trivial")).kind == Kind.FAIL


def test_check_that_is_not_written_down_is_required_too() -> None:
    """Checks that lie with the application are in no manifest of ours, and count."""
    foreign = "../app/checks/test_orders.py::test_order_is_kept"
    records = [*healthy(), collected(foreign), result(foreign, "failed", "gone")]
    assert judged(sealed(records, 1)).kind == Kind.FAIL


def test_empty_manifest_never_passes() -> None:
    """Where nothing is written down as due, nothing can be missed, and so nothing is known."""
    verdict = judged(sealed(healthy()), Manifest())
    assert (verdict.kind, kinds(verdict)) == (Kind.INCONCLUSIVE, ["manifest"])


def test_undeclared_capability_is_not_applicable() -> None:
    """A check of something the environment does not declare is not required, wherever it is written down."""
    verdict = judged(sealed(healthy()))
    assert verdict.counts.not_applicable == 1
    assert check_id(WEBHOOK) not in {r.check for r in verdict.reasons}


def test_drills_and_unsafe_checks_do_not_belong_to_production() -> None:
    """Production requires what is marked safe there, and no drill."""
    nodes = (HEALTH, HINT)
    records: list[Record] = [r for r in healthy(tier="production") if getattr(r, "node", None) in (None, *nodes)]
    verdict = judged(sealed(records))
    assert verdict.kind == Kind.PASS
    assert verdict.counts.required == 1


def test_residue_blocks_production_only() -> None:
    """What is left behind is told everywhere, and is no pass in production."""
    left = Residue(what="account", name="someone", reason="-> 503")
    sandbox = judged(sealed([*healthy(), left]))
    assert (sandbox.kind, sandbox.notes) == (Kind.PASS, ("left behind: account someone (-> 503)",))
    production: list[Record] = [r for r in healthy(tier="production") if getattr(r, "node", None) in (None, HEALTH, HINT)]
    assert kinds(judged(sealed([*production, left]))) == ["residue"]
    maybe = left.model_copy(update={"unknown": True})
    assert judged(sealed([*healthy(), maybe])).notes == ("may be left behind: account someone (-> 503)",)
    (reason,) = judged(sealed([*production, maybe])).reasons
    assert reason.text.startswith("1 thing may be left behind")


def test_repeated_probe_within_budget_is_noted() -> None:
    """A check that passed only thanks to a repeated request is shown as such."""
    verdict = judged(sealed([*healthy(), ProbeRetry(probe="GET /health", error="ConnectError", check=check_id(HEALTH))]))
    assert verdict.kind == Kind.PASS
    assert verdict.counts.flaky == 1
    assert verdict.notes[1:] == (f"{check_id(HEALTH)} needed a repeated request (GET /health: ConnectError)",)


def part(selected: tuple[str, ...], *, results: tuple[str, ...] | None = None) -> list[Record]:
    """A run of a part: everything is collected, the rest is deselected."""
    records: list[Record] = [r for r in healthy(selection="part", arguments="-k sign") if r.kind != "result"]
    records += [Deselected(nodes=tuple(n for n in NODES if n not in selected), reason="-k sign")]
    return records + [result(node) for node in (selected if results is None else results)]


def test_part_passes_as_a_part() -> None:
    """A run of a part is judged by what was selected, and says that it is a part."""
    verdict = judged(sealed(part((SIGN_UP, HINT))))
    assert (verdict.kind, verdict.part, verdict.counts.required) == (Kind.PASS, True, 1)


@pytest.mark.parametrize("selected", [(), (HINT,), (WEBHOOK,)], ids=["nothing", "only advice", "only undeclared"])
def test_part_without_required_checks_is_inconclusive(selected: tuple[str, ...]) -> None:
    """Where nothing required was selected nothing was verified."""
    assert kinds(judged(sealed(part(selected)))) == ["nothing_required"]


def test_selected_check_of_a_part_without_result_is_missing() -> None:
    """What was asked for and has no result is missing, in a part too."""
    assert kinds(judged(sealed(part((SIGN_UP, MAIL), results=(MAIL,))))) == ["missing"]


def test_part_of_the_cases_of_a_check() -> None:
    """The deselected cases of a parametrised check are not missed in a part."""
    cases = [f"{SIGN_UP}[{name}]" for name in ("plain", "umlaut")]
    records: list[Record] = [r for r in part((), results=()) if r.kind != "deselected"]
    records += [collected(case) for case in cases] + [result(cases[0]), Deselected(nodes=(*NODES, cases[1]), reason="-k plain")]
    assert judged(sealed(records)).kind == Kind.PASS


def test_deselected_check_of_a_whole_run_is_missing() -> None:
    """A run that calls itself whole is not made greener by leaving a check out."""
    records = [*without(healthy(), SIGN_UP), Deselected(nodes=(SIGN_UP,), reason="-m smoke")]
    verdict = judged(sealed(records))
    assert (verdict.kind, str(verdict.reasons[0])) == (Kind.INCONCLUSIVE, f"{check_id(SIGN_UP)}: deselected (-m smoke)")


def test_reasons_start_with_the_most_severe_check() -> None:
    """A blocker is named before a normal check, whichever failed first."""
    records = [*without(without(healthy(), MAIL), HEALTH), result(MAIL, "failed", "late"), result(HEALTH, "failed", "down")]
    verdict = judged(sealed(records, 1))
    assert [r.check for r in verdict.reasons] == [check_id(HEALTH), check_id(MAIL)]


def test_verdict_is_plain_data() -> None:
    """verdict.json holds what the terminal says, and no machine's idea of an enumeration."""
    plain = judged(sealed(ending(SIGN_UP, "failed", "-> 500"), 1)).as_dict()
    assert (plain["kind"], plain["exit_code"]) == ("fail", 1)
    assert plain["reasons"] == [{"kind": "failed", "check": check_id(SIGN_UP), "text": "-> 500"}]
    assert plain["cost"] == {"requests": 40, "mails": 2, "accounts": 3, "objects": 0}


def test_seal_notices_a_changed_record() -> None:
    """A ledger with the right number of records and another content is no ledger of that run."""
    records = sealed(ending(SIGN_UP, "failed"), 1)
    mended = [result(SIGN_UP, run=r.run, at=r.at) if r.kind == "result" and r.outcome == "failed" else r for r in records]
    assert seal(mended)[0] == seal(records)[0]
    assert kinds(judged(mended)) == ["broken_seal"]


def test_checks_that_needed_a_repeated_request_are_counted_and_named() -> None:
    """Also those that only read a journey in which it was repeated; three are named, the others counted."""
    records: list[Record] = [
        r.model_copy(update={"journeys": ("Joining",)}) if r.kind == "collected" and r.node in (SIGN_UP, MAIL) else r for r in healthy()
    ]
    retry = ProbeRetry(probe="POST /sign-up", error="ConnectError", journey="Joining")
    verdict = judged(sealed([*records, retry, retry]))
    assert (verdict.kind, verdict.counts.flaky, verdict.counts.passed) == (Kind.PASS, 2, 4)
    names = ", ".join(sorted((check_id(SIGN_UP), check_id(MAIL))))
    assert verdict.notes[0] == f"passed only thanks to a repeated request (POST /sign-up: ConnectError): {names}"
    everything = [r.model_copy(update={"journeys": ("Joining",)}) if r.kind == "collected" else r for r in healthy()]
    assert judged(sealed([*everything, retry])).notes[0].endswith(" and 1 more")
    failed = [*without(records, MAIL), result(MAIL, "failed", "no mail"), retry]
    assert judged(sealed(failed)).counts.flaky == 1


def test_what_the_selection_left_out_is_noted() -> None:
    """A reader of the result of a part sees how much of the whole it is."""
    assert judged(sealed(part((HEALTH,)))).notes == ("5 cases were left out by the selection",)
