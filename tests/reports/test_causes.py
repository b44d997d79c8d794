"""The order of reasons: the cause first, what follows from it after it, and what has no evidence of its own last."""

from __future__ import annotations

import pytest

from reports.cases import gather
from reports.causes import told_in_order
from reports.manifest import check_id
from reports.reasons import SEVERITIES, Reason, ReasonKind, Weight
from reports.records import Collected, PhaseEnded, Record
from tests.reports.ledgers import SIGN_UP, healthy, judged, result, sealed, without


def check(name: str, *journeys: str, broke: str = "", missed: str = "", at: float = 0.0) -> list[Record]:
    """A check that reads these journeys; it failed by itself, by a step (`Journey.step`) that broke, or was kept away by one."""
    journey, _, step = (broke or missed).partition(".")
    outcome = "not_reached" if missed else "failed"
    node = f"suites/a/test_b.py::test_{name}"
    return [
        Collected(check=name, node=node, journeys=tuple(sorted(journeys))),
        PhaseEnded(check=name, node=node, phase="call", outcome=outcome, journey=journey, step=step, at=at),  # type: ignore[arg-type]
    ]


def order(records: list[Record], **severities: str) -> list[str]:
    """The checks that failed, in the order in which they are told."""
    checks = gather(records)
    failed = [found for found in checks.values() if found.state == "failed"]
    reasons = [
        Reason(ReasonKind.FAILED, "no", each.id, Weight.FAILED, (SEVERITIES.index(severities.get(each.id, "normal")), each.result.at))
        for each in failed
        if each.result
    ]
    return [reason.check or "" for reason in told_in_order(reasons, checks)]


@pytest.mark.parametrize(
    ("records", "severities", "told"),
    [
        ([*check("b", "B", at=2.0), *check("a", "A", at=1.0)], {}, ["a", "b"]),
        ([*check("b", "B", at=2.0), *check("a", "A", at=1.0)], {"b": "blocker"}, ["b", "a"]),
        (
            # The sign-up before the crowd that needed it, although the crowd's check is the graver one and ended first.
            [
                *check("crowd", "Crowd", "Owner", "Newcomer", at=1.0),
                *check("sign_up", "Joining", "Newcomer", broke="Newcomer.account", at=2.0),
                *check("other", "Newcomer", missed="Newcomer.account", at=3.0),
            ],
            {"crowd": "blocker", "sign_up": "critical"},
            ["sign_up", "crowd"],
        ),
        (
            # Of two steps that broke, the one that others waited for.
            [
                *check("lonely", "L", broke="L.one", at=1.0),
                *check("needed", "N", broke="N.one", at=2.0),
                *check("kept away", "N", missed="N.one", at=3.0),
            ],
            {},
            ["needed", "lonely"],
        ),
        (
            # What failed by itself stands in nobody's way.
            [*check("small", "Newcomer", at=2.0), *check("large", "Newcomer", "Owner", at=1.0)],
            {"large": "blocker"},
            ["large", "small"],
        ),
        (
            # A chain: each needs the one before.
            [
                *check("third", "A", "B", "C", broke="C.x", at=1.0),
                *check("second", "A", "B", broke="B.x", at=2.0),
                *check("first", "A", broke="A.x", at=3.0),
            ],
            {"third": "blocker", "second": "critical"},
            ["first", "second", "third"],
        ),
    ],
    ids=["the earlier", "the graver", "what it needs", "what others waited for", "by itself", "a chain"],
)
def test_cause_is_told_before_what_follows(records: list[Record], severities: dict[str, str], told: list[str]) -> None:
    """Whatever the names of the checks are, and in whatever order their records stand."""
    assert order(records, **severities) == told
    assert order(records[::-1], **severities) == told


@pytest.mark.parametrize(("outcome", "kind"), [("failed", "fail"), ("inconclusive", "inconclusive")])
def test_what_was_not_reached_is_last_and_one_line(outcome: str, kind: str) -> None:
    """It names the step, and repeats neither that step's error nor itself."""
    records = healthy()
    for node in (SIGN_UP,):
        records = without(records, node)
    missed = [r for r in records if r.kind == "collected" and r.node != SIGN_UP][:2]
    for each in missed:
        records = without(records, each.node)
    broke = result(SIGN_UP, outcome, "Newcomer.account broke: cut", journey="Newcomer", step="account")  # type: ignore[arg-type]
    text = "Joining.session was not reached: Newcomer.account broke: cut"
    away = [result(each.node, "not_reached", text, journey="Newcomer", step="account") for each in missed]
    verdict = judged(sealed([*records, *away, broke]))
    assert verdict.kind == kind
    assert verdict.reasons[0].check == check_id(SIGN_UP)
    assert {reason.text for reason in verdict.reasons[1:]} == {"not reached, because Newcomer.account broke"}
    alone = judged(sealed([*records, *away, result(SIGN_UP)]))
    assert {reason.text for reason in alone.reasons} == {"not reached, because Newcomer.account broke: cut"}
