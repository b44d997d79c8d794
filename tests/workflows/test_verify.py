"""The reusable verification, called from a team's own repository: its environment file, its checks, several machines."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Connection
from tests.workflows.actions import Github, Job
from tests.workflows.conftest import as_it_was
from tests.workflows.team import System, Team, lines, story

SHARDS = "[1, 2]"
PLAYED = {"gonogo--preview--1", "gonogo--preview--2", "gonogo--preview--drills"}
JOURNALS = {name.replace("gonogo--", "gonogo-residue--") + "--1" for name in PLAYED}
# In gonogo's place: a run that leaves a journal, and evidence unless it has found a secret.
RUN = """#!/bin/sh
case "$*" in
-c*) echo 2 ;;
*verdict*) ;;
*) mkdir -p ../out; echo '{"account": "a@example.org"}' > ../out/residue.jsonl
   echo 0 > ../digest
   [ STATUS = 6 ] || { mkdir ../out/publish; : > ../out/publish/ledger.jsonl; : > ../out/publish/summary.md; }
   exit STATUS ;;
esac
"""


def call(github: Github, **changes: object) -> dict[str, object]:
    """What the team's workflow asks for."""
    asked = {"gonogo": "acme/gonogo", "revision": "0" * 40, "file": "staging.toml", "secrets-of": "gonogo-staging", "name": "preview"}
    return github.run("verify.yml", {**asked, "checks": "checks", **changes})


def demand_one_run(github: Github, done: dict[str, object]) -> None:
    """The verification has passed: each machine has left its ledger, all of them under one id, and there is one verdict over them."""
    digests = str(done["outputs"]["digests"]).split()  # type: ignore[index]
    assert done == {"result": "success", "outputs": {"run": "77-1-preview", "digests": " ".join(digests)}}, story(github)
    ledgers = [path / "ledger.jsonl" for path in github.artifacts.glob("gonogo--*")]
    assert sorted(digests) == sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in ledgers)
    found = {path.name: json.loads((path / "ledger.jsonl").read_text().partition("\n")[0]) for path in github.artifacts.glob("gonogo--*")}
    assert found.keys() == PLAYED
    assert {first["run"] for first in found.values()} == {"77-1-preview"}
    assert "PASS  " in github.jobs["conclude"].said


@pytest.fixture(scope="module")
def verified(
    tmp_path_factory: pytest.TempPathFactory, gonogo: Path, shop: System, connection: Connection, listed: Path
) -> Iterator[tuple[Team, Github, dict[str, object]]]:
    """The shop's staging, verified in two shards and a drill: the team, the workflow run, and what came of the call."""
    with as_it_was(Team.made(tmp_path_factory.mktemp("verified"), gonogo, shop, connection, listed)) as team:
        team.declare("staging", "deploy.rollback")
        github = team.github()
        yield team, github, call(github, shards=SHARDS)


def test_shards_and_drills_are_one_run(verified: tuple[Team, Github, dict[str, object]]) -> None:
    """Each machine plays its part under one id, drills come last, and one verdict is computed over all ledgers."""
    team, github, done = verified
    demand_one_run(github, done)
    assert github.ran == ["checks", "drills", "conclude"]
    # The drill has taken the live version back, and brought it forward again.
    forward, back, before = team.staging.history[:3]
    assert forward.sole == before.sole == team.staging.live
    assert back.sole not in (None, before.sole)


@pytest.mark.nightly
def test_fm5_in_shards_leaves_nothing(fm5_team: Team) -> None:
    """The same with members: everything that a machine has created was removed, and the journals that a sweep reads say so."""
    fm5_team.declare("staging", "auth.email", "mail.delivery", "deploy.rollback")
    github = fm5_team.github(report=True)
    demand_one_run(github, call(github, shards=SHARDS))
    journals = [entry for path in github.artifacts.glob("gonogo-residue--preview--*/residue.jsonl") for entry in lines(path)]
    created = {entry["account"] for entry in journals if "account" in entry}
    assert created
    assert created <= {entry["gone"] for entry in journals if "gone" in entry}


