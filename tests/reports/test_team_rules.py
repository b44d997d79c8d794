"""The rules of a team: waivers and advice of the calling repository, which hide nothing but a failure, and nothing for ever."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import summary
from reports.advice import description
from reports.cases import gather
from reports.errors import ReportError
from reports.front import front
from reports.junit import junit
from reports.ledger import LedgerContents
from reports.manifest import check_id
from reports.reasons import Kind
from reports.records import Leak, Record, RunStarted, TroubleMet, VersionObserved
from reports.retired import Retired
from reports.team_rules import Judged, TeamRules, only, severities
from reports.verdict import Verdict, conclude, conclude_shards
from reports.waivers import Advice, Waiver
from tests.reports.ledgers import DRILL, HEALTH, MAIL, MANIFEST, POLICY, SIGN_UP, ending, healthy, kinds, result, run, sealed, without
from tests.reports.test_verdict_properties import runs

DAY = 86400.0
TODAY = dt.date(1970, 1, 1)
"""The day on which the ledgers of these tests started."""
ADVISED = check_id(MAIL)
KNOWN = severities({key: (row,) for key, row in MANIFEST.rows.items()})
RUN = Judged(KNOWN, TODAY, "local")
ADVICE = '[[advice]]\nchecks = ["auth.sign_up"]\nowner = "Ada"\nreason = "new colours, #12"\nexpires = 1970-01-01\n'
WAIVER = f'[[waiver]]\ncheck = "{ADVISED}"\nowner = "Ada"\nreason = "mended by #12"\nexpires = 1970-01-01\n'
SAID = "no mail; advice until 1970-01-01 by Ada: new colours, #12"


def written(folder: Path, text: str) -> TeamRules:
    """The rules of a file with this text."""
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return TeamRules.load(path)


def made(text: str) -> TeamRules:
    """The rules of this text, without a file."""
    advice = (Advice(checks=("auth.sign_up",), owner="Ada", reason="new colours", expires=TODAY),) if "advice" in text else ()
    waivers = (Waiver(check=ADVISED, owner="Ada", reason="new colours", expires=TODAY),) if "waiver" in text else ()
    return TeamRules(name="rules.toml", folder=Path(), digest=hashlib.sha256(text.encode()).hexdigest(), waivers=waivers, advice=advice)


def under(rules: TeamRules | None, records: Sequence[Record], exit_status: int = 1, started: float = 1000.0) -> Verdict:
    """The verdict over a run that was made under these rules."""
    first = run(rules=rules.digest if rules else "", started=started)
    return conclude(sealed([first, *records[1:]], exit_status), POLICY.under(rules), MANIFEST)


@pytest.fixture
def advice(tmp_path: Path) -> TeamRules:
    """A suite whose failures are advice, today for the last time."""
    return written(tmp_path, ADVICE)


def test_failure_of_an_advised_suite_is_advice_that_everybody_sees(advice: TeamRules) -> None:
    """It does not decide; who answers for it, why and until when stands in verdict, lines, summary, report and counts."""
    failed = ending(MAIL, "failed", "no mail")
    verdict = under(advice, failed)
    assert (verdict.kind, verdict.reasons, verdict.counts.advised, verdict.counts.waived) == (Kind.PASS, (), 1, 0)
    assert (verdict.counts.required, verdict.counts.passed, verdict.counts.failed) == (4, 3, 0)
    plain = verdict.as_dict()
    assert plain["advised"] == [{"kind": "advice", "check": ADVISED, "text": SAID}]
    answered = {"kind": "advice", "of": "rules", "owner": "Ada", "reason": "new colours, #12", "expires": "1970-01-01"}
    assert plain["exemptions"] == ({"check": ADVISED, **answered},)
    assert plain["rules_digest"] == advice.digest
    assert summary.headline(verdict) == "PASS  all 4 required checks hold but for 1 that are advice"
    assert summary.details(verdict)[:2] == ["failures that are advice:", f"  - {ADVISED}: {SAID}"]
    for page in (summary.markdown(verdict), front(verdict, MANIFEST)):
        assert "advice until 1970-01-01 by Ada: new colours" in page
    assert "1 advice" in summary.counts(verdict)
    tree = ET.fromstring(junit(sealed(failed, 1), verdict).partition("\n")[2])  # noqa: S314 - our own text
    assert [failure.get("message") for failure in tree.iter("failure")] == [SAID]
    assert "Nothing: somebody answers for this" in description("r", "waived", gather(failed)[ADVISED], verdict, None, None)


def test_check_counts_again_when_the_advice_has_ended(advice: TeamRules) -> None:
    """The failure says on which day that was, and who answered for it."""
    verdict = under(advice, ending(MAIL, "failed", "no mail"), started=DAY)
    assert (verdict.kind, verdict.advised, verdict.exemptions) == (Kind.FAIL, (), ())
    assert verdict.reasons[0].text == "no mail; its time as advice ended on 1970-01-01 (Ada: new colours, #12)"
    assert under(advice, ending(MAIL, "failed", "no mail"), started=DAY - 1).kind == Kind.PASS


def test_waiver_of_a_team_is_as_good_as_ours(tmp_path: Path) -> None:
    """With its own file's name where nobody needs it."""
    rules = written(tmp_path, WAIVER)
    verdict = under(rules, ending(MAIL, "failed", "no mail"))
    assert (verdict.kind, verdict.counts.waived, verdict.counts.advised) == (Kind.PASS, 1, 0)
    assert [reason.text for reason in verdict.waived] == ["no mail; waived until 1970-01-01 by Ada: mended by #12"]
    assert under(rules, healthy(), 0).notes == (
        f"{ADVISED} passed: its waiver is not needed, take it out of rules.toml (Ada: mended by #12)",
    )


