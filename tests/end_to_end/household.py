"""The processes of one run, and a home and a temporary folder of its own: what is left of it can be seen."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sandbox.connection import MARKER
from sandbox.processes import marked
from sandbox.state import StateFolder, remove

BADGE = "GONOGO_TEST_BADGE"
"""Variable that every process of a run inherits, but for those whose environment the sandbox makes from scratch: they carry its marker."""


@dataclass
class Household:
    """What one run has: a badge, a home, a temporary folder, and the processes and sandboxes seen so far."""

    folder: Path
    badge: str = field(default_factory=lambda: secrets.token_hex(8))
    sandboxes: set[str] = field(default_factory=set)
    _seen: dict[int, psutil.Process] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """The run's own folder for ledger, verdict and report."""
        return self.folder / "out"

    @property
    def home(self) -> Path:
        """HOME of the run."""
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the run."""
        return self.folder / "tmp"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that make a process belong to it."""
        return {BADGE: self.badge, "HOME": str(self.home), "TMPDIR": str(self.temporary)}

    def look(self, process_id: int) -> list[str]:
        """Remembers the process and what descends from it now. Returns the command lines."""
        commands = []
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(process_id)
            for process in [root, *root.children(recursive=True)]:
                with contextlib.suppress(psutil.Error, OSError):
                    command = " ".join(process.cmdline())
                    commands.append(command)
                    self._seen[process.pid] = process
                    if run := process.environ().get(MARKER):
                        self.sandboxes.add(run)
        return commands

    def left(self) -> list[str]:
        """What is there of it now: processes, and folders of its sandboxes."""
        alive = {process.pid: process for process in self._seen.values() if _alive(process)}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(BADGE) == self.badge and _alive(process):
                    alive[process.pid] = process
        alive |= {process.pid: process for run in self.sandboxes for process in marked(run) if _alive(process)}
        folders = [StateFolder().runs / run for run in self.sandboxes]
        return [str(process) for process in alive.values()] + [str(folder) for folder in folders if folder.exists()]

    def left_after(self, started: float, limit: float) -> list[str]:
        """What is left `limit` seconds after `started` (monotonic). Empty as soon as nothing is."""
        while (found := self.left()) and time.monotonic() < started + limit:
            time.sleep(0.05)
        return found

    def written(self) -> list[str]:
        """Files and folders in its home and its temporary folder."""
        return sorted(str(path.relative_to(self.folder)) for place in (self.home, self.temporary) for path in place.rglob("*"))


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@contextmanager
def household() -> Iterator[Household]:
    """A household whose folder is removed at the end.

    It lies in the state folder: paths of sockets are bounded, and those of pytest's temporary folders are long on some systems.
    """
    state = StateFolder()
    state.create()
    made = Household(state.root / f"tests-{secrets.token_hex(4)}")
    made.folder.mkdir(mode=0o711)
    made.home.mkdir(mode=0o700)
    made.temporary.mkdir()
    made.temporary.chmod(0o1777)
    try:
        yield made
    finally:
        remove(made.folder)
