"""The ledger: an append-only file of records that survives the processes that write it.

A record is on disk before `append` returns, because a run that is killed must leave behind what it knew. Several processes (workers, the
drill pass, the owner of the run) share one file: each record is one line, written by one call on a descriptor opened for appending, which
the system does not interleave on a local file system (https://pubs.opengroup.org/onlinepubs/9799919799/functions/write.html).
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from reports.errors import ReportError
from reports.records import AFTERWARDS, Finish, Record, parse, seal


class LedgerError(ReportError):
    """The ledger could not be written. A run that cannot record what it sees must not go on."""


class Ledger:
    """Writes records of one run into one file.

    `by` names the writing process. `redact` receives every line before it is written and returns it without secrets. With `later` the file
    is not opened before `open` is called: until a run is known to begin, the ledger of the one before stays what it is.
    """

    def __init__(self, path: Path, run: str, by: str = "main", redact: Callable[[str], str] = str, *, later: bool = False) -> None:
        self.path = path
        self.run = run
        self.by = by
        self._redact = redact
        self._lock = threading.Lock()
        self._finished = False
        self._file = -1
        if not later:
            self.open()

    def open(self) -> None:
        """Open the file, and make it when it is not there. Raises LedgerError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise LedgerError(f"cannot open the ledger {self.path}: {error.strerror}; choose a folder that can be written") from error

    def held(self) -> Path:
        """The file, while it is the one that this process has opened.

        Raises LedgerError when another one lies there by now, or none: nobody may conclude over what this process has not written to.
        """
        try:
            there, ours = self.path.stat(), os.fstat(self._file)
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} is gone ({error.strerror}): somebody removed it during the run; verify again"
            ) from error
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            text = f"the ledger {self.path} is another file than this run has opened: somebody replaced it; verify again"
            raise LedgerError(text)
        return self.path

    def read(self) -> "LedgerContents":
        """What the ledger holds by now, all processes' records, from the file that this process has opened. Raises as `held` does."""
        self.held()
        return parsed(os.pread(self._file, os.fstat(self._file).st_size, 0))

    def append(self, *records: Record) -> None:
        """Write records, together if there are several, and wait until they are on disk. Safe to call from any thread.

        Once this process has written its finish only what the search for secrets has to say is accepted: a journey that nobody waited for
        has nothing to add to a conclusion that is already drawn, and would break the seal.
        """
        with self._lock:
            self._write([record for record in records if not self._finished or record.kind in AFTERWARDS])

    def finish(self, exit_status: int, *, interrupted: bool = False, of: str = "main") -> Finish:
        """Write the last record of a pass. That of the main pass comes after all others and seals the whole ledger."""
        with self._lock:
            count, digest = seal(self.read().records) if of == "main" else (0, "")
            finish = Finish(of=of, exit_status=exit_status, interrupted=interrupted, records=count, digest=digest)
            self._write([finish])
            self._finished = True
            return finish

    def close(self) -> None:
        """Close the file. The records are there already."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _write(self, records: Iterable[Record]) -> None:
        stamp = {"run": self.run, "at": time.time(), "by": self.by}
        lines = [
            record.model_copy(update={k: v for k, v in stamp.items() if not getattr(record, k)}).model_dump_json() for record in records
        ]
        if not lines:
            return
        data = "".join(self._redact(line) + "\n" for line in lines).encode()
        try:
            if os.write(self._file, data) != len(data):
                raise LedgerError(f"only a part of a record fitted into the ledger {self.path}; free some space and run again")
            os.fsync(self._file)
        except OSError as error:
            raise LedgerError(f"cannot write to the ledger {self.path}: {error.strerror}; free some space and run again") from error


@dataclass(frozen=True)
class LedgerContents:
    """What a ledger holds: its records in the order of the file, and one sentence for everything in it that is no record.

    `digest` is the sha256 of the file, byte for byte, in hexadecimal digits.
    """

    records: tuple[Record, ...]
    damage: tuple[str, ...] = ()
    digest: str = ""


def read(path: Path) -> LedgerContents:
    """Read a ledger to its end, whatever happened to it. Raises ReportError when there is no such file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReportError(f"cannot read the ledger {path}: {error.strerror}; name a ledger.jsonl that a run has written") from error
    return parsed(data)


def parsed(data: bytes) -> LedgerContents:
    """What these bytes of a ledger hold."""
    lines = data.split(b"\n")
    tail = lines.pop()
    records: list[Record] = []
    damage: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(parse(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            damage.append(f"line {number} of the ledger is not a record: {where + ': ' if where else ''}{first['msg']}")
    if tail:
        damage.append(f"the last line of the ledger (line {len(lines) + 1}) was cut off: the run was killed, or the copy is incomplete")
    return LedgerContents(tuple(records), tuple(damage), hashlib.sha256(data).hexdigest())