def test_two_that_are_about_one_check(tmp_path: Path) -> None:
    """Where ours has expired, the team's counts."""
    ours = Waiver(check=ADVISED, owner="Bob", reason="long ago", expires=TODAY - dt.timedelta(days=1))
    policy = POLICY.model_copy(update={"waivers": (ours,), "team": (team := written(tmp_path, ADVICE))})
    records = [run(rules=team.digest), *ending(MAIL, "failed", "no mail")[1:]]
    assert [reason.text for reason in conclude(sealed(records, 1), policy, MANIFEST).advised] == [SAID]


def test_advice_that_nobody_needs_is_noted(advice: TeamRules) -> None:
    """Of a suite all checks have to pass; for another environment it says nothing."""
    assert under(advice, healthy(), 0).notes == (
        "all that is within auth.sign_up passed: the advice is not needed, take it out of rules.toml (Ada: new colours, #12)",
    )
    assert under(advice, ending(MAIL, "failed", "no mail")).notes == ()
    elsewhere = advice.model_copy(update={"advice": (advice.advice[0].model_copy(update={"environments": ("staging",)}),)})
    assert under(elsewhere, healthy(), 0).notes == ()
    assert under(elsewhere, ending(MAIL, "failed", "no mail")).kind == Kind.FAIL


@pytest.mark.parametrize("outcome", ["skipped", "errored", "inconclusive", "not_reached", "not_applicable"])
def test_only_a_failure_is_advice(outcome: str, advice: TeamRules) -> None:
    """What nobody knows is not known under advice either."""
    verdict = under(advice, ending(MAIL, outcome, "because"))  # type: ignore[arg-type]
    assert (verdict.kind, verdict.advised, verdict.counts.unknown) == (Kind.INCONCLUSIVE, (), 1)


def test_missing_check_is_missed_under_advice(advice: TeamRules) -> None:
    """Deleting a check is no way to make it advice for good."""
    assert kinds(under(advice, without(without(healthy(), MAIL), MAIL, "collected"))) == ["missing"]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (VersionObserved(where="during", ids=("v2",)), Kind.INCONCLUSIVE),
        (TroubleMet(what="wall", host="x", text="SSO"), Kind.INCONCLUSIVE),
        (Leak(secret="TOKEN", where="trace.zip"), Kind.LEAK),
        (result(HEALTH, "failed", "-> 500"), Kind.FAIL),
        (result(MAIL, "errored", "teardown broke", phase="teardown"), Kind.FAIL),
    ],
    ids=["taint", "wall", "leak", "another failure", "a failure that is not all"],
)
def test_advice_hides_nothing_else(bad: Record, kind: Kind, advice: TeamRules) -> None:
    """Beside a failure that is advice everything counts as it always does."""
    assert under(advice, [*ending(MAIL, "failed", "no mail"), bad]).kind == kind


