"""A used data folder is put right for the next run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import recycling
from sandbox.state import StateFolder


def tree(root: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every file and folder below `root`, with mode and content."""
    paths = (path for path in root.rglob("*"))
    return {path.relative_to(root).as_posix(): (path.stat().st_mode, path.read_bytes() if path.is_file() else None) for path in paths}


@pytest.fixture
def pristine(tmp_path: Path) -> Path:
    """A small data folder, as a prepared state holds it."""
    data = tmp_path / "pristine"
    for name in ("base/1/100", "base/1/101", "base/2/100", "global/control", "empty/keep"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(name.encode() * 10)
    (data / "empty" / "keep").unlink()
    (data / "global").chmod(0o700)
    return data


def overwrite(used: Path) -> None:
    """Same size, other content."""
    path = used / "base/1/100"
    path.write_bytes(b"x" * path.stat().st_size)


def file_to_folder(used: Path) -> None:
    """A file's place is taken by a folder."""
    (used / "global/control").unlink()
    (used / "global/control").mkdir()


def folder_to_file(used: Path) -> None:
    """A folder's place is taken by a file."""
    (used / "empty").rmdir()
    (used / "empty").write_text("")


CHANGES: dict[str, Callable[[Path], object]] = {
    "same size": overwrite,
    "grown": lambda used: (used / "base/1/101").write_bytes(b"x" * 100_000),
    "emptied": lambda used: (used / "global/control").write_bytes(b""),
    "deleted": lambda used: (used / "base/2/100").unlink(),
    "folder deleted": lambda used: shutil.rmtree(used / "base/2"),
    "added": lambda used: (used / "postmaster.pid").write_text("1"),
    "folder added": lambda used: shutil.copytree(used / "base/1", used / "base/3"),
    "file became folder": file_to_folder,
    "folder became file": folder_to_file,
    "mode": lambda used: (used / "base/1/100").chmod(0o644),
    "nothing": lambda used: None,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_restored_folder_equals_the_prepared_one(tmp_path: Path, pristine: Path, change: Callable[[Path], object]) -> None:
    """Whatever a run did to its copy, the next one gets what was prepared."""
    used = tmp_path / "used"
    shutil.copytree(pristine, used)
    before = tree(pristine)
    change(used)
    recycling.restore(pristine, used)
    assert tree(used) == tree(pristine) == before


def test_untouched_files_are_not_copied(tmp_path: Path, pristine: Path) -> None:
    """Only what changed is copied: that is what spares are for."""
    used = tmp_path / "used"
    shutil.copytree(pristine, used)
    overwrite(used)
    before = {path: path.stat().st_ino for path in used.rglob("*")}
    times = {path: path.stat().st_ctime_ns for path in used.rglob("*")}
    recycling.restore(pristine, used)
    assert {path: path.stat().st_ino for path in used.rglob("*")} == before
    assert [path.name for path in times if path.stat().st_ctime_ns != times[path]] == ["100"]


def test_spare_is_given_and_taken_once(tmp_path: Path, pristine: Path) -> None:
    """One spare for each prepared state; who comes second copies."""
    state = StateFolder(tmp_path / "state")
    state.create()
    prepared = state.prepared / "abc"
    (prepared / "postgres").mkdir(parents=True)
    pristine.rename(prepared / "postgres" / "data")
    for name in ("one", "two"):
        shutil.copytree(prepared / "postgres" / "data", tmp_path / name)
        recycling.give(state, prepared, tmp_path / name)
    assert not (tmp_path / "one").exists()
    assert (tmp_path / "two").exists(), "there is a spare already"
    assert recycling.take(state, prepared, tmp_path / "mine")
    assert tree(tmp_path / "mine") == tree(prepared / "postgres" / "data")
    assert not recycling.take(state, prepared, tmp_path / "yours")


def test_spare_goes_with_its_prepared_state(tmp_path: Path) -> None:
    """No spare is kept for a state that is not prepared any more."""
    state = StateFolder(tmp_path / "state")
    state.create()
    for name in ("kept", "gone"):
        (state.recycled / name).mkdir()
    (state.prepared / "kept").mkdir()
    recycling.discard_unused(state)
    assert [path.name for path in state.recycled.iterdir()] == ["kept"]
    (tmp_path / "data").mkdir()
    recycling.give(state, state.prepared / "gone", tmp_path / "data")
    assert [path.name for path in state.recycled.iterdir()] == ["kept"]
