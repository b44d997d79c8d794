"""Readable results: they say what the ledger says, in words, and what to do now."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reports.advice import runbook
from reports.manifest import Manifest, Row, check_id
from reports.records import Record, TroubleMet
from reports.results import prepare
from reports.team_rules import TeamRules
from reports.verdict import conclude
from reports.waivers import Advice
from tests.reports.ledgers import POLICY, result, sealed
from tests.reports.runs import ENDED, FILE, GONE, manifest, records


def prepared(raw: Path, target: Path, some: list[Record]) -> dict[str, dict[str, Any]]:
    """The readable results of a run, by name."""
    written = sealed(some, 1)
    count = prepare(raw, target, written, conclude(written, POLICY, manifest()), manifest())
    found = [json.loads(path.read_text()) for path in target.glob("*-result.json")]
    assert len(found) == count
    return {item["name"]: item for item in found}


@pytest.fixture
def readable(raw_results: Path, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The readable results of the run."""
    return prepared(raw_results, tmp_path / "out", records())


def labels(item: dict[str, Any]) -> dict[str, str]:
    """The labels of a result."""
    return {label["name"]: label["value"] for label in item["labels"]}


def test_names_are_words(readable: dict[str, dict[str, Any]]) -> None:
    """A reader sees words, with the parameters of a case."""
    assert set(readable) == {
        "Visitor becomes a member",
        "Confirmation is mailed",
        "Session survives",
        "Inbox answers",
        "Webhook is signed",
        "Name is kept[plain]",
        "Name is kept[umlaut]",
        "Answers in time",
    }


def test_statuses_agree_with_the_ledger(readable: dict[str, dict[str, Any]]) -> None:
    """What failed is failed, what nobody knows is broken, and what was not reached is not a second failure."""
    found = {name: (item["status"], labels(item)["outcome"]) for name, item in readable.items()}
    assert found["Confirmation is mailed"] == ("failed", "failed")
    assert found["Session survives"] == ("skipped", "not reached")
    assert found["Inbox answers"] == ("broken", "inconclusive")
    assert found["Webhook is signed"] == ("skipped", "not applicable")
    assert found["Visitor becomes a member"] == ("passed", "passed")


def test_failure_says_what_why_and_what_now(readable: dict[str, dict[str, Any]]) -> None:
    """The message is the cause; the description holds the requirement, what to do and the command to run it alone."""
    item = readable["Confirmation is mailed"]
    assert item["statusDetails"]["message"] == ENDED["confirmation_is_mailed"][1]
    assert "**Requirement.** Every link in the mail stays" in item["description"]
    assert "**What now.** The deployment does not do this." in item["description"]
    assert "pytest --env local suites/auth/test_sign_up.py::test_confirmation_is_mailed\n" in item["description"]
    assert item["attachments"]
    assert labels(item)["check"] == check_id(FILE + "confirmation_is_mailed")


def test_failure_names_its_runbook_entry(readable: dict[str, dict[str, Any]]) -> None:
    """As text, because nobody knows where the report is read; what is no failure is led to what keeps checks from being decided."""
    failed = readable["Confirmation is mailed"]["description"]
    assert "**Runbook.** `docs/runbooks/auth.email.md#authsign_upconfirmation_is_mailed`" in failed
    assert "](" not in failed
    for name, page in (
        ("Inbox answers", "inconclusive.md#check-could-not-be-decided"),
        ("Session survives", "inconclusive.md#not-reached"),
        ("Answers in time", "inconclusive.md#check-missing-or-skipped"),
    ):
        assert f"**Runbook.** `docs/runbooks/{page}`" in readable[name]["description"]
    for name in ("Visitor becomes a member", "Webhook is signed"):
        assert "Runbook" not in readable[name]["description"]


def test_check_of_another_repository_names_no_runbook(raw_results: Path, tmp_path: Path) -> None:
    """A check that is not in the manifest has no entry here, so none is promised."""
    written = sealed(records(), 1)
    prepare(raw_results, tmp_path / "out", written, conclude(written, POLICY, manifest()), Manifest())
    texts = [json.loads(path.read_text())["description"] for path in (tmp_path / "out").glob("*-result.json")]
    (failed,) = [text for text in texts if "The deployment does not do this" in text]
    assert "Runbook" not in failed


@pytest.mark.parametrize(
    ("requires", "page"),
    [
        (("auth.email", "auth.email.verification"), "auth.email.md"),
        (("auth.email.reset",), "auth.email.md"),
        (("auth.email", "auth.standing"), "auth.standing.md"),
        (("storage.objects", "storage.s3"), "storage.s3.md"),
        (("auth.email", "health", "health.services"), "health.md"),
        (("deploy.rollback", "storage.objects"), "deploy.rollback.md"),
        (("auth.emailing",), ""),
        ((), ""),
    ],
)
def test_runbook_is_that_of_the_most_specific_capability(requires: tuple[str, ...], page: str) -> None:
    """What builds on other capabilities counts before them; a capability without a page promises nothing."""
    found = runbook(Row(id="auth.sign_up::it_works", suite="auth", requires=requires))
    assert found == (f"{page}#authsign_upit_works" if page else "")


