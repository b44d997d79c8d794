"""Removing what a run leaves, orderly or killed."""

from __future__ import annotations

from sandbox import postgres
from sandbox.ownership import is_prepared
from sandbox.processes import kill_marked
from sandbox.state import SandboxRun, StateFolder, remove


def sweep(state: StateFolder) -> None:
    """Removes what killed supervisors left: processes with their run's marker, folders."""
    for run in state.dead_runs():
        kill_marked(run.id)
        clear(state, run)


def clear(state: StateFolder, run: SandboxRun) -> None:
    """Removes everything a run has on disk (and PostgreSQL's bit of shared memory); its processes have ended."""
    unfinished = [path for path in state.prepared.glob(f"*.building-{run.id}") if is_prepared(path)]
    for folder in (run.path / "postgres", run.temporary, *(path / "postgres" for path in unfinished)):
        postgres.forget_memory(folder / "data")
    for path in unfinished:
        remove(path)
    run.remove()
