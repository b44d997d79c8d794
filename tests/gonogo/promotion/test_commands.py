"""The commands around the steps: files between jobs, variables of a job, and mistakes in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gonogo.promotion.command import main
from gonogo.promotion.errors import UnusableInput
from gonogo.promotion.records import Staged, Uploaded, demand_own, output, read, write
from gonogo.promotion.variables import lines
from reports.ticket import annotation, digests

ID = "aaaaaaaa-1111-4111-8111-111111111111"
STAGED = Staged("cloudflare", "fm5", ID, ID, "d-1")


def test_records_travel(tmp_path: Path) -> None:
    """What one job writes the next one reads, about the same service only."""
    file = tmp_path / "new" / "staged.json"
    write(file, STAGED)
    assert read(file, Staged, "cloudflare", "fm5") == STAGED
    with pytest.raises(UnusableInput, match="is about cloudflare/fm5, the environment about cloudflare/other"):
        read(file, Staged, "cloudflare", "other")
    with pytest.raises(UnusableInput, match="is about cloudflare/fm5, the environment about vercel/fm5"):
        read(file, Staged, "vercel", "fm5")
    with pytest.raises(UnusableInput, match="not the record of a step"):
        read(file, Uploaded, "cloudflare", "fm5")
    earlier = {"worker": "fm5", "version": ID, "previous": ID, "deployment": "d-1"}
    file.write_text(json.dumps(earlier))
    with pytest.raises(UnusableInput, match="is of an earlier gonogo, with `worker` in the place"):
        read(file, Staged, "cloudflare", "fm5")
    file.write_text(json.dumps({**vars(STAGED), "previous": None}))
    with pytest.raises(UnusableInput, match="not the record of a step"):
        read(file, Staged, "cloudflare", "fm5")


@pytest.mark.parametrize("text", ["mine", "{}", '{"name": "shop", "version": "1.0.0"}', "[" * 100_000])
def test_file_that_no_step_has_written_is_not_replaced(tmp_path: Path, text: str) -> None:
    """A slip in --out or --record costs nobody a file, and is said before anything is uploaded; the record of a step gives way."""
    file = tmp_path / "package.json"
    demand_own(file)
    file.write_text(text)
    with pytest.raises(UnusableInput, match="is not the record of a step, and is not replaced"):
        demand_own(file)
    for record in (Uploaded("cloudflare", "shop", "v1", "", ""), Staged("cloudflare", "shop", "v1", "v0", "d")):
        write(file, record)
        demand_own(file)
    assert [path.name for path in tmp_path.iterdir()] == ["package.json"]


def test_what_another_job_replaced_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The artifact, and what is said about its version, are those that the job which uploaded it has put out itself."""
    dist, file = tmp_path / "dist", tmp_path / "uploaded.json"
    dist.mkdir()
    (dist / "index.js").write_text("1")
    message, other = annotation(digests([dist])), "bbbbbbbb-2222-4222-8222-222222222222"
    write(file, Uploaded("cloudflare", "fm5", ID, "", message))
    given = ["same", "--artifact", str(dist), "--uploaded", str(file), "--message", message, "--version"]
    assert main([*given, ID]) == 0
    assert capsys.readouterr().out == f"SAME  version {ID}, {message}\n"
    assert main([*given, other]) == 1
    assert capsys.readouterr().out.startswith(f"REFUSED  the annotation is about {ID} {message}, and staging got {other} {message}")
    (dist / "index.js").write_text("2")
    assert main([*given, ID]) == 1
    assert f", and staging got {message}: somebody has replaced it since" in capsys.readouterr().out
    assert main(["same", "--artifact", str(dist), "--uploaded", str(file), "--message", "", "--version", ""]) == 1
    assert "and staging got nothing" in capsys.readouterr().out


def test_outputs_are_for_github_jobs_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without GITHUB_OUTPUT nothing is written."""
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    output(version=ID)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "out"))
    output(version=ID)
    output(previous=ID)
    assert (tmp_path / "out").read_text() == f"version={ID}\nprevious={ID}\n"


def test_variables_are_lines() -> None:
    """Values keep their = signs and their quotes; a mistake never shows a value."""
    assert lines("A=1\n\n# not this\n  B=x=y \nC='q'\n") == {"A": "1", "B": "x=y", "C": "'q'"}
    for text in ("A=1\nvery-secret", "1A=very-secret"):
        with pytest.raises(UnusableInput) as caught:
            lines(text)
        assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("on_github", [False, True])
def test_command_gets_the_variables_and_not_their_source(on_github: bool) -> None:
    """Its exit code is the command's; GitHub is told what to hide."""
    shown = "import os, sys; print(os.environ['A'], os.environ.get('GONOGO_VARIABLES')); sys.exit(3)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    env |= {"GONOGO_VARIABLES": "A=the value\n", **({"GITHUB_ACTIONS": "true"} if on_github else {})}
    command = [sys.executable, "-m", "gonogo", "promote", "with", "--", sys.executable, "-c", shown]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [*(["::add-mask::the value"] if on_github else []), "the value None"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stage", "--environment", "local-production", "--record", "r", "--version", "latest"], "'latest' is not the id of a version"),
        (["release", "--environment", "nowhere", "--record", "r"], "unknown environment"),
        (["release", "--environment", "preview", "--record", "r"], "names no service: add [promotion]"),
        (["release", "--environment", "local-production", "--record", "r"], "CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID must be set"),
        (["restore", "--environment", "local-production"], "one of the arguments --record --version is required"),
        (["with", "--"], "name the command"),
        (["with", "--", "no-such-program-anywhere"], "cannot be started"),
        ([], "required: STEP"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4, one line, nothing done."""
    for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "GONOGO_VARIABLES", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    assert main(words) == 4
    told = capsys.readouterr()
    assert said in told.err
    assert (told.err.count("\n"), told.out) == (1, "")


@pytest.mark.parametrize("text", [None, "{}", "nonsense"])
def test_record_that_is_none_is_a_mistake(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing or damaged: nothing is asked of the platform."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "a")
    if text is not None:
        (tmp_path / "r").write_text(text)
    assert main(["restore", "--environment", "local-production", "--record", str(tmp_path / "r")]) == 4
    assert "name the file that the step before wrote" in capsys.readouterr().err


def test_version_to_take_away_is_named_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of a step holds it already: two of them could differ."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "a")
    assert main(["restore", "--environment", "local-production", "--record", "r", "--instead-of", ID]) == 4
    assert "leave --instead-of out" in capsys.readouterr().err
