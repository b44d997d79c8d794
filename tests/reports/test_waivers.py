"""Waivers: a failure that somebody answers for is advice that everybody sees, until a day; nothing else is ever waived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import summary
from reports.errors import ReportError
from reports.ledger import LedgerContents
from reports.manifest import check_id
from reports.policy import Policy
from reports.reasons import Kind
from reports.records import Leak, PhaseEnded, Record, TroubleMet, VersionObserved
from reports.ticket import Rules
from reports.ticket.derivation import Rows
from reports.verdict import Verdict, conclude
from reports.waivers import Waiver
from tests.reports.ledgers import DRILL, HEALTH, MAIL, MANIFEST, POLICY, SIGN_UP, ending, healthy, kinds, result, sealed, without
from tests.reports.test_verdict_properties import bad_events, runs
from tests.reports.tickets import SUITE, records

DAY = 86400.0
TODAY = dt.date(1970, 1, 1)
"""The day on which the ledgers of these tests started."""
WAIVED = check_id(MAIL)
WAIVER = Waiver(check=WAIVED, owner="Ada", reason="mended by #12", expires=TODAY)
SHIPPED = Path(__file__).resolve().parents[2] / "reports" / "policy.toml"


def under(waivers: Sequence[Waiver], records: Sequence[Record], exit_status: int = 1) -> Verdict:
    """The verdict under these waivers."""
    return conclude(sealed(records, exit_status), POLICY.model_copy(update={"waivers": tuple(waivers)}), MANIFEST)


def test_waived_failure_is_advice_that_everybody_sees() -> None:
    """It does not decide; who answers for it, why and until when stands in verdict, lines, summary and counts."""
    verdict = under([WAIVER], ending(MAIL, "failed", "no mail"))
    assert (verdict.kind, verdict.reasons, verdict.counts.waived) == (Kind.PASS, (), 1)
    assert (verdict.counts.required, verdict.counts.passed, verdict.counts.failed) == (4, 3, 0)
    said = "no mail; waived until 1970-01-01 by Ada: mended by #12"
    assert [(reason.check, reason.text) for reason in verdict.waived] == [(WAIVED, said)]
    assert verdict.as_dict()["waived"] == [{"kind": "waived", "check": WAIVED, "text": said}]
    assert summary.headline(verdict) == "PASS  all 4 required checks hold but for 1 waived"
    assert "waived failures:" in summary.details(verdict)
    assert said.replace("#", "#<!-- -->") in summary.markdown(verdict), "no link to somebody's issue 12"
    assert "1 waived" in summary.counts(verdict)


def test_expired_waiver_counts_as_none_and_says_so() -> None:
    """The first day after its last is one too many, whatever the clock of whoever judges."""
    started = healthy(started=DAY)[0]
    verdict = under([WAIVER], [started, *ending(MAIL, "failed", "no mail")[1:]])
    assert (verdict.kind, verdict.waived) == (Kind.FAIL, ())
    assert verdict.reasons[0].text == "no mail; its waiver expired on 1970-01-01 (Ada: mended by #12)"
    still = healthy(started=DAY - 1)[0]
    assert under([WAIVER], [still, *ending(MAIL, "failed", "no mail")[1:]]).kind == Kind.PASS


@pytest.mark.parametrize("outcome", ["skipped", "errored", "inconclusive", "not_reached", "not_applicable"])
def test_only_a_failure_is_waived(outcome: str) -> None:
    """What nobody knows is not known with a waiver either."""
    verdict = under([WAIVER], ending(MAIL, outcome, "because"))  # type: ignore[arg-type]
    assert (verdict.kind, verdict.waived, verdict.counts.unknown) == (Kind.INCONCLUSIVE, (), 1)


def test_missing_check_is_missed_with_a_waiver() -> None:
    """Deleting the check is no way to keep its waiver."""
    gone = without(without(healthy(), MAIL), MAIL, "collected")
    assert kinds(under([WAIVER], gone)) == ["missing"]
    assert kinds(under([WAIVER], without(healthy(), MAIL))) == ["missing"]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (VersionObserved(where="during", ids=("v2",)), Kind.INCONCLUSIVE),
        (TroubleMet(what="wall", host="x", text="SSO"), Kind.INCONCLUSIVE),
        (Leak(secret="TOKEN", where="trace.zip"), Kind.LEAK),
        (result(SIGN_UP, "failed", "-> 500"), Kind.FAIL),
        (result(MAIL, "errored", "teardown broke", phase="teardown"), Kind.FAIL),
    ],
    ids=["taint", "wall", "leak", "another failure", "a failure that is not all"],
)
def test_waiver_hides_nothing_else(bad: Record, kind: Kind) -> None:
    """Beside a waived failure everything counts as it always does."""
    assert under([WAIVER], [*ending(MAIL, "failed", "no mail"), bad]).kind == kind


def test_check_that_was_not_reached_needs_a_waiver_of_its_own() -> None:
    """The waiver of the check that reports a broken step is none for those behind it."""
    broken = [*without(ending(SIGN_UP, "failed", "-> 500", journey="joining", step="member"), MAIL)]
    broken.append(result(MAIL, "not_reached", "joining.member broke", journey="joining", step="member"))
    one = WAIVER.model_copy(update={"check": check_id(SIGN_UP)})
    assert [reason.check for reason in under([one], broken).reasons] == [WAIVED]
    assert under([one], broken).kind == Kind.FAIL
    both = under([one, WAIVER], broken)
    assert (both.kind, both.counts.waived) == (Kind.PASS, 2)


def test_waiver_that_nobody_needs_is_noted() -> None:
    """A check that passes needs none, expired or not; a waiver for another environment says nothing here."""
    assert under([WAIVER], healthy(), 0).notes == (
        f"{WAIVED} passed: its waiver is not needed, take it out of waivers.toml ({WAIVER.said})",
    )
    late = under([WAIVER], healthy(started=DAY), 0)
    assert "expired on 1970-01-01 and is not needed" in late.notes[0]
    elsewhere = WAIVER.model_copy(update={"environments": ("staging",)})
    assert under([elsewhere], healthy(), 0).notes == ()
    assert under([elsewhere], ending(MAIL, "failed", "no mail")).kind == Kind.FAIL


def test_everything_waived_is_no_pass() -> None:
    """A pass under which nothing was verified would be none."""
    all_of_them = [WAIVER.model_copy(update={"check": check_id(node)}) for node in (HEALTH, SIGN_UP, MAIL, DRILL)]
    failed: list[Record] = [r for r in healthy() if r.kind != "result"]
    failed += [result(node, "failed", "-> 500") for node in (HEALTH, SIGN_UP, MAIL, DRILL)]
    verdict = under(all_of_them, failed)
    assert (verdict.kind, kinds(verdict)) == (Kind.INCONCLUSIVE, ["nothing_required"])


@given(records=runs(), spoiler=bad_events)
def test_bad_event_never_helps_a_waived_run(records: list[Record], spoiler: Record) -> None:
    """Under a waiver, too, a bad event never turns what is no pass into one; the waived failure itself is what was asked for."""
    before, after = under([WAIVER], records, 0), under([WAIVER], [*records, spoiler], 0)
    expected = isinstance(spoiler, PhaseEnded) and spoiler.check == WAIVED and spoiler.outcome in ("failed", "not_reached")
    assert expected or not (before.kind != Kind.PASS and after.kind == Kind.PASS)
    assert before.kind != Kind.LEAK or after.kind == Kind.LEAK


@given(records=runs(), data=st.data())
def test_waiver_never_lowers_anything_but_a_failure(records: list[Record], data: st.DataObject) -> None:
    """A waiver makes a pass at most of a run that failed; what was inconclusive or a leak stays so."""
    waiver = WAIVER.model_copy(update={"check": check_id(data.draw(st.sampled_from([HEALTH, SIGN_UP, MAIL, DRILL])))})
    before, after = under([], records, 0), under([waiver], records, 0)
    assert after.kind in ({before.kind, Kind.PASS, Kind.INCONCLUSIVE} if before.kind == Kind.FAIL else {before.kind})


def test_ticket_of_a_waived_run_names_what_is_waived() -> None:
    """It is among the warned checks, and counted as required and not passed."""
    policy = POLICY.model_copy(update={"waivers": (WAIVER.model_copy(update={"expires": dt.date(2100, 1, 1)}),)})
    rows = Rows(LedgerContents(records(ending(MAIL, "failed", "no mail"), 1)), Rules(policy, MANIFEST, SUITE, "1" * 64))
    rows.worthy()
    assert WAIVED in rows.ended.warned
    assert (rows.ended.required, len(rows.ended.passed)) == (4, 3)


def policy(folder: Path, waivers: str = "", retired: str = "") -> Policy:
    """The shipped policy with these files beside it."""
    for name, text in (("policy.toml", SHIPPED.read_text()), ("waivers.toml", waivers), ("retired.toml", retired)):
        (folder / name).write_text(text)
    return Policy.load(folder / "policy.toml")


ENTRY = '[[waiver]]\ncheck = "a::b"\nowner = "Ada"\nreason = "later"\nexpires = 2026-12-31\n'
GONE = '[[retired]]\nid = "a::b"\nowner = "Ada"\nreason = "useless"\ndate = 2026-11-21\n'


def test_digest_covers_all_three_files(tmp_path: Path) -> None:
    """A waiver more, or a retired check, is another policy: nobody is judged under rules that the run did not have."""
    texts = (("", ""), (ENTRY, ""), ("", GONE), (ENTRY.replace("Ada", "Bob"), ""))
    assert len({policy(tmp_path, waivers, retired).digest for waivers, retired in texts}) == len(texts)


@pytest.mark.parametrize(
    ("waivers", "words"),
    [
        (ENTRY.replace('owner = "Ada"\n', ""), "waiver.0.owner"),
        (ENTRY.replace('"Ada"', '" "'), "waiver.0.owner"),
        (ENTRY.replace("2026-12-31", '"2026-12-31"'), "waiver.0.expires"),
        (ENTRY.replace("2026-12-31", '"never"'), "waiver.0.expires"),
        (ENTRY + "until = 1\n", "waiver.0.until"),
        (ENTRY + "environments = []\n", "waiver.0.environments"),
        (ENTRY * 2, "a::b has two waivers for one environment"),
        (ENTRY + 'environments = ["staging"]\n' + ENTRY, "a::b has two waivers"),
        (ENTRY.replace("[[waiver]]", "[[waivers]]"), "waivers"),
        ("[[waiver", "is not TOML"),
    ],
)
def test_mistakes_in_waivers_are_named(tmp_path: Path, waivers: str, words: str) -> None:
    """Without owner, reason and day there is no waiver; an unknown key is no comment."""
    with pytest.raises(ReportError, match=r"waivers\.toml") as caught:
        policy(tmp_path, waivers)
    assert words in str(caught.value)


def test_waivers_and_retired_checks_fit_the_list(tmp_path: Path) -> None:
    """An id that nobody knows waives nothing, and says so before it is needed; a retired check has no waiver, and is no check."""
    with pytest.raises(ReportError, match=r"waives a::b, which is no check"):
        policy(tmp_path, ENTRY).demand(MANIFEST.rows)
    with pytest.raises(ReportError, match=r"waives a::b, which is retired \(useless\)"):
        policy(tmp_path, ENTRY, GONE).demand(MANIFEST.rows)
    with pytest.raises(ReportError, match="a::b is retired and still a check"):
        policy(tmp_path, "", GONE).demand({"a::b": 1})
    with pytest.raises(ReportError, match="a::b is retired twice"):
        policy(tmp_path, "", GONE * 2)
    policy(tmp_path, ENTRY).demand({"a::b": 1})
    two = ENTRY + 'environments = ["staging"]\n' + ENTRY.replace("Ada", "Bob") + 'environments = ["preview"]\n'
    assert [waiver.owner for waiver in policy(tmp_path, two).waivers] == ["Ada", "Bob"]