def test_what_a_broken_step_kept_away_is_advice_within_the_suite(advice: TeamRules) -> None:
    """A suite takes in the checks behind the one that failed."""
    broken = [*without(ending(SIGN_UP, "failed", "-> 500", journey="joining", step="member"), MAIL)]
    broken.append(result(MAIL, "not_reached", "joining.member broke", journey="joining", step="member"))
    verdict = under(advice, broken)
    assert (verdict.kind, verdict.counts.advised) == (Kind.PASS, 2)


@pytest.mark.parametrize("failing", [True, False])
def test_rules_about_everything_verify_nothing(failing: bool, tmp_path: Path) -> None:
    """Also where everything passes: of a gate that could not have said no, nobody takes a yes."""
    entry = '[[waiver]]\ncheck = "{}"\nowner = "Ada"\nreason = "all of it"\nexpires = 1970-01-02\n'
    rules = written(tmp_path, "".join(entry.format(check_id(node)) for node in (HEALTH, SIGN_UP, MAIL, DRILL)))
    records = [r for r in healthy() if r.kind != "result"] if failing else healthy()
    records += [result(node, "failed", "-> 500") for node in (HEALTH, SIGN_UP, MAIL, DRILL)] if failing else []
    verdict = under(rules, records, int(failing))
    assert (verdict.kind, kinds(verdict)) == (Kind.INCONCLUSIVE, ["nothing_required"])


def test_run_is_judged_under_its_own_rules_only(advice: TeamRules, tmp_path: Path) -> None:
    """Swapped, edited, left out or brought along afterwards: the reason says which file, and what to do."""
    other = written(tmp_path, ADVICE + "# one more line\n")
    cases = (
        (advice.digest, other, f"rules.toml has other ones (sha256 {other.digest[:16]}...)"),
        (advice.digest, None, "and none were given: name that file with --rules"),
        ("", advice, "the run was made without rules of a team, and rules.toml was given: leave --rules out"),
    )
    for said, rules, words in cases:
        records = sealed([run(rules=said), *ending(MAIL, "failed", "no mail")[1:]], 1)
        verdict = conclude(records, POLICY.under(rules), MANIFEST)
        assert verdict.kind is (Kind.INCONCLUSIVE if rules else Kind.FAIL)
        [reason] = [reason for reason in verdict.reasons if reason.kind == "rules"]
        assert words in reason.text


def test_shards_are_under_the_same_rules(advice: TeamRules) -> None:
    """One machine with other rules makes no whole run."""
    parts = [sealed([run(shard=number, shards=2, rules=digest)]) for number, digest in ((1, advice.digest), (2, "e" * 64))]
    verdict = conclude_shards([LedgerContents(tuple(part)) for part in parts], POLICY.under(advice), MANIFEST)
    assert verdict.kind is Kind.INCONCLUSIVE
    assert f"the team's rules is {'e' * 60} there" in str([reason.text for reason in verdict.reasons])


def test_ledger_without_rules_is_written_as_before() -> None:
    """The seal over an older ledger stays what it was."""
    assert "rules" not in run().model_dump_json()
    assert RunStarted.model_validate_json(run(rules="f" * 64).model_dump_json()).rules == "f" * 64


