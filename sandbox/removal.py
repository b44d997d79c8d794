"""Removing the state folder: all that gonogo has put there, while nobody uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sandbox import ownership
from sandbox.cleaning import sweep
from sandbox.errors import SandboxError
from sandbox.ownership import FOLDERS, LOCKS, MARK, is_prepared
from sandbox.state import StateFolder, discard


def remove_state(state: StateFolder) -> list[Path]:
    """Removes a state folder. Returns what stays, because gonogo has not made it.

    Raises SandboxError, and removes nothing of it, where a sandbox uses the folder or where it is somebody else's.
    """
    if not state.root.is_dir():
        return []
    state.demand_ours()
    ownership.mark(state.root)  # one of an earlier gonogo, in the default place: a kill from here on leaves it to the next
    sweep(state)
    with state.lock("runs", exclusive=True):
        if alive := [run.id for run in state.all_runs() if run.alive()]:
            how = "`python -m sandbox down --run ID` stops it"
            raise SandboxError(f"the state folder {state.root} stays, because sandbox {', '.join(alive)} is running: {how}")
        for path in _made(state):
            discard(path)
        for name in FOLDERS:
            _give_up(state.root / name)
        left = [path for path in state.root.iterdir() if path.name not in (MARK, *LOCKS, *FOLDERS)]
        left = sorted([*left, *(path for name in FOLDERS for path in (state.root / name).glob("*"))])
        if not left:
            for name in (*LOCKS, MARK):  # the mark last: as long as it is there, what is left is known to be gonogo's
                (state.root / name).unlink(missing_ok=True)
            _give_up(state.root)
    return left


def _made(state: StateFolder) -> Iterator[Path]:
    for folder in (state.prepared, state.recycled):
        yield from filter(is_prepared, folder.glob("*"))
    yield state.cache / "node"
    yield from (path for path in state.root.glob(f"{MARK}.*") if path.is_file())


def _give_up(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # it is not there, or something stays in it
