"""Ten situations in which pytest or Allure's own quality gate ended with 0 and must not have. Here they are as ledgers.

The numbers are those of a table of measured runs: pytest 9.2.0, allure-pytest 2.16.2, pytest-xdist 3.8.0, allure 3.18.0.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.manifest import check_id
from reports.reasons import Kind
from reports.records import CollectionError, Deselected, Record, WorkerLost
from tests.reports.ledgers import (
    HEALTH,
    MAIL,
    NODES,
    SIGN_UP,
    collected,
    ending,
    healthy,
    judged,
    result,
    run,
    sealed,
    stamped,
    without,
)


def nothing_at_all() -> list[Record]:
    """1: the results folder is empty."""
    return []


def everything_skipped() -> list[Record]:
    """2: all checks are skipped, because the credentials are missing; pytest ends with 0."""
    records = [r for r in healthy() if r.kind != "result"]
    return sealed([*records, *(result(node, "skipped", "no credentials", phase="setup") for node in NODES)], 0)


def killed_while_writing_failures() -> list[Record]:
    """3: the runner is killed while it writes the failed results, which Allure then drops as bad JSON."""
    return stamped(without(healthy(), SIGN_UP))


def worker_dies_inside_a_test() -> list[Record]:
    """4: an xdist worker dies inside a test, which is absent from Allure's results."""
    return sealed([*without(healthy(), SIGN_UP), WorkerLost(worker="gw1", reason="killed", node=SIGN_UP)], 1)


def runner_dies() -> list[Record]:
    """5: pytest itself dies after seven of twenty tests."""
    return stamped([r for r in healthy() if not (r.kind == "result" and r.node != HEALTH)])


def import_error_in_one_module() -> list[Record]:
    """6: a module cannot be imported and its checks are absent; the others pass."""
    records = without(without(healthy(), MAIL), MAIL, "collected")
    return sealed([*records, CollectionError(path="suites/auth/test_sign_up.py", reason="ImportError: no module named x")], 1)


def exit_code_replaced() -> list[Record]:
    """7: the inner command failed, and the gate's 0 replaced its exit code: here the ledger keeps it."""
    return sealed(healthy(), 137)


def failed_then_passed() -> list[Record]:
    """8: a check fails in one run and passes in another; Allure takes the failure for a retry."""
    other = [r.model_copy(update={"run": "run-2"}) for r in stamped(healthy())]
    return [*sealed(ending(SIGN_UP, "failed", "-> 500"), 1), *other]


def retried_until_green() -> list[Record]:
    """8, within one run: the same case failed and then passed."""
    return sealed([*ending(SIGN_UP, "failed", "-> 500"), result(SIGN_UP)], 0)


def deselected() -> list[Record]:
    """9: `-k`, `--deselect` or `--maxfail` left required checks out, and nobody misses them."""
    records = without(without(healthy(), SIGN_UP), MAIL)
    return sealed([*records, Deselected(nodes=(SIGN_UP, MAIL), reason="-k 'not sign_up'")], 0)


def exit_zero_after_failures() -> list[Record]:
    """10: something calls `pytest.exit(returncode=0)` after two failures."""
    records = [*without(without(healthy(), SIGN_UP), MAIL), result(SIGN_UP, "failed", "-> 500"), result(MAIL, "failed", "no mail")]
    return sealed(records, 0)


TABLE: tuple[tuple[Callable[[], list[Record]], Kind, str], ...] = (
    (nothing_at_all, Kind.INCONCLUSIVE, "empty"),
    (everything_skipped, Kind.INCONCLUSIVE, "skipped"),
    (killed_while_writing_failures, Kind.INCONCLUSIVE, "unfinished"),
    (worker_dies_inside_a_test, Kind.INCONCLUSIVE, "worker_lost"),
    (runner_dies, Kind.INCONCLUSIVE, "unfinished"),
    (import_error_in_one_module, Kind.INCONCLUSIVE, "collection_error"),
    (exit_code_replaced, Kind.INCONCLUSIVE, "ended_badly"),
    (failed_then_passed, Kind.FAIL, "foreign"),
    (retried_until_green, Kind.FAIL, "failed"),
    (deselected, Kind.INCONCLUSIVE, "missing"),
    (exit_zero_after_failures, Kind.FAIL, "failed"),
)


@pytest.mark.parametrize(("situation", "kind", "slug"), TABLE, ids=lambda value: getattr(value, "__name__", None))
def test_false_pass(situation: Callable[[], list[Record]], kind: Kind, slug: str) -> None:
    """No verdict is a pass where others' gates said yes, and the reason is among those given."""
    verdict = judged(situation())
    assert verdict.kind == kind
    assert verdict.exit_code in (1, 3)
    assert slug in {reason.kind for reason in verdict.reasons}, [str(r) for r in verdict.reasons]


def test_broken_module_with_nothing_required_is_no_pass() -> None:
    """A file that cannot be imported may hold anything: even if all that is written down passed, nobody knows."""
    records = [*healthy(), CollectionError(path="suites/new/test_new.py", reason="SyntaxError")]
    assert judged(sealed(records, 1)).kind == Kind.INCONCLUSIVE


def test_unreachable_deployment_is_no_failure() -> None:
    """A deployment that could not be reached was not verified, and is not blamed."""
    records: list[Record] = [r for r in healthy() if r.kind != "result"]
    records += [result(node, "inconclusive", "ConnectError: staging.fm5.test refused the connection") for node in NODES[:5]]
    assert judged(sealed(records, 1)).kind == Kind.INCONCLUSIVE


def test_start_without_anything_else_is_no_pass() -> None:
    """A run that only began says nothing, whether it was sealed or not."""
    assert judged(stamped([run()])).kind == Kind.INCONCLUSIVE
    assert judged(sealed([run(), collected(HEALTH)])).kind == Kind.INCONCLUSIVE
    assert check_id(HEALTH) in {r.check for r in judged(sealed([run(), collected(HEALTH)])).reasons}
