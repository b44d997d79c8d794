"""Pieces of secrets beside the mark of a cut: pytest shows the long value of an assertion as `'d105a93d1ffe...4d1d22ac80a87'`."""

from collections.abc import Iterator
from dataclasses import dataclass

# A shorter piece gives nothing away, and occurs by chance.
SHORTEST = 6
_REACH = 64
_CUTS = (b"...", b"\xe2\x80\xa6", rb"\u2026")


@dataclass(frozen=True)
class TruncatedPiece:
    """The name of a secret, and where a piece of it begins and ends."""

    name: str
    start: int
    end: int


class TruncationIndex:
    """Beginnings and ends of values, by their first and last characters."""

    def __init__(self) -> None:
        self._beginnings: dict[bytes, list[tuple[str, bytes]]] = {}
        self._ends: dict[bytes, list[tuple[str, bytes]]] = {}

    def add(self, name: str, value: bytes) -> None:
        """Look for pieces of this value as well. Addresses begin and end as other addresses do: they are left out."""
        if len(value) > 2 * SHORTEST and b"@" not in value and b"://" not in value:
            self._beginnings.setdefault(value[:SHORTEST], []).append((name, value))
            self._ends.setdefault(value[-SHORTEST:], []).append((name, value))

    def found(self, data: bytes) -> list[TruncatedPiece]:
        """The pieces in the data, in their order."""
        return [piece for left, right in _cuts(data) for piece in self._around(data, left, right)] if self._ends else []

    def _around(self, data: bytes, left: int, right: int) -> Iterator[TruncatedPiece]:
        for start in range(max(0, left - _REACH), left - SHORTEST + 1):
            for name, value in self._beginnings.get(data[start : start + SHORTEST], ()):
                if value.startswith(data[start:left]):
                    yield TruncatedPiece(name, start, left)
        for end in range(right + SHORTEST, min(len(data), right + _REACH) + 1):
            for name, value in self._ends.get(data[end - SHORTEST : end], ()):
                if value.endswith(data[right:end]):
                    yield TruncatedPiece(name, right, end)

    def hide(self, data: bytes) -> bytes:
        """The data without them."""
        for piece in sorted(set(self.found(data)), key=lambda f: (f.start, f.end), reverse=True):
            data = data[: piece.start] + f"[hidden {piece.name}]".encode() + data[piece.end :]
        return data


def _cuts(data: bytes) -> list[tuple[int, int]]:
    """Where each mark of a cut begins and ends; the end of the data is one. No expression: it would be tried at every byte."""
    found = [(len(data), len(data))]
    for mark in _CUTS:
        start = data.find(mark)
        while start >= 0:
            found.append((start, start + len(mark)))
            start = data.find(mark, start + len(mark))
    return sorted(found)
