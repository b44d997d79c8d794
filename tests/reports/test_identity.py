"""Which version a verdict is about, and when that is not certain."""

from __future__ import annotations

import pytest

from reports.identity import observe
from reports.reasons import Weight
from reports.records import VersionObserved
from tests.reports.ledgers import stamped

BEFORE, AFTER = VersionObserved(where="before", ids=("v1",)), VersionObserved(where="after", ids=("v1",))


def at(where: str, *ids: str) -> VersionObserved:
    """An observation."""
    return VersionObserved.model_validate({"where": where, "ids": ids})


def drilled(*between: VersionObserved, left: str = "v1") -> list[VersionObserved]:
    """A run with a drill in it."""
    return [BEFORE, at("drill_start", "v1"), *between, at("drill_end", left), AFTER.model_copy(update={"ids": (left,)})]


CASES: dict[str, tuple[list[VersionObserved], str, list[str]]] = {
    "unchanged": ([BEFORE, at("during", "v1"), AFTER], "unchanged", []),
    "changed at the end": ([BEFORE, at("after", "v2")], "changed", ["version_changed"]),
    "changed for a moment": ([BEFORE, at("during", "v2"), AFTER], "changed", ["version_changed"]),
    "mixed at the start": ([at("before", "v1", "v2"), at("after", "v1", "v2")], "changed", ["version_mixed", "version_mixed"]),
    "before only": ([BEFORE], "unknown", ["version_unknown"]),
    "after only": ([AFTER], "unknown", ["version_unknown"]),
    "never": ([], "unknown", ["version_unknown"]),
    "read without an answer": ([at("before"), at("after")], "unknown", ["version_unknown"]),
    "drill goes back and forward": (drilled(at("drill", "v0"), at("during", "v0", "v1")), "unchanged", []),
    "drill leaves the previous version": (drilled(left="v0"), "not_restored", ["not_restored"]),
    "drill never ends": ([BEFORE, at("drill_start", "v1"), at("drill", "v0"), at("after", "v0")], "not_restored", ["not_restored"]),
    "drill ends without an answer": ([BEFORE, at("drill_start", "v1"), at("drill_end"), AFTER], "not_restored", ["not_restored"]),
    "drill finds another version": (
        [BEFORE, at("drill_start", "v2"), at("drill_end", "v1"), AFTER],
        "changed",
        ["version_changed"],
    ),
    "changed after the drill": ([*drilled()[:-1], at("during", "v2"), AFTER], "changed", ["version_changed"]),
}


@pytest.mark.parametrize("case", CASES)
def test_observations(case: str) -> None:
    """Each course of observations has its state and its reasons."""
    versions, state, slugs = CASES[case]
    identity, reasons = observe(stamped(versions), readable=True)
    assert (identity.state, [r.kind for r in reasons]) == (state, slugs), [str(r) for r in reasons]


def test_undeclared_version_is_no_reason() -> None:
    """An environment that does not say where its version can be read still gets a verdict."""
    identity, reasons = observe([], readable=False)
    assert (identity.state, reasons) == ("undeclared", [])


def test_unrestored_drill_does_not_spoil_what_was_seen_before() -> None:
    """A drill comes last: what it leaves behind hides no failure, and is no pass."""
    _, reasons = observe(stamped(drilled(left="v0")), readable=True)
    assert [r.weight for r in reasons] == [Weight.MISSING]


def test_foreign_deployment_spoils_what_was_seen() -> None:
    """A version that somebody else brought makes every answer doubtful."""
    _, reasons = observe(stamped([BEFORE, at("during", "v2"), AFTER]), readable=True)
    assert [r.weight for r in reasons] == [Weight.TAINTED]
