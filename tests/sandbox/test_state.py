"""The state folder: whose runs are alive, what may be removed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from base.places import PROJECT
from sandbox import recycling
from sandbox.cleaning import sweep
from sandbox.errors import SandboxError
from sandbox.ownership import FOLDERS, ForeignState
from sandbox.removal import remove_state
from sandbox.state import StateFolder

HOLDER = """
import sys
from pathlib import Path
from sandbox.state import StateFolder
with StateFolder(Path(sys.argv[1])).lock("prepared", exclusive=True):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def empty(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state")


def test_environment_variable_chooses_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """GONOGO_STATE moves the state; an argument goes before it."""
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "there"))
    assert StateFolder().root == tmp_path / "there"
    assert StateFolder(tmp_path).root == tmp_path


def test_run_lives_as_long_as_its_lock(empty: StateFolder) -> None:
    """A run is alive while somebody holds its lock, and dead from then on."""
    run, descriptor = empty.new_run()
    assert run.alive()
    assert empty.dead_runs() == []
    os.close(descriptor)
    assert not run.alive()
    assert [dead.id for dead in empty.dead_runs()] == [run.id]


def test_lock_passes_to_a_child_and_ends_with_it(empty: StateFolder) -> None:
    """The lock that is handed over keeps the run alive after its creator has let go, until the child is killed."""
    run, descriptor = empty.new_run()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=(descriptor,))
    os.close(descriptor)
    assert run.alive()
    child.kill()
    child.wait()
    assert not run.alive()


def test_sweep_removes_dead_runs_only(empty: StateFolder) -> None:
    """Folders of dead runs disappear, with the temporary folder they noted; live ones stay."""
    alive, held = empty.new_run()
    dead, let_go = empty.new_run()
    os.close(let_go)
    dead.temporary.mkdir()
    sweep(empty)
    assert alive.path.exists()
    assert not dead.path.exists()
    assert not dead.temporary.exists()
    os.close(held)


def test_record_is_private(empty: StateFolder) -> None:
    """The record holds credentials: only its owner reads it, and it is there at once or not at all."""
    run, descriptor = empty.new_run()
    assert run.record() is None
    run.write_record({"kind": "up"})
    assert run.record() == {"kind": "up"}
    assert stat.S_IMODE((run.path / "run.json").stat().st_mode) == 0o600
    os.close(descriptor)


def test_folders_are_not_listed_by_others(empty: StateFolder) -> None:
    """Others may at most pass through, whatever the umask: the names of runs are theirs not to see."""
    old = os.umask(0)
    try:
        run, descriptor = empty.new_run()
    finally:
        os.umask(old)
    os.close(descriptor)
    for folder in (empty.root, empty.runs, empty.prepared, run.path):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o066 == 0, folder


def test_unwritable_place_is_one_sentence(tmp_path: Path) -> None:
    """A state folder that cannot be created names itself and the variable that moves it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match=r"state folder .*/file/state cannot be created \(Not a directory\): set GONOGO_STATE"):
        StateFolder(tmp_path / "file" / "state").create()


def test_locks_exclude_and_tell(empty: StateFolder) -> None:
    """Who has to wait is told so once; shared holders do not wait for each other."""
    empty.create()
    told: list[str] = []
    with empty.lock("prepared", exclusive=False), empty.lock("prepared", exclusive=False, waiting=lambda: told.append("shared")):
        pass
    assert told == []
    command = [sys.executable, "-c", HOLDER, str(empty.root)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT)
    assert holder.stdout
    assert holder.stdin
    assert holder.stdout.readline() == b"held\n"

    def waiting() -> None:
        told.append("exclusive")
        assert holder.stdin
        holder.stdin.close()

    with empty.lock("prepared", exclusive=True, waiting=waiting):
        assert told == ["exclusive"]
    holder.wait()
    holder.stdout.close()


THEIRS = {
    "runs of their own": ("runs/monday/result.txt",),
    "a run's name": ("runs/0123456789ab/result.txt",),
    "prepared": ("prepared/fm5-0123456789abcdef0123/x",),
    "notes": ("notes.txt",),
    "a mark of an output folder": (".gonogo",),
}


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder with what is in it."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


def put(folder: Path, *names: str) -> dict[str, str]:
    """Somebody's files; what the folder holds then."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"mine: {name}", encoding="utf-8")
    return contents(folder)


