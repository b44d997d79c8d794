"""What is in an archive. One that cannot be opened is an error: nobody can say that no secret is in it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

LARGEST = 512 * 1024 * 1024
_CLOSED = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard"}
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, NotImplementedError, ValueError),
)


class UnreadableError(Exception):
    """An archive whose contents cannot be seen."""


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and contents of everything in an archive; nothing if the data is none. Raises UnreadableError."""
    for magic, kind in _CLOSED.items():
        if data.startswith(magic):
            raise UnreadableError(f"{kind} archives cannot be searched")
    try:
        if data[:4] == b"PK\x03\x04" or zipfile.is_zipfile(io.BytesIO(data)):
            yield from _zip(data)
        elif data[:3] == b"\x1f\x8b\x08":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as plain:
                yield "", _bounded(plain.read(LARGEST + 1))
        elif data[:3] == b"BZh" and data[4:10] == b"1AY&SY":
            with bz2.BZ2File(io.BytesIO(data)) as plain:
                yield "", _bounded(plain.read(LARGEST + 1))
        elif data[:6] == b"\xfd7zXZ\0":
            with lzma.LZMAFile(io.BytesIO(data)) as plain:
                yield "", _bounded(plain.read(LARGEST + 1))
        elif data[257:262] == b"ustar":
            yield from _tar(data)
    except _BROKEN as error:
        raise UnreadableError(f"{type(error).__name__}: {error}") from error


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if archive.comment:
            yield "", archive.comment
        for entry in archive.infolist():
            if entry.file_size > LARGEST:
                raise UnreadableError(f"{entry.filename} is larger than {LARGEST} bytes")
            yield entry.filename, archive.read(entry)


def _tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for entry in archive:
            file = archive.extractfile(entry)
            yield entry.name, _bounded(file.read(LARGEST + 1)) if file else b""


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise UnreadableError(f"more than {LARGEST} bytes")
    return data