def test_failing_check_of_the_team_fails_the_call(team: Team) -> None:
    """There is no run to promote then, and the shard that knows says why."""
    team.own_check(holds=False)
    github = team.github()
    github.done = {"drills": Job("success")}
    assert call(github, shards=SHARDS) == {"result": "failure", "outputs": {"run": "", "digests": ""}}
    assert "FAIL  " in github.jobs["conclude"].said
    assert "team_has_a_check_of_its_own" in github.jobs["conclude"].said


def test_lost_shard_is_no_yes(team: Team, verified: tuple[Team, Github, dict[str, object]]) -> None:
    """A machine that never came up leaves no ledger: the others alone are inconclusive."""
    _, before, _ = verified
    github = team.github()
    for name in PLAYED:
        shutil.copytree(before.artifacts / name, github.artifacts / name)
    (github.artifacts / "gonogo--preview--2" / "ledger.jsonl").unlink()
    github.done = {name: before.jobs[name] for name in ("checks", "drills")}
    assert call(github, shards=SHARDS)["result"] == "failure"
    assert "INCONCLUSIVE  the ledger with the sha256 " in github.jobs["conclude"].said
    assert "run" not in github.jobs["conclude"].outputs


def test_ledger_that_somebody_replaced_is_no_yes(team: Team, verified: tuple[Team, Github, dict[str, object]]) -> None:
    """Another job of the run can put another artifact in its place; what the verifying job has handed over it cannot change."""
    _, before, _ = verified
    github = team.github()
    for name in PLAYED:
        shutil.copytree(before.artifacts / name, github.artifacts / name)
    with (github.artifacts / "gonogo--preview--2" / "ledger.jsonl").open("ab") as ledger:
        ledger.write(b"\n")
    github.done = {name: before.jobs[name] for name in ("checks", "drills")}
    assert call(github, shards=SHARDS)["result"] == "failure"
    assert "is not one that a verifying process concluded from" in github.jobs["conclude"].said


@pytest.mark.parametrize("protected", [True, False])
def test_rules_are_those_of_the_default_branch(protected: bool, team: Team) -> None:
    """A failing check of the team's own is advice where reviewed rules say so, and not because the commit that is verified does."""
    team.own_check(holds=False)
    today = dt.datetime.now(dt.UTC).date()
    entry = f'[[advice]]\nchecks = ["own"]\nowner = "Ada"\nreason = "a new lamp"\nexpires = {today + dt.timedelta(days=2)}\n'
    default = team.folder / "default"
    for folder, text in ((default, entry if protected else ""), (team.caller, "" if protected else entry)):
        folder.mkdir(exist_ok=True)
        (folder / "rules.toml").write_text(text, encoding="utf-8")
    github = team.github()
    github.default = default
    done = call(github, rules="rules.toml", drills=False)
    assert done["result"] == ("success" if protected else "failure"), story(github)
    said = github.jobs["conclude"].said
    if protected:
        assert "by Ada: a new lamp" in said
        assert hashlib.sha256(entry.encode()).hexdigest() in (github.artifacts / "gonogo--preview--1" / "ledger.jsonl").read_text()
    else:
        assert "FAIL  own::team_has_a_check_of_its_own" in said


@pytest.mark.parametrize(("status", "left"), [(0, PLAYED | JOURNALS), (1, PLAYED | JOURNALS), (6, set())])
def test_every_machine_hands_on_what_it_has_created(status: int, left: set[str], tmp_path: Path) -> None:
    """Journal and evidence are there whatever came of the run, and neither when it has found a secret."""
    gonogo, caller = tmp_path / "machine" / "gonogo", tmp_path / "caller"
    program = gonogo / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(RUN.replace("STATUS", str(status)), encoding="utf-8")
    program.chmod(0o755)
    caller.mkdir()
    github = Github(tmp_path, gonogo, caller, "0" * 40, secrets={})
    assert call(github, shards=SHARDS)["result"] == ("failure" if status else "success"), story(github)
    assert {path.name for path in github.artifacts.glob("*")} == left
    assert all(lines(github.artifacts / name / "residue.jsonl") for name in left & JOURNALS)
