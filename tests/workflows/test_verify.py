"""The reusable verification, called from a team's own repository: its environment file, its checks, several machines."""

from __future__ import annotations

import json

from tests.workflows.actions import Github
from tests.workflows.conftest import CHECK, Team, lines

SHARDS = "[1, 2]"


def call(github: Github, **changes: object) -> dict[str, object]:
    """What the team's workflow asks for."""
    asked = {"gonogo": "acme/gonogo", "revision": "0" * 40, "file": "staging.toml", "secrets-of": "gonogo-staging", "name": "preview"}
    return github.run("verify.yml", {**asked, "checks": "checks", **changes})


def test_shards_and_drills_are_one_run(team: Team) -> None:
    """Each machine plays its part under one id, drills come last, and one verdict is computed over all ledgers."""
    team.declare("staging", "local", "staging", "auth.email", "mail.delivery", "deploy.rollback")
    github = team.github()
    done = call(github, shards=SHARDS)
    said = "\n".join(f"=== {name}: {job.result} after {job.seconds:.0f} s\n{job.said}" for name, job in github.jobs.items())
    assert done == {"result": "success", "outputs": {"run": "77-1-preview"}}, said
    found = {path.name: json.loads((path / "ledger.jsonl").read_text().partition("\n")[0]) for path in github.artifacts.glob("gonogo--*")}
    assert found.keys() == {"gonogo--preview--1", "gonogo--preview--2", "gonogo--preview--drills"}
    assert {first["run"] for first in found.values()} == {"77-1-preview"}
    # Everything was removed, and the journals that a sweep reads say so.
    journals = [entry for path in github.artifacts.glob("gonogo-residue--preview--*/residue.jsonl") for entry in lines(path)]
    created = {entry["account"] for entry in journals if "account" in entry}
    assert created
    assert created <= {entry["gone"] for entry in journals if "gone" in entry}
    assert "PASS  " in github.jobs["conclude"].said


def test_failing_check_of_the_team_fails_the_call(team: Team) -> None:
    """There is no run to promote then, and the shard that knows says why."""
    (team.caller / "checks" / "test_own.py").write_text(CHECK.format(holds="False"), encoding="utf-8")
    github = team.github()
    assert call(github, shards=SHARDS) == {"result": "failure", "outputs": {"run": ""}}
    assert "FAIL  " in github.jobs["conclude"].said
    assert "team_has_a_check_of_its_own" in github.jobs["conclude"].said


def test_lost_shard_is_no_yes(team: Team) -> None:
    """A machine that never came up leaves no ledger: the others alone are inconclusive."""
    github = team.github()

    def lose(job: str) -> None:
        if job == "conclude":
            (github.artifacts / "gonogo--preview--2" / "ledger.jsonl").unlink()

    github.before = lose
    assert call(github, shards=SHARDS)["result"] == "failure"
    assert "INCONCLUSIVE  " in github.jobs["conclude"].said
    assert github.jobs["conclude"].outputs["run"] == ""
