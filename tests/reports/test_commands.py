"""The commands: what they print, their exit codes, and one sentence for every mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from gonogo.commands.conclusions import main
from reports.manifest import render
from reports.reasons import Kind, Reason, ReasonKind, Weight
from reports.records import Leak, Record, TroubleMet
from reports.soak import soak
from reports.verdict import CheckCounts, Verdict
from tests.reports.ledgers import ROWS, SIGN_UP, ending, healthy, sealed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest file."""
    path = tmp_path / "checks.toml"
    path.write_text(render(ROWS))
    return path


def written(path: Path, records: Sequence[Record]) -> str:
    """The records as a file; its path."""
    path.write_text("".join(record.model_dump_json() + "\n" for record in records))
    return str(path)


def of_run(name: str, records: Sequence[Record] | None = None) -> list[Record]:
    """A sealed run with another id."""
    return sealed([r.model_copy(update={"run": name}) for r in records or healthy()])


@pytest.mark.parametrize(
    ("records", "code", "first"),
    [
        (sealed(healthy()), 0, "PASS"),
        (sealed(ending(SIGN_UP, "failed", "-> 500"), 1), 1, "FAIL"),
        (sealed([*healthy(), TroubleMet(what="wall", host="x", text="SSO")]), 3, "INCONCLUSIVE"),
        (sealed(healthy(), 2, interrupted=True), 2, "INTERRUPTED"),
        ([], 3, "INCONCLUSIVE"),
    ],
    ids=["pass", "fail", "inconclusive", "interrupted", "empty"],
)
def test_verdict_prints_and_ends_with_its_code(
    tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str], records: list[Record], code: int, first: str
) -> None:
    """The first line is the verdict, and the exit code is its."""
    path = written(tmp_path / "ledger.jsonl", records)
    assert main(["verdict", path, "--manifest", str(manifest)]) == code
    assert capsys.readouterr().out.startswith(first)


