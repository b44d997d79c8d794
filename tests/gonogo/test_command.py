"""`python -m gonogo`: one command for everything, from any folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from base.places import PROJECT, SUITES
from gonogo.__main__ import COMMANDS, main
from gonogo.commands import verify


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """The list names them all, and each has a `--help` of its own."""
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in COMMANDS)
    for name in COMMANDS.keys() - {"verify"}:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0, name


@pytest.mark.parametrize("words", [["frobnicate"], []])
def test_no_such_command_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It names those that there are."""
    assert main(words) == 4
    told = capsys.readouterr()
    assert "verify" in told.out + told.err


@pytest.mark.parametrize(
    ("words", "added"),
    [
        ([], [str(SUITES)]),
        (["--env", "local", "-m", "smoke"], [str(SUITES)]),
        ([str(SUITES / "health")], []),
        ([f"{SUITES}/health/test_health.py::test_health_answers_in_time"], []),
        (["--env", "local", "checks"], [str(SUITES)]),
    ],
)
def test_suites_are_played_unless_a_part_is_named(words: list[str], added: list[str]) -> None:
    """Beside the folders of other teams that are named."""
    assert verify._suites(words) == added


def test_run_has_the_verdicts_exit_code_from_any_folder(tmp_path: Path) -> None:
    """A usage error is 4 there as well."""
    words = [sys.executable, "-m", "gonogo", "verify", "--env", "nope"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "unknown environment" in done.stderr) == (4, True), done.stdout + done.stderr


def _verify(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "gonogo", "verify", *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"PYTHONPATH": str(PROJECT)}
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_process_that_ends_itself_with_0_is_no_yes(tmp_path: Path) -> None:
    """Nobody has heard that the run came to its end."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "conftest.py").write_text("import os\nos._exit(0)\n", encoding="utf-8")
    done = _verify(tmp_path, "--env", "nope", "checks")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "ended with 0 before a run had begun" in done.stderr


@pytest.mark.parametrize("word", ["--help", "--version", "--manifest=check"])
def test_question_is_answered_with_0(word: str) -> None:
    """It comes to its end, too."""
    done = _verify(PROJECT, word)
    assert done.returncode == 0, done.stdout + done.stderr


def test_long_expression_is_no_path(tmp_path: Path) -> None:
    """Nobody's file has such a name, and an error of the parent's own would end with the code of a failure."""
    long = " or ".join(f"name{number:03}" for number in range(60))
    assert verify._suites(["-k", long, "--env", "local"]) == [str(SUITES)]
    done = _verify(tmp_path, "--env", "nope", "-k", long)
    assert (done.returncode, "unknown environment" in done.stderr) == (4, True), done.stdout + done.stderr


@pytest.mark.parametrize("words", [["--run-id", "a-1"], ["--run-id=a-1"], []])
def test_run_has_an_id_that_its_parent_knows(words: list[str]) -> None:
    """A ledger of any other run is not this one's."""
    run, given = verify._named([*words, "--env", "local"])
    assert (run == "a-1", f"--run-id={run}" in given or words[:1] == ["--run-id"]) == (bool(words), True)


def test_rules_are_read_before_the_run_begins(tmp_path: Path) -> None:
    """What a check puts there meanwhile judges nobody; what cannot be used is said at once."""
    (tmp_path / "rules.toml").write_text("", encoding="utf-8")
    for words in (["--rules", str(tmp_path / "rules.toml")], [f"--rules={tmp_path / 'rules.toml'}", "-m", "smoke"]):
        found = verify._rules(words)
        assert found is not None
        assert found.digest == hashlib.sha256(b"").hexdigest()
    assert verify._rules(["--rules-of-others", "x"]) is None
    (tmp_path / "rules.toml").write_text("[[advise]]", encoding="utf-8")
    done = _verify(tmp_path, "--env", "nope", "--rules", "rules.toml")
    assert (done.returncode, "--rules rules.toml: advise: unknown key" in done.stderr) == (4, True), done.stderr
    done = _verify(tmp_path, "--env", "nope", "--rules", "rules.toml", "--rules=rules.toml")
    assert (done.returncode, "--rules is given 2 times" in done.stderr) == (4, True), done.stderr
