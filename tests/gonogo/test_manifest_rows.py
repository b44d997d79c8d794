"""`--manifest`: the written list of checks, made from a collection."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allure
import pytest

from gonogo.plugin import manifest as module
from gonogo.plugin.manifest import rows
from journeys import Journey, step
from reports.manifest import Manifest, render
from tests.gonogo.fakes import Terminal, config
from tests.gonogo.given import item, knowing


class Noting(Journey, requires=("auth.email",)):
    """A journey with a need."""

    @step
    def act(self) -> None: ...


def documented() -> None:
    """A member keeps a note. The rest is for developers.

    And so is this.
    """


allure.severity("critical")(documented)
NOTE = "suites/notes/test_keeping.py::test_note_is_kept"


def test_row_says_everything_about_a_check() -> None:
    """Id, suite, needs, severity, marks, and the requirement as one sentence."""
    marks = (pytest.mark.requires("storage.objects"), pytest.mark.smoke, pytest.mark.safe_in_production)
    (row,) = rows([item(NOTE, *marks, fixtures=["noting"], of=knowing(config(), Noting), function=documented)])
    assert row.model_dump() == {
        "id": "notes.keeping::note_is_kept",
        "suite": "notes",
        "requires": ("auth.email", "storage.objects"),
        "severity": "critical",
        "smoke": True,
        "drill": False,
        "safe_in_production": True,
        "requirement": "A member keeps a note.",
    }


def test_check_has_one_row_however_many_cases() -> None:
    """Parameters are no part of a check's id, nor is a group."""
    found = rows([item(f"{NOTE}[{case}]@group") for case in ("plain", "ümlaut", "a@b")] + [item(NOTE.replace("kept", "deleted"))])
    assert [row.id for row in found] == ["notes.keeping::note_is_kept", "notes.keeping::note_is_deleted"]


def test_rows_become_a_manifest_and_come_back() -> None:
    """What is written is what is read, and nothing about it is stale."""
    found = rows([item(NOTE, pytest.mark.drill, function=documented)])
    assert Manifest.parse(render(found)).stale(found) == []


def session(mode: str | None, *checks: Any, failed: int = 0) -> tuple[Any, list[str]]:
    """A session that has collected these checks, and its terminal's lines."""
    terminal = Terminal()
    of = config(manifest=mode, terminal=terminal)
    return SimpleNamespace(config=of, items=list(checks), testsfailed=failed), terminal.lines


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the manifest, in a folder of the test."""
    path = tmp_path / "checks.toml"
    monkeypatch.setattr(module, "HERE", path)
    return path


def test_writing_and_checking(written: Path) -> None:
    """`write` makes the list, `check` then finds it current; neither runs a check."""
    made, lines = session("write", item(NOTE))
    assert module.loop(made) is True
    assert lines == ["checks.toml: 1 checks"]
    again, lines = session("check", item(NOTE))
    assert module.loop(again) is True
    assert lines == ["checks.toml is current: 1 checks"]


def test_stale_list_is_a_usage_error_with_every_difference(written: Path) -> None:
    """A check that vanished, one that is new, one that has another severity: each in a line, and what to do."""
    written.write_text(render(rows([item(NOTE), item(NOTE.replace("kept", "shared"))])), encoding="utf-8")
    made, lines = session("check", item(NOTE, function=documented), item(NOTE.replace("kept", "deleted")))
    with pytest.raises(pytest.UsageError, match="note_is_shared vanished and is not retired: bring it back, or enter it in retired.toml"):
        module.loop(made)
    assert lines[0] == "notes.keeping::note_is_shared is written down and no longer exists"
    assert lines[1] == "notes.keeping::note_is_deleted exists and is not written down"
    assert any("another severity: 'normal' is written down, it is 'critical'" in line for line in lines[2:])


def test_list_that_is_missing_says_how_to_write_it(written: Path) -> None:
    """Without a list nothing is required, and nothing could pass."""
    made, _ = session("check", item(NOTE))
    with pytest.raises(pytest.UsageError, match="make manifest"):
        module.loop(made)


@pytest.mark.parametrize(("mode", "failed"), [(None, 0), ("write", 1), ("check", 1)])
def test_without_the_option_or_with_a_broken_file_nothing_is_written(written: Path, mode: str | None, failed: int) -> None:
    """A file that cannot be imported would take its checks off the list."""
    made, _ = session(mode, item(NOTE), failed=failed)
    assert module.loop(made) is None
    assert not written.exists()


RETIRED = '[[retired]]\nid = "notes.keeping::note_is_shared"\nowner = "Ada"\nreason = "nobody shares"\ndate = 2026-11-21\n'


def test_check_leaves_the_list_only_by_being_retired(written: Path) -> None:
    """A deleted check cannot be forgotten by writing the list anew: somebody has to say so, with a reason."""
    before = render(rows([item(NOTE), item(NOTE.replace("kept", "shared"))]))
    written.write_text(before, encoding="utf-8")
    made, _ = session("write", item(NOTE))
    with pytest.raises(pytest.UsageError, match="note_is_shared vanished and is not retired"):
        module.loop(made)
    assert written.read_text(encoding="utf-8") == before
    written.with_name("retired.toml").write_text(RETIRED, encoding="utf-8")
    made, lines = session("write", item(NOTE))
    assert module.loop(made) is True
    assert lines == ["checks.toml: 1 checks"]


@pytest.mark.parametrize("mode", ["write", "check"])
def test_check_cannot_be_retired_and_there(written: Path, mode: str) -> None:
    """One of the two is a mistake."""
    both = [item(NOTE), item(NOTE.replace("kept", "shared"))]
    written.write_text(render(rows(both)), encoding="utf-8")
    written.with_name("retired.toml").write_text(RETIRED, encoding="utf-8")
    made, _ = session(mode, *both)
    with pytest.raises(pytest.UsageError, match="note_is_shared is retired and still a check"):
        module.loop(made)


def test_folder_from_outside_has_a_list_of_its_own(written: Path, tmp_path: Path) -> None:
    """Its checks do not get into ours, and only named folders are written."""
    folder = tmp_path / "app" / "checks"
    folder.mkdir(parents=True)
    theirs = item("test_door.py::test_is_green")
    theirs.path = folder / "test_door.py"
    made, lines = session("write", item(NOTE), theirs)
    made.config.args, made.config.args_source = ["suites", str(folder)], pytest.Config.ArgsSource.ARGS
    assert module.loop(made) is True
    assert lines == ["checks.toml: 1 checks", "checks.toml: 1 checks"]
    assert list(Manifest.load(written).rows) == ["notes.keeping::note_is_kept"]
    assert list(Manifest.load(folder / "checks.toml").rows) == ["door::is_green"]
    alone, lines = session("check", theirs)
    alone.config.args = [str(folder)]
    assert module.loop(alone) is True
    assert lines == ["checks.toml is current: 1 checks"]


def test_one_id_is_one_check(written: Path, tmp_path: Path) -> None:
    """Two checks of one id would be taken for one: each could vanish behind the other."""
    folder = tmp_path / "checks"
    folder.mkdir()
    same = item(NOTE)
    same.path = folder / "test_keeping.py"
    made, _ = session("write", item(NOTE), same)
    made.config.args = ["suites", str(folder)]
    with pytest.raises(pytest.UsageError, match="is a check of two folders"):
        module.loop(made)
