"""What the processes of a run tell each other about secrets: a file that only they can read, also when it is left behind.

Its key is made by the process that owns the run and travels through pipes and environments of processes only.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from reports.errors import ReportError


class Sealed:
    """An append-only file of names and values, each line encrypted on its own (Fernet, https://cryptography.io/en/stable/fernet/)."""

    def __init__(self, path: Path, key: str = "") -> None:
        """Makes a key when none is given."""
        from cryptography.fernet import Fernet  # here, because a run in one process without a drill needs none of it

        self.key = key or Fernet.generate_key().decode()
        self._path, self._fernet = path, Fernet(self.key)
        self._file = -1

    def write(self, name: str, value: str) -> None:
        """Append one secret. Safe to call from any thread and process: a line is written by one call on a descriptor for appending."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        os.write(self._file, self._fernet.encrypt(json.dumps([name, value]).encode()) + b"\n")

    def read(self) -> Iterator[tuple[str, str]]:
        """Everything that was written. Raises ReportError for what cannot be read: an unknown secret may be anywhere."""
        from cryptography.fernet import InvalidToken

        try:
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
            for line in lines:
                name, value = json.loads(self._fernet.decrypt(line))
                yield name, value
        except (OSError, InvalidToken, ValueError) as error:
            raise ReportError(
                f"what the processes of the run know of secrets cannot be read from {self._path.name} ({type(error).__name__}): "
                "nothing can be searched for them, so verify again"
            ) from error

    def remove(self) -> None:
        """Close and remove the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._path.unlink(missing_ok=True)
