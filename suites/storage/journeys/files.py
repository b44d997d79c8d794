"""Files as people have them, and what becomes of an attempt to get at somebody else's."""

from __future__ import annotations

import json
import mimetypes
import secrets
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clients.errors import Malformed, Refusal
from clients.identity.port import Person
from clients.storage.objects import Stored
from clients.wire.attempts import Attempt, attempt, tried
from fixtures.storage_objects import StorageObjects

T = TypeVar("T")

_PNG = b"\x89PNG\r\n\x1a\n"
_PAGE = "text/html"
_PARTS_OF_PNG = 69
"""Bytes of a PNG of one pixel, with a chunk of nothing."""


@dataclass(frozen=True)
class File:
    """A file as it was given to the deployment."""

    name: str
    data: bytes
    type: str
    metadata: dict[str, str]


def new_file(storage: StorageObjects, role: str, size: int = 4096) -> File:
    """A file with a name of its own and contents that nobody has seen, of a type that the deployment takes."""
    kind = storage.settings.type
    name = f"gonogo-{role}-{secrets.token_hex(6)}{mimetypes.guess_extension(kind) or '.bin'}"
    return File(name, contents(kind, size), kind, {"purpose": f"gonogo {role}"} if storage.offers("metadata") else {})


def contents(kind: str, size: int) -> bytes:
    """So many bytes that nobody has seen, which look like their type to whoever opens them."""
    if kind == "image/png":
        return _png(size)
    if kind == "application/json":
        return json.dumps({"made up": secrets.token_hex(size)}).encode()[: size - 2] + b'"}'
    if kind.startswith("text/"):
        return secrets.token_hex(size)[:size].encode()
    begin = b"%PDF-1.7\n" if kind == "application/pdf" else b""
    return begin + secrets.token_bytes(size - len(begin))


def _png(size: int) -> bytes:
    """One pixel, and a private chunk that readers pass over (https://www.w3.org/TR/png-3/#5Chunk-naming-conventions)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixel = [chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), chunk(b"IDAT", zlib.compress(b"\x00\x00", 0))]
    rest = size - sum(map(len, [_PNG, *pixel, chunk(b"goNo", b""), chunk(b"IEND", b"")]))
    return _PNG + pixel[0] + chunk(b"goNo", secrets.token_bytes(max(0, rest))) + pixel[1] + chunk(b"IEND", b"")


def keep(storage: StorageObjects, person: Person, file: File) -> Stored:
    """Stores a file through the app."""
    return storage.put(person, file.name, file.data, file.type, file.metadata)


@dataclass(frozen=True)
class NothingGiven(Attempt):
    """It was answered, and nobody was given anything by it."""

    said: str = ""

    @property
    def refused(self) -> bool:
        """By effect."""
        return True

    def __repr__(self) -> str:
        return self.said


def kept_from(storage: StorageObjects, act: Callable[[], T], given: Callable[[T], bool], *, writes: bool = False) -> Attempt:
    """What the deployment answers to somebody who must not do this.

    Where files go in and out in the usual way, it refuses with a status. Elsewhere the effect counts: ``given`` says of an answer whether
    anything was given by it. A redirection, or a page in the place of an answer, gives nothing.
    """
    if storage.usual:
        return attempt(act)
    try:
        outcome = tried(act)
    except Malformed as turned:
        # Where something was to be written, an answer of another shape may have written it.
        away = 300 <= turned.status < 400 or turned.content_type == _PAGE
        return NothingGiven(None, str(turned)) if away or not writes else Attempt(None)
    if isinstance(outcome, Refusal):
        return Attempt(outcome)
    return Attempt(None) if given(outcome) else NothingGiven(None, "accepted, without any effect")


def shows(data: bytes, of: bytes) -> bool:
    """Whether bytes give away any of a file's."""
    return bool(data) and (of[:32] in data or data in of or of[-32:] in data)
