"""How a run tells the process that started it which ledger it writes, and that it has come to its end.

What the parent hears is no verdict: it draws that from the ledger itself. An exit code of 0 may be that of `os._exit(0)` in a check.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from base import children

_VARIABLE = "GONOGO_CONFIRMS_TO"
_MOST = 65_536
"""Bytes that a pipe holds at least on the systems that gonogo runs on, and far more than is ever said."""


@dataclass(frozen=True)
class Heard:
    """What a run has said until its process was gone: its ledger, and the exit code that it meant to end with, if it got there."""

    ledger: Path | None = None
    run: str = ""
    file: tuple[int, int] = (0, 0)
    """Device and inode of the ledger: another file in its place is not what the run has written."""
    code: int | None = None


class Listener:
    """The side of whoever starts a run: a pipe of which the run's process is given one end. POSIX only."""

    def __init__(self) -> None:
        _occupied()
        self._reads, self.descriptor = os.pipe()
        os.set_blocking(self._reads, False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables for the process of the run: all of this one's, for that is where it finds its secrets."""
        return {**children.whole(), _VARIABLE: str(self.descriptor)}

    def heard(self) -> Heard:
        """What was said. To be asked once, when the process is gone."""
        os.close(self.descriptor)
        try:
            return _understood(os.read(self._reads, _MOST))
        except BlockingIOError:  # nothing was said, and something that the run has left behind holds the other end
            return Heard()
        finally:
            os.close(self._reads)


class Parent:
    """The side of the run: whoever started it, where somebody wants to hear of it."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor

    @classmethod
    def of_this_process(cls) -> Parent:
        """The one that this process was told of. No process that this one starts is told of it."""
        said = os.environ.pop(_VARIABLE, "")
        return cls(int(said) if said.isdecimal() else None)

    def begun(self, ledger: Path, run: str) -> None:
        """The run has begun, and writes into this file."""
        with suppress(OSError):
            found = ledger.stat()
            self._say({"ledger": str(ledger), "run": run, "file": [found.st_dev, found.st_ino]})

    def ended(self, code: int) -> None:
        """The process has come to the end of what it had to do, and means to end with this exit code."""
        self._say({"code": code})

    def _say(self, words: dict[str, object]) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.write(self._descriptor, json.dumps(words).encode() + b"\n")


def _occupied() -> None:
    """Whoever closes this process's input or output leaves a number free that a pipe would take, and what is printed would go into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(number, True)  # noqa: FBT003 - it takes no names


def _understood(said: bytes) -> Heard:
    """The last word counts. Whatever is no word of a run's is nothing said."""
    words: dict[str, object] = {}
    for line in said.splitlines():
        try:
            words |= json.loads(line)
        except (ValueError, TypeError):
            continue
    ledger, run, file, code = (words.get(name) for name in ("ledger", "run", "file", "code"))
    return Heard(
        Path(ledger) if isinstance(ledger, str) else None,
        str(run or ""),
        (int(file[0]), int(file[1])) if isinstance(file, list) and len(file) == 2 else (0, 0),
        code if isinstance(code, int) else None,
    )
