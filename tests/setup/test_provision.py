"""Set-up: each step once, again when its inputs changed, and one clear sentence when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from setup import provision
from setup.provision import Place, SetupProblem
from tests.house import ROOT

INPUTS = (
    ".npmrc",
    "package.json",
    "package-lock.json",
    "requirements/dev.txt",
    "requirements/setup.txt",
    "setup/provision.py",
    "setup/run.sh",
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A copy of the project, as far as set-up reads it, with an empty virtual environment."""
    return copied(tmp_path / "copy")


def copied(root: Path) -> Place:
    for name in INPUTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    (root / ".venv").mkdir()
    return Place(root)


def product(place: Place, step: str) -> Path:
    made = place.root / f"{step}.made"
    made.touch()
    return made


def test_nothing_is_done_at_first(place: Place) -> None:
    """A fresh clone has everything to do."""
    assert not any(place.done(step) for step in provision.STEPS)


def test_stamped_step_is_done(place: Place) -> None:
    """A step that was finished is not done again, and says nothing about the others."""
    place.stamp("node", product(place, "node"))
    assert place.done("node")
    assert not place.done("python")


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/dev.txt", {"python", "node", "browser"}),
        ("package-lock.json", {"node"}),
        (".npmrc", {"node"}),
        ("setup/provision.py", {"python", "node", "browser"}),
    ],
)
def test_changed_input_repeats_the_steps_built_from_it(place: Place, changed: str, again: set[str]) -> None:
    """A step is repeated when a file that it was built from changed, and only then."""
    for step in provision.STEPS:
        place.stamp(step, product(place, step))
    with (place.root / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed")
    assert {step for step in provision.STEPS if not place.done(step)} == again


def test_missing_product_repeats_the_step(place: Place) -> None:
    """A browser that was uninstalled is looked for again."""
    made = product(place, "browser")
    place.stamp("browser", made)
    made.unlink()
    assert not place.done("browser")


def test_moved_project_is_set_up_again(place: Place, tmp_path: Path) -> None:
    """Virtual environments hold absolute paths: a moved one does not count."""
    place.stamp("python", ROOT / "Makefile")
    moved = place.root.rename(tmp_path / "moved")
    assert not Place(moved).done("python")


def test_damaged_stamps_count_as_none(place: Place) -> None:
    """A file that cannot be read means: do it again, not: stop."""
    place.stamps.write_text("{", encoding="utf-8")
    assert not place.done("python")


def test_failed_step_keeps_what_was_done_before(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps are done in order; the next call goes on at the step that failed."""
    played: list[str] = []

    def working(step: str) -> Callable[[Place], Path]:
        def work(where: Place) -> Path:
            played.append(step)
            if step == "node" and played.count("node") == 1:
                raise SetupProblem("the disk is full")
            return product(where, step)

        return work

    monkeypatch.setattr(provision, "STEPS", {step: (step, working(step)) for step in ("python", "node", "browser")})
    with pytest.raises(SetupProblem, match="the disk is full"):
        provision.provision(place)
    provision.provision(place)
    assert played == ["python", "node", "node", "browser"]
    assert "python: done in" in capsys.readouterr().out


def test_failed_command_shows_the_end_of_its_output(tmp_path: Path) -> None:
    """What a tool said last is what a person needs."""
    with pytest.raises(SetupProblem) as caught:
        provision.run(["sh", "-c", "for i in 1 2 3; do echo line $i; done; exit 7"], cwd=tmp_path)
    assert "ended with status 7" in str(caught.value)
    assert str(caught.value).endswith("line 3")


def test_missing_command_is_named(tmp_path: Path) -> None:
    """A program that is not there is one sentence."""
    with pytest.raises(SetupProblem, match="`no-such-program` cannot be started: No such file or directory"):
        provision.run(["no-such-program"], cwd=tmp_path)


def test_endless_command_is_ended(tmp_path: Path) -> None:
    """No step waits for ever."""
    with pytest.raises(SetupProblem, match="was not done after 0 s"):
        provision.run(["sleep", "30"], cwd=tmp_path, within=0.2)


def test_without_any_browser_it_says_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who may not install packages is told which one to install, and what was tried."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(provision, "_installed", lambda place: [])
    monkeypatch.setattr(provision, "run", refusing("Error: no such host"))
    with pytest.raises(SetupProblem) as caught:
        provision.browser(place)
    assert "install Google Chrome or Chromium" in str(caught.value)
    assert "make setup" in str(caught.value)
    assert "Playwright's download: Error: no such host" in str(caught.value)
    assert "apt-get update" not in str(caught.value)


def test_root_on_debian_gets_the_package(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Playwright has nothing to download, Debian's package serves; its installed program is what starts."""
    commands: list[str] = []

    def pretend(command: list[str | Path], **_: object) -> str:
        words = " ".join(str(word) for word in command)
        if "playwright install" in words or (provision.TRIAL in words and not words.endswith("/usr/bin/chromium")):
            raise SetupProblem("Error: no such host")
        if "apt-get" in words:
            commands.append(words)
        return "/usr/bin/chromium"

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(provision, "_installed", lambda place: ["/usr/bin/chromium"] if commands else [])
    monkeypatch.setattr(provision, "run", pretend)
    assert provision.browser(place) == Path("/usr/bin/chromium")
    assert [command.split()[1] for command in commands] == ["update", "install"]


def refusing(message: str) -> Callable[..., str]:
    def refuse(*_: object, **__: object) -> str:
        raise SetupProblem(message)

    return refuse


def test_without_python_it_says_what_to_do(place: Place, tmp_path: Path) -> None:
    """A machine without a usable Python gets one sentence and a failure, from a plain sh."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname"):
        (tools / name).symlink_to(shutil.which(name) or name)
    (tools / "python3").write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n', encoding="utf-8")
    (tools / "python3").chmod(0o755)
    done = subprocess.run(
        ["sh", str(place.root / "setup" / "run.sh")], env={"PATH": str(tools)}, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert done.stderr.startswith("gonogo needs Python 3.11, 3.12, 3.13 or 3.14, and found Python 3.9.2: install one")
    assert len(done.stderr.splitlines()) == 1
