"""The name of a run: its evidence, its history and its place in the queue are its own."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.actions import Github, load
from tests.workflows.expressions import fill

ALIKE = ("staging", "staging-eu", "staging-1", "eu-staging")
SHARD = {"shard": 1}


def said(workflow: str, key: str, **inputs: str) -> list[str]:
    """Every value of this key in the steps of a workflow, for a run with these inputs."""
    contexts: dict[str, Any] = {"inputs": inputs, "matrix": SHARD, "github": {"run_id": "77", "run_attempt": "1"}}
    steps = [step for job in load(workflow)["jobs"].values() for step in job.get("steps", [])]
    return [str(fill(step["with"][key], contexts, {})) for step in steps if key in step.get("with", {}) and "gonogo-" in step["with"][key]]


@pytest.mark.parametrize("other", ALIKE[1:])
def test_evidence_of_another_name_is_not_taken(other: str) -> None:
    """Neither when shards are concluded over, nor when a ticket is signed for staging, nor for the trend."""
    patterns = {*said("verify.yml", "pattern", name="staging"), *said("promote.yml", "pattern")}
    assert patterns == {"gonogo--staging--*"}
    [pattern] = patterns
    mine, others = said("verify.yml", "name", name="staging"), said("verify.yml", "name", name=other)
    assert len(mine) == len(others) >= 2
    assert [name for name in mine if fnmatchcase(name, pattern)]
    assert not [name for name in others if fnmatchcase(name, pattern)]
    [prefix] = said("verify.yml", "restore-keys", name="staging")
    assert all(key.startswith(prefix) for key in said("verify.yml", "key", name="staging"))
    assert not [key for key in said("verify.yml", "key", name=other) if key.startswith(prefix)]


@pytest.mark.parametrize("name", ["", "staging--1", "-staging", "staging-", "staging eu", "a/b", "*", "a\nb"])
def test_name_that_could_be_two_is_a_mistake(name: str, tmp_path: Path) -> None:
    """The first step says so in one line, in every job that would play checks, and nothing is played."""
    (tmp_path / "machine" / "gonogo").mkdir(parents=True)
    (tmp_path / "caller").mkdir()
    github = Github(tmp_path, tmp_path / "machine" / "gonogo", tmp_path / "caller", "0" * 40, secrets={})
    given = {"gonogo": "acme/gonogo", "revision": "0" * 40, "file": "x.toml", "secrets-of": "", "name": name, "shards": "[1, 2]"}
    assert github.run("verify.yml", given)["result"] == "failure"
    for job in ("checks", "drills"):
        assert github.jobs[job].result == "failure"
        assert len(re.findall(r"^name is .*: give letters, digits and single dashes", github.jobs[job].said, re.MULTILINE)) >= 1
        assert not re.search(r"^--- \w+: (Verify|Drill)", github.jobs[job].said, re.MULTILINE)


def test_previews_do_not_wait_for_each_other() -> None:
    """GitHub ends the run that waits when another comes: only runs of one deployment share a place in the queue."""

    def group(**inputs: str) -> str:
        contexts = {"inputs": {"origin": "", **inputs}, "github": {"repository": "acme/shop"}}
        return str(fill(load("verify.yml")["concurrency"]["group"], contexts, {}))

    first, second = (group(file="preview.toml", origin=f"https://pr-{number}.example") for number in (1, 2))
    assert first != second
    assert first == group(file="preview.toml", origin="https://pr-1.example")
    assert group(file="staging.toml") == group(file="staging.toml")
