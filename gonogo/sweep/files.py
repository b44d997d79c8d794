"""Files that runs have left, read within bounds: whoever may upload an artifact decides what is in them."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from base.places import is_there

NAMES = frozenset({"ledger.jsonl", "residue.jsonl"})
"""What is looked for in a folder."""
FILES = 2000
"""So many files are read."""
LINE, FILE, ALL = 1 << 20, 32 << 20, 1 << 30
"""Bytes of a line, of a file and of all files together."""


class UnusableJournal(Exception):
    """An option, a file or an environment is of no use; nothing was done."""


@dataclass
class Reader:
    """Reads files up to the bounds; `unread` says in sentences what lies beyond them."""

    unread: list[str] = field(default_factory=list)
    _bytes: int = 0

    def files(self, named: Iterable[Path]) -> list[Path]:
        """The files that are named, and those that lie in folders that are named, at any depth; links there are not followed."""
        found = list(dict.fromkeys(file for path in named for file in (self._within(path) if _is_folder(path) else [path])))
        if len(found) > FILES:
            self.unread.append(f"{len(found) - FILES} of {len(found)} files are left for the next sweep")
            found = sorted(secrets.SystemRandom().sample(found, FILES))
        return found

    def objects(self, file: Path, words: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """The JSON objects among a file's lines, one at a time; only lines with one of these words are looked at.

        What is anything else is passed over: a killed run may end in the middle of a line, and anybody may have written the rest. Raises
        UnusableJournal for a file that cannot be read.
        """
        sought = tuple(words)
        for line in self._lines(file):
            if any(word in line for word in sought) and isinstance(parsed := _parsed(line), dict):
                yield parsed

    def _within(self, folder: Path) -> list[Path]:
        found = []
        for inner, _, names in os.walk(folder, onerror=self._closed):
            paths = [Path(inner) / name for name in names if name in NAMES]
            found += [path for path in paths if not path.is_symlink() and path.is_file()]
        return sorted(found)

    def _closed(self, error: OSError) -> None:
        self.unread.append(f"{error.filename}: {error.strerror}: what lies in it was not looked for")

    def _lines(self, file: Path) -> Iterator[bytes]:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for
        except (OSError, ValueError) as error:
            raise _unreadable(file, error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnusableJournal(f"{file} is no file: name ledgers and residue journals of runs, or folders that hold them")
        with os.fdopen(descriptor, "rb") as opened:
            taken, whole = 0, True
            try:
                while line := opened.readline(LINE):
                    taken += len(line)
                    if taken > FILE or self._bytes + taken > ALL:
                        self.unread.append(f"{file}: only its first {(taken - len(line)) >> 20} MiB were read")
                        break
                    ends = line.endswith(b"\n")
                    if whole and (ends or len(line) < LINE):
                        yield line
                    whole = ends
            except OSError as error:
                raise _unreadable(file, error) from error
            finally:
                self._bytes += taken


def _unreadable(file: Path, error: Exception) -> UnusableJournal:
    why = getattr(error, "strerror", None) or "its name is no name of a file"
    return UnusableJournal(f"cannot read {file}: {why}; name ledgers and residue journals of runs")


def _is_folder(path: Path) -> bool:
    return is_there(path) and path.is_dir()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
