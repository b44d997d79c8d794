"""The workflow that sweeps: which files of earlier runs it finds, and what it says when it cannot look."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.actions import Github, load
from tests.workflows.expressions import condition

Gh = Callable[[str], Github]
ENVIRONMENTS = [{"name": "staging", "file": "environments/staging.toml", "secrets-of": "gonogo-staging"}]


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    """A run of the workflow where `gh` is this script, and where sweeping only says which files it was given."""
    gonogo, tools = tmp_path / "machine" / "gonogo", tmp_path / "tools"
    (tmp_path / "caller").mkdir()

    def program(path: Path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def made(script: str) -> Github:
        program(tools / "gh", script)
        program(gonogo / ".venv" / "bin" / "python", 'printf "%s\\n" "$@"')
        monkeypatch.setenv("PATH", str(tools), prepend=":")
        variables = {"GONOGO_NIGHTLY": json.dumps(ENVIRONMENTS)}
        return Github(tmp_path, gonogo, tmp_path / "caller", "0" * 40, secrets={}, variables=variables)

    return made


def test_runs_that_cannot_be_listed_are_no_success(gh: Gh) -> None:
    """`gh` was refused: that nothing is left is not known then."""
    github = gh("exit 4")
    assert github.run("sweep.yml", {})["result"] == "failure"
    assert "no run has left" not in github.jobs["sweep"].said


def test_killed_runs_are_swept_too(gh: Gh) -> None:
    """Of those there is a journal only. What this sweep has removed is there for the next one."""
    github = gh("""
case "$1 $2" in
"run list") echo 1; echo 2 ;;
"run download")
  [ "$4 $5 $6" = "--pattern gonogo-* --dir" ] || exit 1
  name=residue.jsonl; [ "$3" = 1 ] || name=ledger.jsonl
  mkdir -p "$7/part"; : > "$7/part/$name"; : > "$7/part/summary.md" ;;
*) exit 1 ;;
esac
""")
    (github.gonogo / "residue.jsonl").write_text("{}\n")
    assert github.run("sweep.yml", {})["result"] == "success", github.jobs["sweep"].said
    words = github.jobs["sweep"].said.splitlines()
    assert sorted(word for word in words if word.startswith("ledgers/")) == ["ledgers/1/part/residue.jsonl", "ledgers/2/part/ledger.jsonl"]
    assert words[words.index("--journal") + 1] == "residue.jsonl"
    assert (github.artifacts / "gonogo-residue--sweep--staging--1" / "residue.jsonl").is_file()


@pytest.mark.parametrize(("leak", "kept"), [("", True), ("true", False)])
def test_cancelled_run_leaves_its_journal(leak: str, kept: bool) -> None:
    """Whatever becomes of a run, unless a secret was found in what it has written: then nothing is uploaded."""
    contexts = {"steps": {"verify": {"outputs": {"leak": leak}}}}
    functions = {"success": lambda: False, "failure": lambda: False, "always": lambda: True, "cancelled": lambda: True}
    for job in ("checks", "drills"):
        steps = load("verify.yml")["jobs"][job]["steps"]
        [step] = [step for step in steps if step.get("with", {}).get("path") == "out/residue.jsonl"]
        assert condition(step["if"], contexts, functions) is kept
        assert step["with"]["if-no-files-found"] == "ignore"
        # Run again, it is another journal: that of the attempt before stays.
        assert re.fullmatch(r"gonogo-residue--\$\{\{ inputs.name \}\}--.*--\$\{\{ github.run_attempt \}\}", step["with"]["name"])
        assert "overwrite" not in step["with"]
        assert '[ "$status" != 6 ] || echo "leak=true"' in next(step["run"] for step in steps if step.get("id") == "verify")


def test_nothing_to_sweep_is_a_success(gh: Gh) -> None:
    """No run in a week, or none that left anything."""
    github = gh('[ "$1 $2" = "run list" ] || exit 1; echo 1')
    assert github.run("sweep.yml", {})["result"] == "success", github.jobs["sweep"].said
    assert "no run has left a ledger or a journal" in github.jobs["sweep"].said