@given(records=runs(), kind=st.sampled_from(["advice", "waiver", "advice of nothing that is here"]))
def test_rules_never_lower_anything_but_a_failure(records: list[Record], kind: str) -> None:
    """They make a pass at most of a run that failed; what was inconclusive or a leak stays so."""
    rules = made(kind)
    with_rules = [r.model_copy(update={"rules": rules.digest}) if r.kind == "run" else r for r in records]
    before = conclude(sealed(records, 0), POLICY, MANIFEST).kind
    after = conclude(sealed(with_rules, 0), POLICY.under(rules), MANIFEST).kind
    assert after in ({before, Kind.PASS, Kind.INCONCLUSIVE} if before == Kind.FAIL else {before})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ADVICE.replace('owner = "Ada"\n', ""), "advice.0.owner: missing"),
        (ADVICE.replace('"new colours, #12"', '""'), "advice.0.reason"),
        (ADVICE.replace("1970-01-01", '"1970-01-01"'), "advice.0.expires"),
        (ADVICE.replace("1970-01-01", "1970-01-01T00:00:00Z"), "advice.0.expires"),
        (ADVICE.replace("1970-01-01", "true"), "advice.0.expires"),
        (ADVICE.replace('["auth.sign_up"]', "[]"), "advice.0.checks"),
        (ADVICE.replace('["auth.sign_up"]', '"auth.sign_up"'), "advice.0.checks"),
        (ADVICE.replace("checks", "check"), "advice.0.check: unknown key"),
        (ADVICE + "environments = []\n", "advice.0.environments"),
        (ADVICE.replace("[[advice]]", "[[advices]]"), "advices: unknown key"),
        (ADVICE * 2, "auth.sign_up has two entries of [[advice]] for one environment: keep one"),
        (ADVICE + WAIVER, f"{ADVISED} has waiver and advice for one environment: keep one"),
        (WAIVER + WAIVER + 'environments = ["a"]\n', f"{ADVISED} has two entries of [[waiver]] for one environment"),
        (ADVICE.replace('["auth.sign_up"]', f'["{ADVISED}", "auth"]'), f"names {ADVISED} twice"),
        (ADVICE.replace("Ada", "Ada\\n::error::x"), "the owner must be one line of plain text, at most 100 characters"),
        (ADVICE.replace("new colours", "x" * 400), "the reason must be one line of plain text, at most 300 characters"),
        (ADVICE.replace('["auth.sign_up"]', str([f"a{number}" for number in range(201)])), "names 201 checks, and 200 are the most"),
        ("[[advice", "not valid TOML"),
        ("#" * 300_000, "larger than 256 KiB"),
        ("a = " + "[" * 100_000, "levels deep"),
        ("\ufeff" + ADVICE, "byte order mark"),
    ],
)
def test_mistakes_are_named_with_the_file(tmp_path: Path, text: str, words: str) -> None:
    """One line each: without owner, reason and day there is no advice, an unknown key is no comment, and nothing is there twice."""
    with pytest.raises(ReportError) as caught:
        written(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith("--rules ") and "rules.toml: " in line for line in lines), lines
    assert [line for line in lines if words in line], lines


def test_two_environments_may_have_two_entries(tmp_path: Path) -> None:
    """And all mistakes of a file are told at once."""
    assert len(written(tmp_path, ADVICE + 'environments = ["a"]\n' + WAIVER + 'environments = ["b", "c"]\n').written) == 2
    with pytest.raises(ReportError) as caught:
        written(tmp_path, ADVICE.replace('owner = "Ada"\n', "until = 1\n") + WAIVER.replace("1970-01-01", "7"))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WAIVER.replace(ADVISED, "auth.sign_up::no"), "it waives auth.sign_up::no, which is no check: take it out"),
        (WAIVER.replace(ADVISED, "auth.sign_up"), "it waives auth.sign_up, which is no check: a suite is none, name its checks one by one"),
        (WAIVER.replace(ADVISED, "old::one"), "the waiver of old::one: old::one is retired (useless): take it out"),
        (ADVICE.replace("auth.sign_up", "auth.sign"), "it makes auth.sign advice, which is no check and no suite"),
        (ADVICE.replace("auth.sign_up", "old::one"), "old::one is retired (useless)"),
        (ADVICE.replace("auth.sign_up", "health"), "it makes health, and health.answer::says_healthy is a blocker: no advice"),
        (ADVICE.replace("auth.sign_up", check_id(HEALTH)), "health.answer::says_healthy, which is a blocker: no advice, only a waiver"),
        (ADVICE.replace("1970-01-01", "1971-01-02"), "is until 1971-01-02, more than a year away: at most until 1971-01-01"),
        (WAIVER.replace("1970-01-01", "1971-01-02"), "more than a year away"),
        (
            WAIVER.replace(ADVISED, check_id(HEALTH)).replace("1970-01-01", "1970-04-02"),
            "a blocker, is until 1970-04-02, more than 90 days away: at most until 1970-04-01",
        ),
        (ADVICE + 'environments = ["stagin"]\n', "the advice about auth.sign_up is for stagin, and no environment's file is called so"),
    ],
)
def test_rules_fit_the_checks_that_are_due(tmp_path: Path, text: str, words: str) -> None:
    """Said before anything is sent, and no run that was made all the same is a pass."""
    rules = written(tmp_path, text)
    retired = [Retired(id="old::one", owner="Ada", reason="useless", date=TODAY)]
    judged = replace(RUN, retired=retired, environments={"local", "staging"})
    [mistake] = rules.mistakes(judged)
    assert mistake.startswith("rules.toml: ")
    assert words in mistake
    with pytest.raises(ReportError, match=r"^--rules rules\.toml: "):
        rules.demand(judged)
    verdict = conclude(sealed([run(rules=rules.digest), *healthy()[1:]]), POLICY.under(rules), MANIFEST)
    assert kinds(verdict) == ([] if "stagin" in words else ["rules"])