def test_verdict_as_json(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the whole verdict."""
    path = written(tmp_path / "ledger.jsonl", sealed(healthy()))
    assert main(["verdict", path, "--json", "--manifest", str(manifest)]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "pass"


def test_one_bad_ledger_decides(tmp_path: Path, manifest: Path) -> None:
    """Of several ledgers the first that is no pass gives the exit code."""
    good = written(tmp_path / "good.jsonl", sealed(healthy()))
    bad = written(tmp_path / "bad.jsonl", sealed(ending(SIGN_UP, "failed"), 1))
    assert main(["verdict", good, bad, "--manifest", str(manifest)]) == 1


def test_soak_table(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Different runs of the same checks that all pass are one table and exit code 0."""
    paths = [written(tmp_path / f"{n}.jsonl", of_run(f"run-{n}")) for n in range(3)]
    assert main(["soak-table", *paths, "--expect", "3", "--manifest", str(manifest)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["run-0", "pass", "6", "4", "3.0", "1.20"]
    assert lines[-1] == "3 runs, all different, all pass, 6 checks each"


@pytest.mark.parametrize(
    ("names", "expect", "code", "words"),
    [
        (["run-1", "run-1"], "2", 3, "is the same run as"),
        (["run-1"], "2", 3, "there are 1 ledgers, not 2"),
        ([], "1", 3, "there are 0 ledgers, not 1"),
    ],
)
def test_soak_table_refuses(
    tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str], names: list[str], expect: str, code: int, words: str
) -> None:
    """A run that is counted twice, or is missing, is told."""
    paths = [written(tmp_path / f"{n}.jsonl", of_run(name)) for n, name in enumerate(names)]
    assert main(["soak-table", *paths, "--expect", expect, "--manifest", str(manifest)]) == code
    assert words in capsys.readouterr().out


def test_soak_table_names_the_run_that_failed(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One failure among passes gives its exit code and its cause."""
    failing = of_run("run-2", ending(SIGN_UP, "failed", "-> 500"))
    paths = [written(tmp_path / "1.jsonl", of_run("run-1")), written(tmp_path / "2.jsonl", failing)]
    assert main(["soak-table", *paths, "--manifest", str(manifest)]) == 1
    out = capsys.readouterr().out
    assert "2.jsonl is no pass: FAIL  auth.sign_up::visitor_becomes_a_member: -> 500" in out
    assert "2.jsonl has other counts than" in out


def test_leak_in_any_of_several_runs_decides(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first run that did not pass decides, but 6 means that nothing may be uploaded."""
    unclear = written(tmp_path / "1.jsonl", of_run("a", [*healthy(), TroubleMet(what="wall", host="x", text="SSO")]))
    leaked = written(tmp_path / "2.jsonl", of_run("b", [*healthy(), Leak(secret="TOKEN", where="report.html")]))
    failed = written(tmp_path / "3.jsonl", of_run("c", ending(SIGN_UP, "failed", "-> 500")))
    assert main(["verdict", unclear, leaked, failed, "--manifest", str(manifest)]) == 6
    assert main(["verdict", unclear, failed, "--manifest", str(manifest)]) == 3
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["surprise"], "invalid choice"),
        (["verdict"], "the following arguments are required: LEDGER"),
        (["verdict", "nowhere.jsonl"], "cannot read the ledger nowhere.jsonl"),
        (["verdict", "x", "--policy", "nowhere.toml"], "cannot read the policy nowhere.toml"),
        (["verdict", "x", "--manifest", "nowhere.toml"], "cannot read the manifest nowhere.toml"),
        (["render", "x", "--out", "y"], "required: --results"),
        (["soak-table", "--expect", "many"], "invalid int value"),
    ],
)
def test_mistakes_are_one_sentence(
    tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Unusable input ends with exit code 4 and one line that says what is wrong."""
    given = [*arguments, *(["--manifest", str(manifest)] if arguments[1:] == ["nowhere.jsonl"] else [])]
    assert main(given) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_render_without_results_is_one_sentence(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder of raw results has to be there."""
    path = written(tmp_path / "ledger.jsonl", sealed(healthy()))
    given = ["render", path, "--results", str(tmp_path / "none"), "--out", str(tmp_path / "out"), "--manifest", str(manifest)]
    assert main(given) == 4
    assert "there are no raw results in" in capsys.readouterr().err


def test_module_can_be_run(tmp_path: Path, manifest: Path) -> None:
    """`python -m gonogo` is the command, and shows no traceback for a file that is no ledger."""
    (tmp_path / "noise.jsonl").write_bytes(b"\xff\xfe\x00 not a ledger\n\n{}\n")
    command = [sys.executable, "-m", "gonogo", "verdict", str(tmp_path / "noise.jsonl"), "--manifest", str(manifest)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stdout.startswith("INCONCLUSIVE")
    assert done.stderr == ""


def test_soak_bears_what_it_is_told_to_bear(tmp_path: Path) -> None:
    """Under jitter an inconclusive run is counted and named, and no problem; a failed one still is."""
    reason = Reason(weight=Weight.MISSING, kind=ReasonKind.THIRD_PARTY, text="api.resend.com answers 503")
    unclear = Verdict(Kind.INCONCLUSIVE, 3, (reason,), run="a", counts=CheckCounts(collected=6, passed=2))
    passed = Verdict(Kind.PASS, 0, run="b", counts=CheckCounts(collected=6, passed=6))
    failed = Verdict(Kind.FAIL, 1, (reason,), run="c", counts=CheckCounts(collected=6, passed=5))
    borne = frozenset({Kind.PASS, Kind.INCONCLUSIVE})
    rows = [(tmp_path / verdict.run, verdict) for verdict in (unclear, passed, failed)]
    outcome = soak(rows[:2], 2, borne=borne)
    assert (outcome.exit_code, outcome.problems) == (0, ())
    assert outcome.table().endswith("2 runs, all different, 1 inconclusive, 1 pass, 6 checks each")
    assert "a is inconclusive: INCONCLUSIVE  api.resend.com answers 503" in outcome.table()
    cut = Verdict(Kind.PASS, 0, run="d", counts=CheckCounts(collected=6, passed=6, flaky=2))
    assert soak([rows[1], (tmp_path / "d", cut)], 2, borne=borne).exit_code == 0, "how many requests were cut is chance"
    assert soak([rows[1], (tmp_path / "d", cut)], 2).exit_code == 3, "without a bad network it is not"
    assert soak(rows, 3, borne=borne).exit_code == 1
    assert soak(rows[:2], 2).exit_code == 3
