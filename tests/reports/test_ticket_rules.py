"""A ticket and the rules of a team: it says under which it was made and what was applied, and opens the way under no others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reports.manifest import check_id
from reports.team_rules import TeamRules
from reports.ticket import Rejection, canonical
from reports.ticket.statement import Statement
from reports.waivers import Waiver
from tests.reports.ledgers import MAIL, POLICY, ending
from tests.reports.ticket_bench import Bench
from tests.reports.tickets import GATE, PLAIN, RULES, Case, Plain, at, forged, honest, put, records, refused

ADVISED = check_id(MAIL)
ADVICE = """\
[[advice]]
checks = ["auth.sign_up"]
owner = "Ada"
reason = "new colours"
expires = {}
"""
LAST = dt.date(1970, 1, 1)
"""The day on which the tickets of these tests are made, and the last of the advice."""
DAY = 86400.0
APPLIED = {
    "check": ADVISED,
    "kind": "advice",
    "of": "rules",
    "owner": "Ada",
    "reason": "new colours",
    "expires": "1970-01-01",
}


@pytest.fixture
def team(tmp_path: Path) -> TeamRules:
    """A suite whose failures are advice until the day on which the run was made."""
    (tmp_path / "rules.toml").write_text(ADVICE.format(LAST))
    return TeamRules.load(tmp_path / "rules.toml")


@pytest.fixture
def case(team: TeamRules) -> Case:
    """A run in which the advised check failed, and all that its ticket is admitted with."""
    rules = replace(RULES, policy=POLICY.under(team))
    rows = records(ending(MAIL, "failed", "no mail"), 1, rules=team.digest)
    case = Case(records=rows, rules=rules)
    return replace(case, ticket=case.issue())


def statement(case: Case) -> Plain:
    """What its ticket says."""
    plain: Plain = json.loads(canonical.decode(json.loads(case.ticket)["payload"]))
    return plain


def test_ticket_names_the_rules_and_what_was_applied(case: Case, team: TeamRules) -> None:
    """Check, owner, reason and day; the check is warned of, and no other is."""
    said = case.admit()
    assert [applied.model_dump(mode="json", by_alias=True) for applied in said.predicate.gate.applied] == [APPLIED]
    assert at(statement(case), GATE)["applied"] == [APPLIED]
    assert said.predicate.configured("rules") == team.digest
    assert ADVISED in said.predicate.warned_tests
    assert (said.predicate.gate.counts.required, said.predicate.gate.counts.passed) == (4, 3)


def test_ticket_without_rules_is_spelt_as_before() -> None:
    """One that an older gonogo has signed is read, and so is nothing else that means the same."""
    assert "applied" not in at(PLAIN, GATE)
    assert "rules" not in [part["name"] for part in PLAIN["predicate"]["configuration"]]
    assert Case().admit().predicate.gate.applied == ()
    empty = refused(Case().says(put(f"{GATE}.applied", [])).admit)
    assert empty is not None
    assert (empty.reason, "two ways" in empty.text) == (Rejection.SCHEMA, True)


def test_waiver_of_our_own_is_in_the_ticket_as_well() -> None:
    """Whoever promotes sees all that did not decide, and whose it is."""
    ours = Waiver(check=ADVISED, owner="Bob", reason="x" * 900, expires=LAST)
    case = Case(
        records=records(ending(MAIL, "failed", "no mail"), 1), rules=replace(RULES, policy=POLICY.model_copy(update={"waivers": (ours,)}))
    )
    [applied] = replace(case, ticket=case.issue()).admit().predicate.gate.applied
    assert (applied.check, applied.kind, applied.of, applied.owner) == (ADVISED, "waiver", "gonogo", "Bob")
    assert applied.reason.startswith("xxx")


def test_other_rules_than_those_of_the_run_sign_and_admit_nothing(case: Case, team: TeamRules) -> None:
    """Edited, left out, or brought along by a pull request: the sentence says which."""
    edited = team.model_copy(update={"digest": "e" * 64})
    for rules, words in ((edited, "rules.toml has other ones"), (None, "none were given: name that file with --rules")):
        other = replace(case, rules=replace(RULES, policy=POLICY.under(rules)))
        for act in (other.issue, other.admit):
            refusal = refused(act)
            assert refusal is not None
            assert (refusal.reason, words in refusal.text) == (Rejection.RULES, True), refusal
    bare = Case(rules=case.rules)
    for act in (bare.issue, bare.admit):
        refusal = refused(act)
        assert refusal is not None
        assert (refusal.reason, "made without rules of a team" in refusal.text) == (Rejection.RULES, True), refusal


def test_what_has_expired_meanwhile_admits_nothing(case: Case) -> None:
    """Signed at the last minute of its day, and looked at in the first of the next."""
    late = records(ending(MAIL, "failed", "no mail"), 1, rules=case.rules.policy.team.digest, started=DAY - 200)  # type: ignore[union-attr]
    rows = tuple(r.model_copy(update={"at": DAY - 100}) if r.kind == "finish" else r for r in late)
    before = replace(case, records=rows, now=DAY - 60)
    before = replace(before, ticket=before.issue())
    assert before.admit().predicate.gate.applied
    after = replace(before, now=DAY + 60)
    for act in (after.admit, after.issue):
        refusal = refused(act)
        assert refusal is not None
        assert refusal.reason is Rejection.RULES
        assert f"{ADVISED} failed, and its advice ended on 1970-01-01 (Ada: new colours)" in refusal.text


def changed(what: str) -> Callable[[Plain], object]:
    """A change to a statement, signed by whoever holds the key."""

    def strip(plain: Plain) -> None:
        del at(plain, GATE)["applied"]

    def unruled(plain: Plain) -> None:
        strip(plain)
        plain["predicate"]["configuration"] = [part for part in plain["predicate"]["configuration"] if part["name"] != "rules"]

    return {
        "stripped": strip,
        "without a word about rules": unruled,
        "for ever": put(f"{GATE}.applied.0.expires", "2999-01-01"),
        "somebody else": put(f"{GATE}.applied.0.owner", "Bob"),
        "another check": put(f"{GATE}.applied.0.check", "auth.sign_up::visitor_becomes_a_member"),
        "ours": put(f"{GATE}.applied.0.of", "gonogo"),
        "twice": put(f"{GATE}.applied", [APPLIED, APPLIED]),
        "no day": put(f"{GATE}.applied.0.expires", "1970-02-31"),
    }[what]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("stripped", Rejection.STATEMENT),
        ("without a word about rules", Rejection.RULES),
        ("for ever", Rejection.STATEMENT),
        ("somebody else", Rejection.STATEMENT),
        ("another check", Rejection.STATEMENT),
        ("ours", Rejection.STATEMENT),
        ("twice", Rejection.STATEMENT),
        ("no day", Rejection.SCHEMA),
    ],
)
def test_nothing_that_was_applied_can_be_talked_away(what: str, reason: Rejection, case: Case) -> None:
    """Not even with the right key: all of it follows from the rows and the rules."""
    plain = honest(case)
    changed(what)(plain)
    refusal = refused(replace(case, ticket=forged(plain)).admit)
    assert refusal is not None
    assert refusal.reason is reason, refusal


def test_rules_edited_after_signing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """From the ledger to the promotion: both commands are given the file, and what was applied is printed."""
    today = dt.datetime.now(dt.UTC).date()
    rules = bench.file("rules.toml", ADVICE.format(today + dt.timedelta(days=2)))
    bench.ledger(ending(MAIL, "failed", "no mail"), 1, rules=TeamRules.load(Path(rules)).digest)
    assert bench.run("sign") == 1
    assert "REFUSED  rules: the run was made under rules of a team (sha256 " in capsys.readouterr().out
    assert bench.run("sign", "--rules", rules) == 0
    assert bench.run("admit") == 1
    assert "and none were given: name that file with --rules" in capsys.readouterr().out
    assert bench.run("admit", "--rules", rules) == 0
    expires = today + dt.timedelta(days=2)
    assert capsys.readouterr().out.splitlines()[-1] == f"ADVICE  {ADVISED} until {expires} by Ada: new colours"
    bench.file("rules.toml", ADVICE.format(today + dt.timedelta(days=3)))
    assert bench.run("admit", "--rules", rules) == 1
    assert "REFUSED  rules: the run was made under rules of a team (sha256 " in capsys.readouterr().out
    assert bench.run("admit", "--rules", rules, "--rules", rules) == 4
    assert "--rules is given 2 times: name one file" in capsys.readouterr().err


def test_ticket_made_without_rules_is_admitted_without(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """And by no promotion that has some: nobody knows what it would have been under them."""
    rules = bench.file("rules.toml", "")
    assert bench.run("sign") == 0
    assert bench.run("admit") == 0
    assert bench.run("admit", "--rules", rules) == 1
    assert "the run was made without rules of a team, and rules.toml was given" in capsys.readouterr().out


def test_statement_is_read_back_as_it_is(case: Case) -> None:
    """One spelling, with what was applied as without."""
    payload = canonical.decode(json.loads(case.ticket)["payload"])
    assert Statement.parse(payload).payload == payload
