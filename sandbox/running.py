"""Which sandboxes are up, and how to reach one of them from another process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.connection import Connection
from sandbox.errors import SandboxError
from sandbox.state import SandboxRun, StateFolder
from sandbox.system import System


def live() -> list[tuple[SandboxRun, dict[str, Any]]]:
    """Running sandboxes and their records, oldest first."""
    found = [(run, run.record() or {}) for run in StateFolder().all_runs() if run.alive()]
    return sorted(found, key=lambda entry: entry[1].get("started", 0.0))


def chosen(identifier: str | None) -> tuple[SandboxRun, dict[str, Any], Connection]:
    """The named sandbox, else (None) the one of `up`. Raises SandboxError when it is not there."""
    for run, record in live():
        if run.id == identifier or (identifier is None and record.get("kind") == "up"):
            if record.get("connection"):
                return run, record, Connection(**record["connection"])
            raise SandboxError(f"sandbox {run.id} is still starting; try again in a moment")
    if identifier:
        raise SandboxError(f"no sandbox {identifier} is running; `python -m sandbox status` lists what is")
    raise SandboxError("no sandbox is up: start one with `python -m sandbox up`, or name one that `python -m sandbox status` lists")


def system_of(record: Mapping[str, Any]) -> System:
    """The system that a sandbox was booted as. Raises SandboxError when another version of gonogo has booted it."""
    try:
        return System.restored(record["system"])
    except (KeyError, TypeError) as error:
        raise SandboxError("a sandbox is up that another version of gonogo has booted: stop it with `python -m sandbox down`") from error


def still_up(connection: Connection) -> bool:
    """Whether the sandbox behind a connection has not ended meanwhile."""
    return SandboxRun(Path(connection.state)).alive()
