"""`make clean`: what gonogo, its tools and its runs have made goes, and what somebody else has put there stays and is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.folder import FolderError, OutputFolder
from reports.outputs import remove_outputs
from setup import provision
from setup.provision import Place, SetupProblem
from setup.remove import MADE, remove

MARKS = {
    ".venv": "setup.json",
    "node_modules": ".package-lock.json",
    "tests/apps/node_modules": ".package-lock.json",
    ".mypy_cache": "CACHEDIR.TAG",
    ".ruff_cache": "CACHEDIR.TAG",
    ".pytest_cache": "whole-runs.log",
    ".hypothesis": "constants",
}


def put(root: Path, *names: str) -> set[str]:
    """Files; the names of all that lie there then."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return contents(root)


def contents(root: Path) -> set[str]:
    """The names of all files, not through links."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() or path.is_symlink()}


def test_what_was_made_goes(tmp_path: Path) -> None:
    """Packages, caches and compiled files, wherever in the project they lie; sources stay."""
    assert MARKS.keys() == MADE.keys()
    put(tmp_path, *(f"{name}/{mark}" for name, mark in MARKS.items()), "sandbox/apps/x/node_modules/installed-by-gonogo")
    put(tmp_path, "base/__pycache__/a.cpython-311.pyc", "suites/health/__pycache__/b.pyc.140234", "base/a.py")
    (tmp_path / "tests" / "__pycache__").mkdir(parents=True)
    assert remove(tmp_path) == []
    assert contents(tmp_path) == {"base/a.py"}
    assert not (tmp_path / "tests" / "__pycache__").exists()


THEIRS = {
    ".venv/pyvenv.cfg": ".venv has no mark",
    "node_modules/mine/index.js": "node_modules has no mark",
    ".hypothesis/notes.txt": ".hypothesis has no mark",
    ".pytest_cache/notes.txt": ".pytest_cache has no mark",
    ".mypy_cache": ".mypy_cache has no mark",
    "sandbox/apps/x/node_modules/mine.js": "sandbox/apps/x/node_modules has no mark",
    "base/__pycache__/notes.txt": "base/__pycache__ holds what is not compiled Python",
}


@pytest.mark.parametrize("name", THEIRS)
def test_what_somebody_else_has_put_there_stays_and_is_named(tmp_path: Path, name: str) -> None:
    """A folder of the same name proves nothing."""
    before = put(tmp_path, name)
    [said] = remove(tmp_path)
    assert said.startswith(THEIRS[name])
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", [*MADE, "sandbox/apps/x/node_modules", "base/__pycache__", "linked"])
def test_links_are_neither_removed_nor_followed(tmp_path: Path, name: str) -> None:
    """What they lead to is somebody else's, whatever marks it carries."""
    root = tmp_path / "project"
    before = put(tmp_path / "elsewhere", *MARKS.values(), "installed-by-gonogo", "a.pyc", "__pycache__/b.pyc")
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(tmp_path / "elsewhere")
    remove(root)
    assert (root / name).is_symlink()
    assert contents(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("place", ["other/.git/HEAD", "other/.git"])
def test_other_checkouts_within_are_left_alone(tmp_path: Path, place: str) -> None:
    """A clone or a worktree that lies in the project is another project."""
    before = put(tmp_path, place, "other/__pycache__/a.pyc", ".hidden/__pycache__/a.pyc", "reports/out/mine/__pycache__/a.pyc")
    assert remove(tmp_path) == []
    assert contents(tmp_path) == before


def run(folder: Path, *names: str) -> None:
    """The folder of a run with these outputs."""
    with OutputFolder(folder, [name.partition("/")[0] for name in names]):
        put(folder, *names)


def test_outputs_go_by_the_marks_of_runs(tmp_path: Path) -> None:
    """At any depth; beside them, and in their folders, what no run has written stays."""
    out = tmp_path / "out"
    for folder in (out / "local", out / "soak" / "001", out / "gone"):
        run(folder, "report.html", "history.jsonl", "tmp/socket")
    theirs = {"local/notes.txt", "mine/report.html", "soak/notes.txt", "loose.txt"}
    put(out, *theirs)
    (out / "soak" / "linked").symlink_to(tmp_path)
    left = {path.relative_to(out).as_posix() for path in remove_outputs(out)}
    assert left == theirs | {"soak/linked"}
    assert contents(out) - {"local/.gonogo"} == left
    assert not (out / "gone").exists()
    run(out / "local", "report.html")  # and it stays usable


def test_outputs_of_a_killed_run_go(tmp_path: Path) -> None:
    """Its mark names all that it might have written."""
    killed = OutputFolder(tmp_path / "out" / "local", ("report.html", "tmp"))
    killed.hold()
    put(killed.path, "report.html", "tmp/socket")
    with pytest.raises(FolderError, match="another run is using"):
        remove_outputs(tmp_path / "out")
    assert contents(killed.path) == {".gonogo", "report.html", "tmp/socket"}
    os.close(killed._lock)
    assert remove_outputs(tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ['{"gonogo": ["../mine", "..", ".", "a/b", ".gonogo", ""]}', '{"gonogo": ["linked"]}'])
def test_mark_leads_nowhere_else(tmp_path: Path, content: str) -> None:
    """Whoever writes a mark names what lies in its folder, and no link there is followed."""
    put(tmp_path, "mine", "out/local/a/b")
    (tmp_path / "out" / "local" / "linked").symlink_to(tmp_path)
    (tmp_path / "out" / "local" / ".gonogo").write_text(content + "\n", encoding="utf-8")
    remove_outputs(tmp_path / "out")
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"
    assert contents(tmp_path / "out" / "local") >= {"a/b", "linked"}


CLAIMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (lambda root: (root / ".venv").symlink_to(root.parent), "is a link, and set-up would replace what it leads to"),
    "node link": (lambda root: (root / "node_modules").symlink_to(root.parent), "is a link, and set-up would replace"),
    "packages": (
        lambda root: put(root, ".venv/pyvenv.cfg", ".venv/lib/python3.11/site-packages/django-5.0.dist-info/METADATA"),
        "holds packages such as django, which set-up would remove: move it elsewhere",
    ),
    "something else": (lambda root: put(root, ".venv/notes.txt"), "holds what is no virtual environment, which set-up would remove"),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_set_up_replaces_nothing_that_it_has_not_made(tmp_path: Path, case: str) -> None:
    """One sentence, and everything stays as it is."""
    prepare, said = CLAIMS[case]
    root = tmp_path / "project"
    root.mkdir()
    prepare(root)
    before = contents(tmp_path)
    with pytest.raises(SetupProblem, match=said):
        provision.claim(Place(root))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("made", [(), (".venv/pyvenv.cfg", ".venv/lib/python3.11/site-packages/pip-24.0.dist-info/METADATA")], ids=str)
def test_set_up_marks_what_it_makes_before_it_begins(tmp_path: Path, made: tuple[str, ...]) -> None:
    """A new one, and one that somebody has just made for it: when set-up is killed then, the next one goes on, and clean removes it."""
    put(tmp_path, *made)
    for _ in range(2):
        provision.claim(Place(tmp_path))
    put(tmp_path, ".venv/lib/python3.11/site-packages/half-1.0.dist-info/METADATA")
    provision.claim(Place(tmp_path))
    assert remove(tmp_path) == []
    assert contents(tmp_path) == set()
