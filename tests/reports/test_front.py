"""Above the report: the verdict, what failed, why, and what now, each in its place and with nothing taken for HTML."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.advice import Again, alone
from reports.cases import gather
from reports.front import front
from reports.manifest import Manifest, Row
from reports.markup import rendered
from reports.reasons import Kind, Reason, ReasonKind, Weight
from reports.records import PhaseEnded
from reports.runbooks import Runbooks
from reports.verdict import CheckCounts, Verdict

HEALTH = "health.health::deployment_says_that_it_is_healthy"
MANIFEST = Manifest(rows={HEALTH: Row(id=HEALTH, suite="health", requires=("health",), requirement="It says <b>so</b>.")})
FAILED = Verdict(
    Kind.FAIL,
    1,
    (
        Reason(ReasonKind.FAILED, "answered with <script>alert(1)</script>", HEALTH, Weight.FAILED),
        *(Reason(ReasonKind.NOT_REACHED, "not reached, because Joining.mail broke", f"auth::check_{n}") for n in range(3)),
    ),
    CheckCounts(required=4, failed=1, not_reached=3),
    environment="staging",
    origin="https://staging.fm5.example",
)


def test_order_is_that_of_a_readers_questions() -> None:
    """Verdict, meaning, place, the failed requirement, its message, what now; then what was not reached, as one line."""
    text = front(FAILED, MANIFEST)
    parts = (
        *("FAIL", "1 of 4 required checks failed", "https://staging.fm5.example", "It says", HEALTH, "answered with", "What now"),
        *("<b>Likely causes</b>", "<b>What to do</b>", "3 checks were not reached", "because Joining.mail broke"),
    )
    places = [text.find(part) for part in parts]
    assert -1 not in places, dict(zip(parts, places, strict=True))
    assert places == sorted(places)


def test_nothing_said_becomes_part_of_the_page() -> None:
    """Messages repeat what a deployment answered: markup in them is text."""
    text = front(FAILED, MANIFEST)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "It says &lt;b&gt;so&lt;/b&gt;." in text


@pytest.mark.parametrize(
    "kind",
    [
        ReasonKind.WALL,
        ReasonKind.CHALLENGE,
        ReasonKind.NO_NETWORK,
        ReasonKind.THIRD_PARTY,
        ReasonKind.UNREACHABLE,
        ReasonKind.VERSION_CHANGED,
    ],
)
def test_each_way_of_not_knowing_says_what_now(kind: ReasonKind) -> None:
    """An inconclusive run names what stood in the way, and brings the runbook's entry about it."""
    verdict = replace(FAILED, kind=Kind.INCONCLUSIVE, exit_code=3, reasons=(Reason(kind, "something stood in front"),))
    text = front(verdict, MANIFEST)
    assert "neither a yes nor a fault that was found" in text
    assert Runbooks.load().kinds[kind].title
    assert text.find("something stood in front") < text.find("<b>What to do</b>")


def test_part_and_pass_say_what_they_are_worth() -> None:
    """A pass says that it opens the way; that of a part says that it does not."""
    passed = replace(FAILED, kind=Kind.PASS, exit_code=0, reasons=(), counts=CheckCounts(required=4, passed=4))
    assert "Nothing stands against promoting it." in front(passed, MANIFEST)
    assert "Nothing stands against promoting it." not in front(replace(passed, part=True), MANIFEST)


def test_waived_failures_and_notes_are_shown() -> None:
    """What somebody answers for stays visible on a pass."""
    waived = Reason(ReasonKind.WAIVED, "the answer is slow; waived until 2026-12-01 by somebody", HEALTH)
    text = front(replace(FAILED, kind=Kind.PASS, reasons=(), waived=(waived,), notes=("left behind: account x",)), MANIFEST)
    assert "waived until 2026-12-01" in text
    assert "left behind: account x" in text


def test_little_markdown_is_rendered() -> None:
    """Lists with continued items, code, bold, and links whose text is code; what looks like HTML is text."""
    text = "**Causes**\n\n1. a `<b>`\n   goes on\n2. [`x`](https://a.example/?b=1&c)\n\n```\ncurl <x>\n```\n\n[bad](javascript:alert(1))"
    assert rendered(text) == (
        "<p><b>Causes</b></p><ol><li>a <code>&lt;b&gt;</code> goes on</li>"
        '<li><a href="https://a.example/?b=1&amp;c" rel="noreferrer"><code>x</code></a></li></ol>'
        "<pre>curl &lt;x&gt;</pre><p>[bad](javascript:alert(1))</p>"
    )


def test_entries_lead_nowhere_that_is_not_there() -> None:
    """An entry is read far from its page: it keeps no link to a neighbour, and says what the page's abbreviations are."""
    entries = Runbooks.load().entries.values()
    assert len(entries) > 80
    assert not [entry.place for entry in entries if "](" in entry.text.replace("](https://", "")]
    assert not [entry.place for entry in entries if "$W" in entry.text and "stands for the Worker" not in entry.text]


@pytest.mark.parametrize(
    ("node", "again", "command"),
    [
        (
            "suites/a/test_b.py::test_c[x]",
            Again("pytest --env=../app/gonogo.toml --origin=https://pr-7.example"),
            "pytest --env=../app/gonogo.toml --origin=https://pr-7.example suites/a/test_b.py::test_c",
        ),
        ("test_door.py::test_open", Again("pytest --env=x", "suites ../app/checks"), "pytest --env=x suites ../app/checks -k test_open"),
        ("suites/a/test_b.py::test_c", None, ".venv/bin/pytest --env staging suites/a/test_b.py::test_c"),
    ],
    ids=["with an origin", "of another repository", "rendered again"],
)
def test_one_check_can_be_run_again_as_it_was(node: str, again: Again | None, command: str) -> None:
    """The command has the environment as it was typed, the origin, and the folders of checks from elsewhere."""
    check = gather([PhaseEnded(check="a", node=node, phase="call", outcome="failed")])["a"]
    assert alone(check, FAILED, again) == command