@pytest.mark.parametrize("case", THEIRS)
def test_folder_of_somebody_else_is_no_state_folder(tmp_path: Path, case: str) -> None:
    """Part 1 of the cases O1 to O6, for state: without a mark nothing of it is gonogo's, whatever it is called."""
    before = put(tmp_path / "state", *THEIRS[case])
    state = StateFolder(tmp_path / "state")
    for use in (state.demand_ours, state.create, state.new_run, lambda: remove_state(state)):
        with pytest.raises(ForeignState, match=r"has no mark of gonogo's: nothing was touched; set GONOGO_STATE to a new or an empty"):
            use()
    assert contents(tmp_path / "state") == before


@pytest.mark.parametrize("name", FOLDERS)
def test_link_in_a_state_folder_is_not_followed(tmp_path: Path, empty: StateFolder, name: str) -> None:
    """Where one of its folders is a link by now, what it leads to would be swept."""
    empty.create()
    before = put(tmp_path / "elsewhere", "0123456789ab/alive", "mine")
    (empty.root / name).rmdir()
    (empty.root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignState, match=f"has a link in the place of {name}"):
        empty.new_run()
    assert contents(tmp_path / "elsewhere") == before


def test_what_lies_beside_gonogos_own_stays(tmp_path: Path, empty: StateFolder) -> None:
    """In a folder with a mark too: a sweep and the removal of old states go by the names that gonogo gives."""
    empty.create()
    before = put(
        empty.root, "runs/monday/alive", "prepared/notes/x", "prepared/my.building-x/y", "recycled/old/z", "cache/mine/c", "notes.txt"
    )
    dead, let_go = empty.new_run()
    os.close(let_go)
    (empty.runs / "0123456789ab").symlink_to(tmp_path)
    sweep(empty)
    recycling.discard_unused(empty)
    assert not dead.path.exists()
    left = remove_state(empty)
    assert {path: text for path, text in contents(empty.root).items() if path in before} == before
    assert {path.relative_to(empty.root).as_posix() for path in left} >= {"runs/monday", "runs/0123456789ab", "prepared/notes", "notes.txt"}
    empty.create()  # and it stays usable


@pytest.mark.parametrize("noted", ["{home}", "{home}/gonogo-postgres-ffffffffffff", "gonogo-postgres-{run}", "link", "\0"])
def test_note_of_a_temporary_folder_leads_nowhere_else(tmp_path: Path, empty: StateFolder, noted: str) -> None:
    """A run's folder says where its temporary one lies: one of another name is not removed, and a link not followed."""
    home = tmp_path / "home"
    before = put(home, "mine", "gonogo-postgres-ffffffffffff/mine")
    run, let_go = empty.new_run()
    os.close(let_go)
    if noted == "link":
        noted = str(tmp_path / f"gonogo-postgres-{run.id}")
        Path(noted).symlink_to(home)
    (run.path / "temporary").write_text(noted.format(home=home, run=run.id), encoding="utf-8")
    sweep(empty)
    assert not run.path.exists()
    assert contents(home) == before


def test_run_that_was_killed_as_it_began_or_went_is_removed(empty: StateFolder) -> None:
    """Before it could be locked there is an empty folder, and what says that it is a run goes last."""
    empty.create()
    (empty.runs / "0123456789ab").mkdir()
    half, let_go = empty.new_run()
    os.close(let_go)
    (half.path / "logs").rmdir()
    sweep(empty)
    assert list(empty.runs.iterdir()) == []


def test_state_in_use_is_not_removed(empty: StateFolder) -> None:
    """As long as one sandbox lives everything stays; afterwards nothing does."""
    run, held = empty.new_run()
    before = sorted(empty.root.rglob("*"))
    with pytest.raises(SandboxError, match=rf"stays, because sandbox {run.id} is running: `python -m sandbox down"):
        remove_state(empty)
    assert sorted(empty.root.rglob("*")) == before
    os.close(held)
    assert remove_state(empty) == []
    assert not empty.root.exists()
    assert remove_state(empty) == []


def test_lock_that_was_removed_meanwhile_is_taken_anew(empty: StateFolder) -> None:
    """Who waited for a lock while somebody cleaned up would hold one that nobody else knows."""
    empty.create()

    def waiting() -> None:
        (empty.root / "prepared.lock").unlink()
        blocking.__exit__(None, None, None)

    blocking = empty.lock("prepared", exclusive=True)
    blocking.__enter__()
    with empty.lock("prepared", exclusive=True, waiting=waiting):
        assert (empty.root / "prepared.lock").exists()
