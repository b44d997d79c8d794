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


OURS = "acme/shop .github/workflows/release.yml push main"
SWEEPS = "acme/shop .github/workflows/sweep.yml schedule main"
RUNS = {
    "1": OURS,
    "2": "acme/shop .github/workflows/release.yml pull_request topic",
    "3": "stranger/shop .github/workflows/release.yml pull_request main",
    "4": "- .github/workflows/release.yml pull_request main",  # of a fork that was deleted since
    "5": SWEEPS,
    "6": SWEEPS.replace("schedule", "push"),
    "7": SWEEPS.replace("main", "topic"),
    "8": SWEEPS.replace("sweep.yml", "verify.yml"),
    "9": SWEEPS.replace("acme", "stranger"),
    "10": SWEEPS.replace("schedule", "workflow_dispatch"),
}
DOWNLOADS = """
case "$1 $2" in
"api --paginate")
  case "$3" in repos/acme/shop/actions/runs\\?*) ;; *) exit 1 ;; esac
  cat "$RUNS" ;;
"run download")
  [ "$4 $6" = "--pattern --dir" ] || exit 1
  name=residue.jsonl; [ "$3" = 1 ] || name=ledger.jsonl
  mkdir -p "$7/$5"; : > "$7/$5/$name"; : > "$7/$5/summary.md" ;;
*) exit 1 ;;
esac
"""


def test_only_runs_of_own_branches_are_looked_at_and_only_sweeps_say_what_is_gone(gh: Gh, tmp_path: Path) -> None:
    """J3, J4: a run of a fork is none of ours, and what a run of another workflow uploads is no word of a sweep, whatever it is called.

    Of a killed run there is a journal only. What this sweep has removed is there for the next one.
    """
    lines = ("\t".join([run, *about.split()]) for run, about in RUNS.items())
    (tmp_path / "runs").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    github = gh(DOWNLOADS.replace("$RUNS", str(tmp_path / "runs")))
    (github.gonogo / "residue.jsonl").write_text("{}\n")
    assert github.run("sweep.yml", {})["result"] == "success", github.jobs["sweep"].said
    found = {
        (path.parts[0], path.parts[1], path.parts[2]) for path in (p.relative_to(github.gonogo) for p in github.gonogo.glob("*/*/*/*"))
    }
    swept = {("swept", run, "gonogo-residue--sweep--*") for run in ("5", "10")}
    assert {each for each in found if each[0] in ("ledgers", "swept")} == {
        ("ledgers", run, "gonogo-*") for run in ("1", "2", "6", "7", "8")
    } | swept
    words = github.jobs["sweep"].said.splitlines()
    assert words[words.index("--journal") + 1 : words.index("--journal") + 5] == ["residue.jsonl", "--swept", "swept", "ledgers"]
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
    github = gh(r'[ "$1" = api ] || exit 1; printf "1\tacme/shop\tx\tpush\tmain\n"')
    assert github.run("sweep.yml", {})["result"] == "success", github.jobs["sweep"].said
    assert "no run has left a ledger or a journal" in github.jobs["sweep"].said