def test_noise_is_left_out(readable: dict[str, dict[str, Any]]) -> None:
    """No machine's name, thread or language; what builds the tree stays."""
    for item in readable.values():
        assert labels(item).keys().isdisjoint({"host", "thread", "framework", "language", "package"})
        assert {"epic", "feature", "check"} <= labels(item).keys()
    assert "trace" not in readable["Session survives"]["statusDetails"]


def test_vanished_check_has_a_result(readable: dict[str, dict[str, Any]]) -> None:
    """A required check that nobody collected is in the report, as something that nobody knows."""
    item = readable["Answers in time"]
    assert (item["status"], labels(item)["check"], labels(item)["severity"]) == ("broken", GONE, "blocker")
    assert "not collected" in item["statusDetails"]["message"]
    assert "Answers come within a second." in item["description"]


def test_failure_in_a_spoilt_run_is_not_red(raw_results: Path, tmp_path: Path) -> None:
    """What failed behind a wall is shown, and not as a fault of the deployment."""
    some = [*records(), TroubleMet(what="wall", host="staging.fm5.test", text="an SSO page")]
    item = prepared(raw_results, tmp_path / "out", some)["Confirmation is mailed"]
    assert (item["status"], labels(item)["outcome"]) == ("broken", "observed")


def test_cases_are_told_apart_by_their_node(raw_results: Path, tmp_path: Path) -> None:
    """With a node label each case gets its own outcome; without, cases that differ keep what Allure saw."""
    raw = tmp_path / "raw"
    shutil.copytree(raw_results, raw)
    for path in raw.glob("*-result.json"):
        item = json.loads(path.read_text())
        if item["name"].startswith("test_name_is_kept"):
            item["labels"].append({"name": "node", "value": "suites/auth/test_sign_up.py::" + item["name"]})
            path.write_text(json.dumps(item))
    node = FILE + "name_is_kept[umlaut]"
    some = [r for r in records() if not (r.kind == "result" and r.node == node)] + [result(node, "failed", "lost its dots")]
    found = prepared(raw, tmp_path / "out", some)
    assert [found[f"Name is kept[{case}]"]["status"] for case in ("plain", "umlaut")] == ["passed", "failed"]
    assert found["Name is kept[umlaut]"]["statusDetails"]["message"] == "lost its dots"


def test_cut_result_is_dropped(raw_results: Path, tmp_path: Path) -> None:
    """A result that was cut off when its writer was killed is unreadable; the ledger knows how that check ended."""
    raw = tmp_path / "raw"
    shutil.copytree(raw_results, raw)
    cut = next(path for path in raw.glob("*-result.json") if "confirmation_is_mailed" in path.read_text())
    cut.write_bytes(cut.read_bytes()[:100])
    found = prepared(raw, tmp_path / "out", records())
    item = found["Confirmation is mailed"]
    assert (item["status"], labels(item)["outcome"]) == ("failed", "failed")


def test_raw_results_stay_as_they_are(raw_results: Path, tmp_path: Path) -> None:
    """Preparing reads the raw results and changes none."""
    before = {path.name: path.read_bytes() for path in raw_results.iterdir()}
    prepared(raw_results, tmp_path / "out", records())
    assert {path.name: path.read_bytes() for path in raw_results.iterdir()} == before


def test_no_results_at_all(tmp_path: Path) -> None:
    """Where pytest left nothing, every required check that has no result is in the report all the same."""
    found = prepared(tmp_path / "nowhere", tmp_path / "out", [r for r in records() if r.kind != "result"])
    assert "Visitor becomes a member" in found
    assert {labels(item)["outcome"] for item in found.values()} == {"lost", "missing"}


def test_failure_that_is_advice_says_who_answers_for_it(raw_results: Path, tmp_path: Path) -> None:
    """It is no fault to be mended today, and no green either."""
    advice = Advice(checks=("auth",), owner="Ada", reason="new colours", expires=dt.date(2100, 1, 1))
    team = TeamRules(name="rules.toml", folder=tmp_path, digest="e" * 64, advice=(advice,))
    written = sealed([r.model_copy(update={"rules": team.digest}) if r.kind == "run" else r for r in records()], 1)
    verdict = conclude(written, POLICY.under(team), manifest())
    failed = {reason.check for reason in conclude(written, POLICY, manifest()).reasons if reason.kind == "failed"}
    assert verdict.exempt.keys() >= failed
    prepare(raw_results, tmp_path / "out", written, verdict, manifest())
    found = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("*-result.json")]
    [mailed] = [item for item in found if item["name"] == "Confirmation is mailed"]
    assert (mailed["status"], labels(mailed)["outcome"]) == ("broken", "waived")
    assert mailed["statusDetails"]["message"].endswith("; advice until 2100-01-01 by Ada: new colours")
    assert "somebody answers for this until the day" in mailed["description"]
