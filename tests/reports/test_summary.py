"""The words at the end of a run."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports import summary
from reports.manifest import check_id
from reports.reasons import Reason, ReasonKind
from reports.records import Leak, TimingsReported, TroubleMet, VersionObserved
from reports.verdict import Verdict, VersionIdentity
from tests.reports.ledgers import HEALTH, SIGN_UP, ending, healthy, judged, sealed


@pytest.fixture(scope="module")
def passed() -> Verdict:
    """A pass."""
    return judged(sealed(healthy()))


@pytest.fixture(scope="module")
def failed() -> Verdict:
    """A failure of one check."""
    return judged(sealed(ending(SIGN_UP, "failed", "POST /api/auth/sign-up/email -> 500\nand a long story"), 1))


def test_five_lines(passed: Verdict) -> None:
    """Verdict, version, counts, cost and report, one line each."""
    assert summary.lines(passed, "reports/out/local/report.html") == [
        "PASS  all 4 required checks hold",
        "version  v1 (the same from start to end)",
        "checks   4 of 4 required passed, 0 failed, advisory: 1 passed, 0 failed, 1 not applicable",
        "cost     40 requests, 2 mails, 3 accounts",
        "report   reports/out/local/report.html",
    ]


def test_first_reason_is_in_the_headline(failed: Verdict) -> None:
    """A failure is told by its check and its first cause, on one line."""
    assert summary.headline(failed) == f"FAIL  {check_id(SIGN_UP)}: POST /api/auth/sign-up/email -> 500 and a long story"


def test_more_reasons_are_counted() -> None:
    """The headline says how many reasons follow, and the details hold them."""
    verdict = judged(sealed([*ending(SIGN_UP, "failed", "-> 500"), TroubleMet(what="third_party", host="x", text="Resend is down")], 1))
    assert summary.headline(verdict).endswith("-> 500 (and 1 more reason)")
    assert summary.details(verdict) == ["reasons:", f"  - {check_id(SIGN_UP)}: -> 500", "  - Resend is down"]


def test_part_is_never_called_more_than_a_part(passed: Verdict) -> None:
    """A part that passes says that it is one, in the terminal and on the job page."""
    part = replace(passed, part=True, arguments="-m smoke")
    assert summary.headline(part) == "PASS (of a part)  all 4 selected required checks hold"
    text = summary.markdown(part)
    assert "a result of this part only" in text
    assert "promot" not in text


def test_observed_failures_are_set_apart() -> None:
    """What was seen in a spoilt run is listed as such."""
    verdict = judged(sealed([*ending(HEALTH, "failed", "-> 403"), TroubleMet(what="wall", host="x", text="an SSO page")], 1))
    assert summary.headline(verdict) == "INCONCLUSIVE  an SSO page"
    assert summary.details(verdict) == ["observed, and not usable:", f"  - {check_id(HEALTH)}: -> 403"]
    assert "### Observed, and not usable" in summary.markdown(verdict)


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (VersionIdentity(("v1",), "changed"), "v1 (changed during the run)"),
        (VersionIdentity(("v1",), "unchanged", drilled=True), "v1 (the same from start to end, restored after the drill)"),
        (VersionIdentity((), "undeclared"), "unknown (the environment does not say where it can be read)"),
    ],
)
def test_version(passed: Verdict, identity: VersionIdentity, words: str) -> None:
    """The version line says which and how sure."""
    assert summary.version(replace(passed, identity=identity)) == words


@pytest.mark.parametrize(
    ("timings", "words"),
    [
        (None, "not measured"),
        (TimingsReported(wall=3, longest_chain=2.5, chain="joining"), "3.0 s, 1.20 x its floor of 2.5 s (the longest chain, joining)"),
        (
            TimingsReported(wall=12, longest_chain=2, pacing_bound=10),
            "12.0 s, 1.20 x its floor of 10.0 s (the pacing of the declared rate limit)",
        ),
        (TimingsReported(wall=1, longest_chain=0), "1.0 s"),
    ],
)
def test_timing(passed: Verdict, timings: TimingsReported | None, words: str) -> None:
    """The time of a run stands beside its floor, the larger of the longest chain and the pacing bound."""
    assert summary.timing(replace(passed, timings=timings)) == words


def test_markdown_keeps_its_table(failed: Verdict) -> None:
    """Whatever a reason holds, it stays in its cell."""
    odd = replace(failed.reasons[0], text="a | b\n<img src=x onerror=alert(1)>")
    text = summary.markdown(replace(failed, reasons=(odd,)))
    assert f"| `{check_id(SIGN_UP)}` | a \\| b &lt;img src=x onerror=alert(1)> |" in text.splitlines()
    assert "<img" not in text


def test_leak_names_secret_and_place() -> None:
    """A leak is told by the secret's name."""
    verdict = judged(sealed([*healthy(), Leak(secret="RESEND_API_KEY", where="trace.zip!network")]))
    assert summary.headline(verdict).startswith("LEAK  the secret RESEND_API_KEY was found in trace.zip!network")


