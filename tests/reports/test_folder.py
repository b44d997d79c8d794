"""Whose an output folder is: what gonogo has not put there stays as it is, and one run uses it at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.folder import HISTORY, MARK, FolderError, OutputFolder
from tests.house import ROOT

NAMES = ("report.html", "junit.xml", "tmp", HISTORY)


def put(folder: Path, *names: str) -> dict[str, str]:
    """Somebody's files; what the folder holds then."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"mine: {name}", encoding="utf-8")
    return contents(folder)


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder with what is in it, but for the mark."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != MARK]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def used(folder: Path, *names: str) -> None:
    """An earlier run with these outputs."""
    with OutputFolder(folder, NAMES) as held:
        held.clear()
        put(folder, *names)


@pytest.mark.parametrize(
    "names", [("tmp/mine",), ("report.html",), ("notes.txt",), (HISTORY,), (HISTORY, "junit.xml"), (".hidden",)], ids=str
)
def test_folder_of_somebody_else_is_refused_and_untouched(tmp_path: Path, names: tuple[str, ...]) -> None:
    """O1 to O3: a folder without a mark that holds anything is not gonogo's, whatever the names; the sentence says which."""
    before = put(tmp_path / "out", *names)
    with pytest.raises(FolderError, match=r"which has no mark of gonogo's: nothing was touched; name a new or an empty folder"):
        OutputFolder(tmp_path / "out", NAMES).hold()
    assert contents(tmp_path / "out") == before
    assert not (tmp_path / "out" / MARK).exists()


@pytest.mark.parametrize("prepare", [lambda _: None, Path.mkdir], ids=["new", "empty"])
def test_new_folder_is_taken(tmp_path: Path, prepare: Callable[[Path], object]) -> None:
    """O5: one that is not there, and an empty one."""
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()
    prepare(out)
    before = contents(out)
    with OutputFolder(out, NAMES) as held:
        held.clear()
        assert contents(out) == before


def test_earlier_run_gives_way(tmp_path: Path) -> None:
    """What an earlier run has put there is removed, but for the history."""
    used(tmp_path / "out", "report.html", "tmp/socket", HISTORY)
    with OutputFolder(tmp_path / "out", NAMES) as held:
        held.clear()
        assert contents(tmp_path / "out").keys() == {HISTORY}


def test_killed_run_leaves_a_folder_that_can_be_used(tmp_path: Path) -> None:
    """Nobody has released it: what the run may have written is gonogo's."""
    program = "import os, sys; from pathlib import Path; from reports.folder import OutputFolder; "
    program += "OutputFolder(Path(sys.argv[1]), sys.argv[2:]).hold(); os._exit(1)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "out"), *NAMES], cwd=ROOT, check=False)
    put(tmp_path / "out", "report.html", "tmp/socket")
    with OutputFolder(tmp_path / "out", NAMES) as held:
        held.clear()
        assert contents(tmp_path / "out") == {}


def test_name_that_no_run_has_used_is_somebody_elses(tmp_path: Path) -> None:
    """In a folder of gonogo's too: the run before has written no JUnit file, so this one is not its."""
    used(tmp_path / "out", "report.html")
    before = put(tmp_path / "out", "junit.xml", "notes.txt")
    with pytest.raises(FolderError, match="holds junit.xml, which has no mark"):
        OutputFolder(tmp_path / "out", NAMES).hold()
    assert contents(tmp_path / "out") == before


def test_other_names_stay(tmp_path: Path) -> None:
    """What somebody has put beside the outputs, under a name that no run uses, is left alone by every later run."""
    used(tmp_path / "out", "report.html")
    put(tmp_path / "out", "notes.txt")
    used(tmp_path / "out", "report.html")
    assert contents(tmp_path / "out").keys() == {"notes.txt", "report.html"}


@pytest.mark.parametrize("name", ["tmp", "report.html", HISTORY])
def test_link_is_not_followed(tmp_path: Path, name: str) -> None:
    """O4: where gonogo's own folder has a link by now, whatever it leads to would be removed or overwritten."""
    used(tmp_path / "out", "report.html")
    (tmp_path / "out" / "report.html").unlink()
    elsewhere = tmp_path / "elsewhere"
    before = put(elsewhere, "mine")
    (tmp_path / "out" / name).symlink_to(elsewhere)
    with pytest.raises(FolderError, match=f"holds {name}, which has no mark"):
        OutputFolder(tmp_path / "out", NAMES).hold()
    assert contents(elsewhere) == before


