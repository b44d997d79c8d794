"""Checks from outside, and the rules of a run: what is wrong with them is said before anything is sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from environments import Declaration
from gonogo.plugin import outside
from gonogo.run.state import Role
from reports.manifest import Row, render
from reports.policy import Policy
from reports.team_rules import TeamRules
from reports.waivers import Waiver
from tests.gonogo.fakes import config, environment, fields, run

ROW = Row(id="door::is_green", suite="door", requires=("health",), severity="critical", safe_in_production=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of checks with a list."""
    made = tmp_path / "app" / "checks"
    made.mkdir(parents=True)
    (made / "checks.toml").write_text(render([ROW]), encoding="utf-8")
    (made / "test_door.py").write_text("", encoding="utf-8")
    return made


def test_folders_outside_are_those_that_were_named(folder: Path) -> None:
    """A file stands for its folder, each folder counts once, and the suites are ours."""
    given = ["suites", "suites/health", str(folder), f"{folder / 'test_door.py'}::test_is_green"]
    assert outside.folders(config(args=given)) == [folder]
    assert outside.folders(config()) == []


def test_what_they_write_down_goes_into_the_ledger(folder: Path) -> None:
    """With all that decides whether it is required; a folder without a list writes nothing."""
    (due,) = outside.due(config(args=["suites", str(folder)]))
    assert fields(due, "of", "check", "requires", "severity") == ("checks", "door::is_green", ("health",), "critical")
    assert fields(due, "drill", "safe_in_production") == (False, True)
    (folder / "checks.toml").unlink()
    assert outside.due(config(args=["suites", str(folder)])) == []


def test_mistake_in_their_list_is_a_usage_error(folder: Path, tmp_path: Path) -> None:
    """Named with its file; the other processes of the run do not look again."""
    (folder / "checks.toml").write_text("[[door", encoding="utf-8")
    given = ["suites", str(folder)]
    with pytest.raises(pytest.UsageError, match=r"checks/checks\.toml cannot be read"):
        outside.demand(config(run(tmp_path / "owner"), args=given))
    outside.demand(config(run(tmp_path / "worker", role=Role.WORKER), args=given))
    outside.demand(config(args=given))


def test_folders_of_one_name_are_a_usage_error(folder: Path, tmp_path: Path) -> None:
    """The ledger knows a folder by its name: the list of one would stand for that of the other."""
    other = tmp_path / "portal" / "checks"
    other.mkdir(parents=True)
    with pytest.raises(pytest.UsageError, match="have the same name, by which the run tells them apart: rename one"):
        outside.demand(config(run(tmp_path), args=["suites", str(folder), str(other)]))


@pytest.mark.parametrize(("check", "owner"), [(ROW.id, "checks"), ("auth.sign_up::new_member_is_not_verified", "gonogo itself")])
def test_check_that_is_there_twice_is_a_usage_error(folder: Path, tmp_path: Path, check: str, owner: str) -> None:
    """A check that vanishes is missed only if no other goes by its id."""
    other = tmp_path / "portal" / "smoke"
    other.mkdir(parents=True)
    (other / "checks.toml").write_text(render([ROW.model_copy(update={"id": check})]), encoding="utf-8")
    with pytest.raises(pytest.UsageError, match=f"smoke/checks.toml has the check {check}, and so has {owner}: rename its file"):
        outside.demand(config(run(tmp_path), args=["suites", str(folder), str(other)]))


def test_waiver_of_a_check_that_nobody_knows_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt id would be found when it is needed, which is too late."""
    stray = Waiver(check="auth.sign_up::visitor_becomes_a_membre", owner="Ada", reason="later", expires=dt.date(2100, 1, 1))
    policy = Policy.load().model_copy(update={"waivers": (stray,)})
    monkeypatch.setattr(Policy, "load", lambda: policy)
    with pytest.raises(pytest.UsageError, match="waives auth.sign_up::visitor_becomes_a_membre, which is no check"):
        outside.demand(config(run(tmp_path)))


ADVICE = """\
[[advice]]
checks = ["{}"]
owner = "Ada"
reason = "new colours"
expires = 1970-01-01
environments = ["{}"]
"""


def rules(folder: Path, check: str = "browser.phone", named: str = "target") -> TeamRules:
    """The rules of a team, in a folder of their own."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.toml").write_text(ADVICE.format(check, named), encoding="utf-8")
    return TeamRules.load(folder / "rules.toml")


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("browser.contrats", "--rules rules.toml: it makes browser.contrats advice, which is no check and no suite"),
        ("browser", "--rules rules.toml: it makes browser, and browser.first_day::first_page_opens_cleanly is a blocker"),
    ],
)
def test_rules_of_a_team_fit_the_checks_that_are_due(check: str, words: str, tmp_path: Path) -> None:
    """A mistake in them is said before anything is sent."""
    with pytest.raises(pytest.UsageError) as caught:
        outside.demand(config(run(tmp_path, rules=rules(tmp_path / "team", check))))
    assert words in str(caught.value)


def test_checks_from_outside_may_be_advice(folder: Path, tmp_path: Path) -> None:
    """A team's own check is due as well, and its suite is one."""
    for check in (ROW.id, "door", "browser.phone"):
        outside.demand(config(run(tmp_path, rules=rules(tmp_path / "team", check)), args=["suites", str(folder)]))
    with pytest.raises(pytest.UsageError, match="it makes door advice, which is no check and no suite"):
        outside.demand(config(run(tmp_path, rules=rules(tmp_path / "team", "door"))))


def test_environment_that_no_file_has_is_a_usage_error(tmp_path: Path) -> None:
    """Known are those beside the run's own file, and beside the rules; where each has a folder of its own, nobody knows."""
    home = tmp_path / "environments"
    home.mkdir()
    for name, text in (("target", 'tier = "staging"'), ("broken", "[["), ("notes", "a = 1")):
        (home / f"{name}.toml").write_text(text, encoding="utf-8")
    declared = Declaration(home / "target.toml", {})

    def named(name: str) -> None:
        outside.demand(config(run(tmp_path, environment(), rules=rules(tmp_path / "team", named=name), declaration=declared)))

    named("whatever")  # no other environment is known
    (home / "live.toml").write_text('tier = "production"', encoding="utf-8")
    (tmp_path / "team" / "preview.toml").write_text('tier = "preview"', encoding="utf-8")
    for name in ("target", "live", "preview"):
        named(name)
    for name in ("whatever", "broken", "notes", "rules"):
        with pytest.raises(
            pytest.UsageError, match=f"is for {name}, and no environment's file is called so: known are live, preview, target"
        ):
            named(name)
