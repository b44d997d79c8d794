"""Search data for thousands of known values at once, in time that hardly grows with their number.

Only a piece of every few bytes of the data is looked up: a value is longer than the step, so one of the pieces must lie inside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reports.encodings import Needle

# Shortest length, length of a piece, step between pieces: a value has at least `piece + step - 1` bytes.
_SCALES = ((24, 12, 13), (15, 8, 8), (9, 5, 5), (6, 4, 3), (1, 1, 1))


@dataclass
class _Scale:
    """The values of similar lengths, by the pieces of them that a sample may hit."""

    shortest: int
    piece: int
    step: int
    pieces: dict[bytes, list[tuple[int, str, Needle]]] = field(default_factory=dict)


class Index:
    """Needles under the names of their secrets. Adding one is cheap; `found` may be called from any thread meanwhile."""

    def __init__(self) -> None:
        self._scales = tuple(_Scale(*scale) for scale in _SCALES)

    def add(self, name: str, needle: Needle) -> None:
        """Look for this form as well."""
        scale = next(scale for scale in self._scales if len(needle.form) >= scale.shortest)
        for offset in range(scale.step):
            piece = needle.form[offset : offset + scale.piece]
            scale.pieces.setdefault(piece, []).append((offset, name, needle))

    def found(self, data: bytes) -> list[tuple[str, Needle]]:
        """The needles that occur in the data, each once."""
        return list(dict.fromkeys(self._found(data)))

    def _found(self, data: bytes) -> Iterator[tuple[str, Needle]]:
        for scale in self._scales:
            if not scale.pieces:
                continue
            known, piece = scale.pieces.get, scale.piece
            for start in range(0, len(data) - piece + 1, scale.step):
                for offset, name, needle in known(data[start : start + piece], ()):
                    if start >= offset and data.startswith(needle.form, start - offset):
                        yield name, needle