def test_what_lies_in_folders_that_would_go_is_looked_at(tmp_path: Path) -> None:
    """The folder of another run, and what nobody has released: both would go with gonogo's own folders."""
    names, out = (*NAMES, "publish"), tmp_path / "out"
    with OutputFolder(out, names):
        put(out, "publish/report.html", "tmp/socket")
    before = put(out, "publish/index.html")
    with pytest.raises(FolderError, match="holds publish/index.html, which has no mark"):
        OutputFolder(out, names).hold()
    assert contents(out) == before
    (out / "publish" / "index.html").unlink()
    used(out / "tmp" / "deep", "report.html")
    with pytest.raises(FolderError, match="holds tmp/deep, which has no mark"):
        OutputFolder(out, names).hold()


def test_folder_in_anothers_place_is_not_cleared(tmp_path: Path) -> None:
    """Somebody moves the folder of a run that is under way, and makes a new one: what lies in it is not this run's."""
    out = tmp_path / "out"
    with OutputFolder(out, NAMES) as held:
        out.rename(tmp_path / "moved")
        before = put(out, "tmp/mine")
        assert not held.held
        with pytest.raises(FolderError, match="is not held by this run any more"):
            held.clear()
        assert contents(out) == before


def test_file_that_only_keeps_a_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder with a .gitkeep is as good as an empty one, and keeps it."""
    before = put(tmp_path, ".gitkeep")
    used(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("content", ["a settings file", '{"gonogo": 1}', "[]"])
def test_mark_of_somebody_else_is_none(tmp_path: Path, content: str) -> None:
    """A file by the mark's name that gonogo has not written marks nothing, and is not written to."""
    (tmp_path / MARK).write_text(content, encoding="utf-8")
    with pytest.raises(FolderError, match=rf"{MARK} is not gonogo's: nothing was touched"):
        OutputFolder(tmp_path, NAMES).hold()
    assert (tmp_path / MARK).read_text(encoding="utf-8") == content


def test_mark_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    """A process that was killed while it wrote leaves the line before it."""
    used(tmp_path, "report.html")
    with (tmp_path / MARK).open("a", encoding="utf-8") as mark:
        mark.write('{"gonogo": ["rep')
    used(tmp_path, "report.html")
    assert contents(tmp_path).keys() == {"report.html"}


def test_folder_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    """O6: the second is refused while the first holds it, and may have it afterwards."""
    first, second = (OutputFolder(tmp_path / "out", NAMES) for _ in range(2))
    with first:
        put(tmp_path / "out", "report.html")
        with pytest.raises(FolderError, match="another run is using"):
            second.hold()
        assert contents(tmp_path / "out") == {"report.html": "mine: report.html"}
    with second:
        second.clear()


def test_default_place_is_gonogos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the default place no mark is needed: what lies there was written by runs that knew of none."""
    monkeypatch.setattr("reports.folder.OUTPUT", tmp_path)
    put(tmp_path / "local", "report.html", "junit.xml", "notes.txt")
    with OutputFolder(tmp_path / "local", NAMES) as held:
        held.clear()
    assert contents(tmp_path) == {"local/notes.txt": "mine: notes.txt"}
    assert json.loads((tmp_path / "local" / MARK).read_text(encoding="utf-8").splitlines()[-1]) == {"gonogo": []}
    # Nor does it matter what a mark says that another gonogo, with fewer names, has left.
    put(tmp_path / "local", "junit.xml")
    with OutputFolder(tmp_path / "local", NAMES) as held:
        held.clear()
    assert contents(tmp_path) == {"local/notes.txt": "mine: notes.txt"}
    # A link leads elsewhere, where a mark is needed.
    before = put(tmp_path / "elsewhere", "report.html")
    monkeypatch.setattr("reports.folder.OUTPUT", tmp_path / "place")
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError, match="which has no mark"):
        OutputFolder(tmp_path / "place" / "linked", NAMES).hold()
    assert contents(tmp_path / "elsewhere") == before


def test_file_is_no_folder(tmp_path: Path) -> None:
    """Neither is what would lie below one."""
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(FolderError, match="is a file, or lies below one: name a folder"):
            OutputFolder(out, NAMES).hold()
