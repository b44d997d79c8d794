"""What is in an archive. One that cannot be opened is an error: nobody can say that no secret is in it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress

LARGEST = 512 * 1024 * 1024
_PIECE = 64
_CLOSED = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard"}
_BEGINNINGS = (*_CLOSED, b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x78")
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, NotImplementedError, ValueError),
)


class UnreadableError(Exception):
    """An archive whose contents cannot be seen; `damaged` where it only begins like one, or lacks a part."""

    def __init__(self, text: str, *, damaged: bool = False) -> None:
        super().__init__(text)
        self.damaged = damaged


def may_be(data: bytes) -> bool:
    """Whether the data has to be looked at by itself, because it may be an archive."""
    return data.startswith(_BEGINNINGS) or b"PK\x05\x06" in data or data[257:262] == b"ustar"


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and contents of everything in an archive; nothing if the data is none. Raises UnreadableError."""
    for magic, kind in _CLOSED.items():
        if data.startswith(magic):
            raise UnreadableError(f"{kind} archives cannot be searched")
    try:
        if data[:4] == b"PK\x03\x04":
            yield from _zip(data)
        elif zipfile.is_zipfile(io.BytesIO(data)):  # behind something else; what only ends like one is none
            with suppress(zipfile.BadZipFile, ValueError):
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
        elif data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0 and (inflated := _zlib(data)) is not None:
            yield "", _bounded(inflated)
    except _BROKEN as error:
        closed = isinstance(error, RuntimeError)  # encrypted, or in a way that nobody here can undo
        raise UnreadableError(f"{type(error).__name__}: {error}", damaged=not closed) from error


def _zlib(data: bytes) -> bytes | None:
    """A zlib stream (RFC 1950), or as much of it as there is; None where two bytes look like the beginning of one."""
    stream, plain = zlib.decompressobj(), bytearray()
    try:
        for start in range(0, len(data), _PIECE):
            plain += stream.decompress(data[start : start + _PIECE], LARGEST + 1 - len(plain))
            if stream.eof or len(plain) > LARGEST:
                break
    except zlib.error:
        pass
    return bytes(plain) if stream.eof or len(plain) > _PIECE else None


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
