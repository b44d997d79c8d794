"""Search artifacts for secrets: in files, in their names, inside archives, and inside text that is base64 of something else."""

import base64
import binascii
import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reports.secrets import Secrets

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}|[A-Za-z0-9_-]{40,}={0,2}")
_DEPTH = 5
_LARGEST = 512 * 1024 * 1024
_UNKNOWN = "(an archive that cannot be opened)"


@dataclass(frozen=True, order=True)
class Hit:
    """A secret that was found: its name, where, and in which form. Never its value."""

    secret: str
    where: str
    how: str

    def __str__(self) -> str:
        return f"{self.secret} in {self.where} ({self.how})"


class _UnreadableError(Exception):
    """An archive whose contents cannot be seen, so nobody can say that no secret is in it."""


def scan(paths: Iterable[Path], secrets: Secrets) -> list[Hit]:
    """Search files, and folders with all that is in them. An archive that cannot be opened is a hit: what is in it is unknown."""
    hits: set[Hit] = set()
    for root in paths:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            name = str(path.relative_to(root)) if root.is_dir() else path.name
            hits.update(Hit(hit.secret, "a file name in " + root.name, hit.how) for hit in _search(name.encode(), "", secrets, 1))
            if path.is_file() and not path.is_symlink():
                hits.update(_search(path.read_bytes(), secrets.redact(name), secrets, 0))
    return sorted(hits)


def _search(data: bytes, where: str, secrets: Secrets, depth: int) -> Iterator[Hit]:
    for name, needle in secrets.needles():
        if needle.form in data:
            yield Hit(name, where, needle.how)
    if depth >= _DEPTH:
        return
    try:
        for member, inner in _members(data):
            yield from _search(member.encode(), where, secrets, _DEPTH)
            yield from _search(inner, f"{where}!{secrets.redact(member)}" if member else where, secrets, depth + 1)
    except _UnreadableError as error:
        yield Hit(_UNKNOWN, where, str(error))
    for decoded in _decoded(data):
        yield from _search(decoded, f"{where} (base64)", secrets, depth + 1)


def _decoded(data: bytes) -> Iterator[bytes]:
    for run in _BASE64.findall(data):
        body = run.rstrip(b"=")
        if len(body) % 4 == 1:
            body = body[:-1]
        try:
            yield base64.b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_" if b"-" in body or b"_" in body else None)
        except (binascii.Error, ValueError):
            continue


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and contents of everything in an archive; nothing if the data is none."""
    try:
        if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            yield from _zip_members(data)
        elif data[:3] == b"\x1f\x8b\x08":
            yield "", _bounded(gzip.GzipFile(fileobj=io.BytesIO(data)).read(_LARGEST + 1))
        elif data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                for entry in archive:
                    file = archive.extractfile(entry)
                    yield entry.name, _bounded(file.read(_LARGEST + 1)) if file else b""
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _UnreadableError(f"{type(error).__name__}: {error}") from error


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.file_size > _LARGEST:
                raise _UnreadableError(f"{entry.filename} is larger than {_LARGEST} bytes")
            yield entry.filename, archive.read(entry)


def _bounded(data: bytes) -> bytes:
    if len(data) > _LARGEST:
        raise _UnreadableError(f"more than {_LARGEST} bytes")
    return data
