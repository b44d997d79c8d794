"""Whether a gate run noticed a fault, and whom it blamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gonogo.proving.judging import judge
from reports.reasons import Kind, Reason, ReasonKind, Weight
from reports.verdict import Verdict
from sandbox.faults.catalogue import Expectation, Fault, Injection, catalogue

CHECK, OTHER = "mail.delivery::every_link_leads_to_this_deployment", "auth.sign_up::visitor_becomes_a_member"


def fault(**changes: Any) -> Fault:
    """A fault that this check notices."""
    expect = Expectation(verdict="fail", check=CHECK, words=("localhost",))
    made: dict[str, Any] = {"folder": Path("X01_x"), "expect": expect, "inject": Injection(), **changes}
    return Fault(id="X01", symptom="s", cause="c", **made)


def failed(check: str, text: str) -> Reason:
    """A failed check."""
    return Reason(ReasonKind.FAILED, text, check, Weight.FAILED)


def verdict(*reasons: Reason, kind: Kind = Kind.FAIL, **changes: Any) -> Verdict:
    """A verdict for these reasons."""
    return Verdict(kind, 1, reasons, **changes)


def test_noticed_by_the_named_check_in_its_words() -> None:
    judged = judge(fault(), verdict(failed(CHECK, "links to localhost")))
    assert (judged.holds, judged.problems, judged.said) == (True, (), "links to localhost")


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (verdict(kind=Kind.PASS), "the verdict is pass, not fail"),
        (verdict(failed(OTHER, "localhost")), f"{CHECK} did not fail"),
        (verdict(failed(CHECK, "links elsewhere")), "the message lacks 'localhost'"),
        (verdict(failed(CHECK, "localhost"), kind=Kind.INCONCLUSIVE), "the verdict is inconclusive, not fail"),
    ],
)
def test_what_is_missing_is_named(seen: Verdict, problem: str) -> None:
    judged = judge(fault(), seen)
    assert not judged.noticed
    assert any(problem in each for each in judged.problems)


def test_another_failure_is_a_misattribution_unless_it_is_listed() -> None:
    seen = verdict(failed(CHECK, "links to localhost"), failed(OTHER, "no"))
    judged = judge(fault(), seen)
    assert (judged.noticed, judged.holds, judged.misattributed) == (True, False, (OTHER,))
    assert judge(fault(also={OTHER: "it follows"}), seen).holds
    assert judge(fault(also={"auth.*": "it follows"}), seen).holds
    assert not judge(fault(also={"mail.*": "it follows"}), seen).holds
    assert judged.red == (OTHER, CHECK)


def test_failures_that_do_not_decide_count_as_well() -> None:
    seen = verdict(failed(CHECK, "links to localhost"), advisory=(failed(OTHER, "no"),))
    assert judge(fault(), seen).misattributed == (OTHER,)


def test_a_fault_of_the_surroundings_is_noticed_by_the_run_itself() -> None:
    expect = Expectation(verdict="inconclusive", reason="wall", words=("Vercel",))
    wall = Reason(ReasonKind.WALL, "Vercel's login stands in front", weight=Weight.TAINTED)
    assert judge(fault(expect=expect), verdict(wall, kind=Kind.INCONCLUSIVE)).holds
    judged = judge(fault(expect=expect), verdict(Reason(ReasonKind.MISSING, "gone"), kind=Kind.INCONCLUSIVE))
    assert judged.problems == ("no reason is of the kind wall",)


def test_catalogue_expects_reasons_that_there_are() -> None:
    """A kind that no verdict has could never be noticed."""
    expected = {fault.id: fault.expect.reason for fault in catalogue() if fault.expect.reason}
    assert expected
    assert not {name: reason for name, reason in expected.items() if reason not in set(ReasonKind)}
