"""The state folder: whose runs are alive, what may be removed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from base.places import PROJECT
from sandbox.cleaning import sweep
from sandbox.errors import SandboxError
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
