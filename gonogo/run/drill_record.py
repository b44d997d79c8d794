"""What a drill writes into the state folder before it switches, and the lock by which runs of one machine see that a drill is under way."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from clients.errors import Inconclusive
from clients.platforms.drill_mark import DrillMark
from environments.schema.deploy_rollback import Rollback
from sandbox.errors import SandboxError
from sandbox.state import StateFolder

FOLDER = "drills"


@dataclass(frozen=True)
class Begun:
    """A drill that was about to switch: its mark, and when (seconds since the epoch) it was written down and has to be over."""

    mark: DrillMark
    at: float
    until: float


class DrillRecord:
    """The record of one service's drill. Whoever holds its lock drills, or puts back what a drill has left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, terms: Rollback) -> DrillRecord:
        """The record of the declared service, whether there is one or not."""
        settings = terms.settings
        account = "\0".join((terms.platform, settings.get("api", ""), settings.get("account", ""), terms.worker))
        return cls(StateFolder().root / FOLDER / f"{hashlib.sha256(account.encode()).hexdigest()[:16]}.json")

    def prepare(self) -> bool:
        """Makes the folder. False where this machine offers no state folder: what counts then is the mark at the platform alone."""
        try:
            StateFolder().create()
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
        except (SandboxError, OSError):
            return False
        return True

    def take(self) -> int:
        """Takes the lock. Returns its open file: it is held until the last process that has it open closes it or ends.

        Raises Inconclusive while somebody else holds it.
        """
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            begun = self.read()
            whose = f"run {begun.mark.run}" if begun else "another run"
            raise Inconclusive(f"a drill of {whose} is under way on this machine: run again when it is over") from None
        return lock

    @property
    def held(self) -> bool:
        """Whether a drill is under way on this machine, or its guard still puts something back."""
        if not self.path.parent.is_dir():
            return False
        try:
            os.close(self.take())
        except Inconclusive:
            return True
        except OSError:
            return False  # of somebody else, who may not even read it
        return False

    def write(self, mark: DrillMark, now: float | None = None) -> None:
        """Writes down what is about to be switched. A reader sees all of it or nothing."""
        at = time.time() if now is None else now
        unfinished = self.path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({**asdict(mark), "at": at, "until": at + mark.seconds}), encoding="utf-8")
        unfinished.replace(self.path)

    def read(self) -> Begun | None:
        """What was written down and not removed since; ``None`` when there is nothing, or nothing that can be read."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            mark = DrillMark(str(found["run"]), str(found["version_id"]), int(found["seconds"]))
            return Begun(mark, float(found["at"]), float(found["until"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def remove(self) -> None:
        """The drill is over, and everything as it was before."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
