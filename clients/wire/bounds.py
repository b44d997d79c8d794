"""How much of an answer is read, in one place for every client: bytes after decoding, headers, what is in flight at once.

A deployment may answer without end, by mistake or on purpose; what verifies it ends all the same, and says what was too much.
"""

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

KIB, MIB = 1 << 10, 1 << 20

PAGE_BYTES = 2 * MIB
"""Of a page or a document of JSON, after decoding."""
ASSET_BYTES = 16 * MIB
"""Of a script or another file that pages load, after decoding."""
OBJECT_BYTES = 32 * MIB
"""Of a stored object, after decoding, where no larger one is declared."""
IN_FLIGHT_BYTES = 64 * MIB
"""Of all bodies that are being read, over all threads."""
SMALL_BYTES = 64 * KIB
"""A body up to this size is read without asking for room."""
HEADER_COUNT, HEADER_BYTES = 256, 64 * KIB
"""Of one answer: so many headers, and so much of them, names and values together. (Browsers take 256 KiB, Node 16 KiB.)"""
SLOWEST_UPLOAD = 128 * KIB
"""Bytes a second: what is sent slower is given up. Sending counts to the time of an answer, but for what a body takes at this rate."""

_EXTENSION = "gonogo.most_bytes"
_PIECE = 64 * KIB
_FRAME = 2  # bytes of the header of zlib's frame
_CODINGS = ("gzip", "deflate")


class TooMuch(Exception):
    """What came is more than is read; the message says how much that is."""


class NotEncoded(Exception):
    """A body is not in the content coding that its header names."""

    def __init__(self, coding: str) -> None:
        self.coding = coding
        super().__init__(f"the body is no {coding}")


def up_to(most_bytes: int) -> dict[str, object]:
    """``extensions`` of an httpx request whose answer may have so many bytes, instead of those of a page."""
    return {_EXTENSION: most_bytes}


def most_bytes(extensions: Mapping[str, object], usual: int) -> int:
    """The most that the answer to a request with these extensions may have."""
    said = extensions.get(_EXTENSION)
    return said if isinstance(said, int) else usual


def size(amount: int) -> str:
    """An amount of bytes for a message: `2 MiB`."""
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if amount >= unit and amount % unit == 0:
            return f"{amount // unit} {name}"
    return f"{amount} bytes"


def demand_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raises TooMuch for more headers than any answer needs."""
    if len(headers) > HEADER_COUNT:
        raise TooMuch(f"at most {HEADER_COUNT} headers")
    if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise TooMuch(f"at most {size(HEADER_BYTES)} of headers")


def decoded(pieces: Iterable[bytes], content_encoding: str, most: int) -> Iterator[bytes]:
    """A body without its content codings, in pieces. What is none of ``gzip`` and ``deflate`` stays as it is: nothing else is asked for.

    :param most: bytes that it may have before decoding, and after each coding.
    :raises TooMuch: as soon as there are more; a small body that unfolds to a large one is never unfolded as a whole.
    :raises NotEncoded: for a body that is not what its header says.
    """
    said = f"a body of at most {size(most)}"
    named = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in named if coding in _CODINGS]
    if len(codings) > len(_CODINGS):
        raise TooMuch(f"at most {len(_CODINGS)} content codings")
    bounded = _counted(pieces, most, said)
    for coding in reversed(codings):
        bounded = _counted(_inflated(bounded, coding), most, said)
    return bounded


def _counted(pieces: Iterable[bytes], most: int, said: str) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            raise TooMuch(said)
        yield piece


def _with_a_beginning(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, the first of two bytes at least where there are so many: of one alone nobody can tell whether it begins a frame."""
    beginning = b""
    for piece in pieces:
        if len(beginning) < _FRAME:
            beginning += piece
            if len(beginning) < _FRAME:
                continue
            yield beginning
        else:
            yield piece
    if 0 < len(beginning) < _FRAME:
        yield beginning


def _inflated(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    inflater, begun = zlib.decompressobj(zlib.MAX_WBITS | (16 if coding == "gzip" else 0)), False
    for piece in _with_a_beginning(pieces):
        left = piece
        while left:
            try:
                out = inflater.decompress(left, _PIECE)
            except zlib.error:
                if begun or coding == "gzip":
                    raise NotEncoded(coding) from None
                # Some send deflate without zlib's frame (https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2).
                inflater, begun = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            begun, left = True, inflater.unconsumed_tail
            if out:
                yield out
    # What the inflater still holds is at most a window; what was cut off is given as far as it came, as browsers do.
    if begun and (rest := inflater.flush()):
        yield rest


class Room:
    """Memory for bodies that are being read: a large one waits until there is room, and a small one never does."""

    def __init__(self, total: int = IN_FLIGHT_BYTES) -> None:
        self._total, self._free = total, total
        self._changed = threading.Condition()

    @contextmanager
    def reserving(self, most: int, until: float, over: Callable[[], bool]) -> Iterator[Callable[[int], None]]:
        """Gives what has to be called with the bytes that were read so far: it waits for room for all ``most`` of a body that is not small.

        Nobody who has room waits for more, so all of them end. Raises TimeoutError at the monotonic second ``until``, or when ``over``.
        """
        amount, taken = min(most, self._total), False

        def reserve(so_far: int) -> None:
            nonlocal taken
            if taken or so_far <= SMALL_BYTES:
                return
            with self._changed:
                while self._free < amount:
                    left = until - time.monotonic()
                    if left <= 0 or over():
                        raise TimeoutError
                    self._changed.wait(min(left, 0.2))
                self._free -= amount
                taken = True

        try:
            yield reserve
        finally:
            if taken:
                with self._changed:
                    self._free += amount
                    self._changed.notify_all()