def test_every_verdict_has_its_lines() -> None:
    """There are always five lines, even for a ledger that says nothing."""
    assert len(summary.lines(judged([]))) == 5
    assert summary.lines(judged(sealed([*healthy(), VersionObserved(where="during", ids=("v2",))])))[0].startswith(
        "INCONCLUSIVE  version v2"
    )


def test_one_cause_is_one_line() -> None:
    """Checks that ended for the same reason are told together, whatever address an object had."""
    reasons = [Reason(ReasonKind.ERRORED, f"KeyError: <Key at 0x7f0000{n:06x}>", f"a.b::{n}") for n in range(5)]
    assert summary.grouped([*reasons, Reason(ReasonKind.FAILED, "-> 500", "a.b::x"), Reason(ReasonKind.WALL, "an SSO page")]) == [
        "5 checks: KeyError: <Key at 0x…> (a.b::0, a.b::1, a.b::2 and 2 more)",
        "a.b::x: -> 500",
        "an SSO page",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "a | b",
        "`code` and ``more``",
        "[link](https://evil.example) and ![image](https://evil.example/x.png)",
        "<img src=x onerror=alert(1)><!-- and &lt;b&gt;",
        "**bold** _italic_ ~~gone~~ \\| \\`",
        "# heading",
        "> quote",
        "https://evil.example, www.evil.example, ftp://evil.example and a@evil.example",
        "ask @admin about #12 and GH-7",
        "a $\\href{https://evil.example}{x}$ b",
        "a\n\n| forged | row |\n|---|---|\n\x1b[2J::error::x ##[error]y",
    ],
)
def test_markdown_makes_nothing_of_what_a_deployment_says(failed: Verdict, said: str) -> None:
    """W1: no cell, code, link, image or tag of its own, in the headline, a reason, the version and a note."""
    reason = replace(failed.reasons[0], text=said)
    odd = replace(failed, reasons=(reason,), notes=(said,), identity=replace(failed.identity, ids=(said,)), origin=said)
    before, after = (summary.markdown(verdict).splitlines() for verdict in (replace(failed, reasons=(reason,), notes=("x",)), odd))
    assert len(before) == len(after)
    shown = "\n".join(line for line in after if not line.startswith("| Environment |"))
    apart = re.sub(r"\\[!-/:-@\[-`{-~]", "", shown.replace("<span>$</span>", ""))
    assert not re.search(r"\w://|www\.|@\w|#\d|GH-\d|\$", apart), "nothing becomes a link or a formula by itself"
    assert not re.search(r"\]\(|<[a-z!]|\*\*|~~", apart.replace("<!-- -->", ""))
    assert not [line for line in after if line.startswith("|") and len(re.findall(r"(?<!\\)\|", line)) != 3]
    assert not [line for line in after if line.startswith(("- #", "- >"))]
    assert "\x1b" not in "".join(after)
