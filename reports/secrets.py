"""The secrets of a run: registered when they are read, so that they can be found again wherever they went."""

import threading

from reports.encodings import Needle, needles
from reports.errors import ReportError

SHORTEST = 6


class Secrets:
    """Names and values of everything that must not leave the run. Values are never shown: the repr names the secrets only."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._needles: tuple[tuple[str, Needle], ...] = ()
        self._lock = threading.Lock()

    def register(self, name: str, value: str) -> str:
        """Remember a value under the name it is known by, and return it. Safe to call from any thread.

        Raises ReportError when the value is too short to be told from ordinary text; an empty one is no secret and is ignored.
        """
        if value and len(value) < SHORTEST:
            raise ReportError(
                f"the value of {name} has fewer than {SHORTEST} characters: a report cannot be searched for it, choose a longer one"
            )
        with self._lock:
            if value and value not in self._names:
                self._names[value] = name
                # Longer values first: one may contain another.
                known = sorted(self._names.items(), key=lambda item: -len(item[0]))
                self._needles = tuple((name, needle) for value, name in known for needle in needles(value))
        return value

    def needles(self) -> tuple[tuple[str, Needle], ...]:
        """Every form of every secret, with the secret's name."""
        return self._needles

    def redact(self, text: str) -> str:
        """The text with every secret in it hidden; the same text when there is none."""
        return self.redact_bytes(text.encode()).decode()

    def redact_bytes(self, data: bytes) -> bytes:
        """As `redact`, for the contents of a file."""
        for name, needle in self._needles:
            if needle.form in data:
                data = data.replace(needle.form, needle.hidden(name))
        return data

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(set(self._names.values())))})"