def test_rules_that_fit(tmp_path: Path) -> None:
    """A day that is over, the last day of a year, a blocker for 90 days, an environment that nobody can know."""
    blocker = WAIVER.replace(ADVISED, check_id(HEALTH))
    for text in (
        ADVICE.replace("1970-01-01", "1969-12-31"),
        ADVICE.replace("1970-01-01", "1971-01-01"),
        ADVICE.replace("auth.sign_up", ADVISED),
        blocker.replace("1970-01-01", "1970-04-01"),
        ADVICE + 'environments = ["staging"]\n',
        "",
    ):
        assert not written(tmp_path, text).mistakes(replace(RUN, environments={"staging"}))
    assert not written(tmp_path, ADVICE + 'environments = ["anything"]\n').mistakes(RUN)
    leap = written(tmp_path, ADVICE.replace("1970-01-01", "2029-02-28"))
    assert not leap.mistakes(replace(RUN, day=dt.date(2028, 2, 29)))


def test_check_of_a_folder_that_was_not_given_may_be_due_in_another_run(tmp_path: Path) -> None:
    """A part, or an environment that the entry is not about, has not everything; a slip in a suite of ours is one everywhere."""
    own, slip = ADVICE.replace("auth.sign_up", "shop.door"), ADVICE.replace("auth.sign_up", "auth.sgin_up")
    part, other = replace(RUN, whole=False), replace(RUN, environment="staging")
    named = 'environments = ["local"]\n'
    for text, judged, mistakes in (
        (own, RUN, 1),
        (own, part, 0),
        (own, other, 1),
        (own + named, RUN, 1),
        (own + named, other, 0),
        (slip, part, 1),
        (slip + named, other, 1),
    ):
        assert len(written(tmp_path, text).mistakes(judged)) == mistakes, text


def test_severity_is_the_highest_that_anybody_gives(tmp_path: Path) -> None:
    """A check that its own list calls minor and its collection a blocker is one."""
    row = MANIFEST.rows[ADVISED]
    known = severities({ADVISED: (row.model_copy(update={"severity": "minor"}), row.model_copy(update={"severity": "blocker"}))})
    assert known == {ADVISED: "blocker"}
    assert written(tmp_path, ADVICE).mistakes(replace(RUN, known=known))


def test_link_leads_nowhere(tmp_path: Path) -> None:
    """From the branch that needs review a link could lead to a file beside it that does not."""
    protected, caller = tmp_path / "protected", tmp_path / "caller"
    for folder in (protected / ".git", caller / "gonogo"):
        folder.mkdir(parents=True)
    (caller / "gonogo" / "rules.toml").write_text(ADVICE)
    (protected / "gonogo").symlink_to(caller / "gonogo")
    (protected / "rules.toml").symlink_to(caller / "gonogo" / "rules.toml")
    (tmp_path / "elsewhere.toml").symlink_to(caller / "gonogo" / "rules.toml")
    for path in ("protected/gonogo/rules.toml", "protected/rules.toml", "elsewhere.toml", "caller/../protected/gonogo/rules.toml"):
        with pytest.raises(ReportError, match="is a symbolic link: name the file itself"):
            TeamRules.load(tmp_path / path)
    (tmp_path / "machine").symlink_to(caller)  # above the repository: the machine's own
    (caller / ".git").mkdir()
    assert TeamRules.load(tmp_path / "machine" / "gonogo" / "rules.toml").advice


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe, a folder, nothing, a name that no file can have, two of them."""
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("pipe", "no file, but"), (".", "no file, but"), ("gone.toml", "cannot be read"), ("x" * 300, "cannot be read")):
        with pytest.raises(ReportError, match=words):
            TeamRules.load(tmp_path / name)
    with pytest.raises(ReportError, match="--rules is given 2 times: name one file"):
        only(["a.toml", "a.toml"])
    assert only([]) is None
