"""The workflow that sweeps: which files of earlier runs it finds, and what it says when it cannot look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.actions import Github

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


def test_nothing_to_sweep_is_a_success(gh: Gh) -> None:
    """No run in a week, or none that left anything."""
    github = gh('[ "$1 $2" = "run list" ] || exit 1; echo 1')
    assert github.run("sweep.yml", {})["result"] == "success", github.jobs["sweep"].said
    assert "no run has left a ledger" in github.jobs["sweep"].said
