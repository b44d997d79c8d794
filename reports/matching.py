"""Search data for thousands of known values at once, in time that hardly grows with their number.

Data is read as machine words, one after another: a value is long enough to have a whole word of the data inside it, wherever it begins.
Which of the data's words are known is asked of a dictionary, at the speed of the interpreter's own loops; only a value with a word that
occurs is looked for as a whole.
"""

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from reports.encodings import Needle

_Known = tuple[str, Needle]


@dataclass
class _Scale:
    """The values of similar lengths, by the words of them that the data may have: `width` bytes each, at every `step` bytes of it.

    Shorter words occur by chance in any report, and then the whole value is looked for in vain.
    """

    code: Literal["Q", "I"]
    width: int
    step: int
    words: dict[int, list[_Known]] = field(default_factory=dict)

    @property
    def shortest(self) -> int:
        """The length from which on a value has such a word in it, wherever it begins."""
        return self.width + self.step - 1

    def add(self, known: _Known) -> None:
        """Look for this one as well."""
        for offset in range(self.step):
            word = int.from_bytes(known[1].form[offset : offset + self.width], sys.byteorder)
            self.words.setdefault(word, []).append(known)

    def candidates(self, data: bytes) -> Iterator[_Known]:
        """The values with a word that occurs."""
        for shift in range(0, self.width if self.words else 0, self.step):
            end = shift + max(0, len(data) - shift) // self.width * self.width
            present = array(self.code)
            present.frombytes(memoryview(data)[shift:end])
            for word in self.words.keys() & present:
                yield from self.words[word]


class Index:
    """Needles under the names of their secrets. Adding one is cheap; `found` may be called from any thread meanwhile."""

    def __init__(self) -> None:
        self._scales = (_Scale("Q", 8, 8), _Scale("Q", 8, 4), _Scale("I", 4, 4))
        self._short: list[_Known] = []

    def add(self, name: str, needle: Needle) -> None:
        """Look for this form as well."""
        scale = next((scale for scale in self._scales if len(needle.form) >= scale.shortest), None)
        if scale:
            scale.add((name, needle))
        else:
            self._short.append((name, needle))

    def found(self, data: bytes) -> list[tuple[str, Needle]]:
        """The needles that occur in the data, each once."""
        candidates = dict.fromkeys(self._short)
        for scale in self._scales:
            candidates.update(dict.fromkeys(scale.candidates(data)))
        return [known for known in candidates if known[1].form in data]
