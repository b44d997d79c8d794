"""What data holds in base64, hexadecimal, base32 or base85."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

# `H4sI` and `UEsDB` begin a gzip stream and a zip archive: what stands before them may look like a part of them (`/static/H4sI...`).
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{28,}={0,2}|[A-Za-z0-9_-]{28,}={0,2}")
_BEGINS = re.compile(rb"H4sI|UEsDB")
_HEXADECIMAL, _BASE32 = 24, 32
_LARGEST = 64 << 20


def _mask(characters: bytes) -> bytes:
    return bytes(ord("#") if byte in characters else ord(" ") for byte in range(256))


_HEXADECIMAL_MASK, _BASE32_MASK = _mask(b"0123456789abcdefABCDEF"), _mask(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def decoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What each run of encoded characters stands for, with the encoding."""
    for run in _BASE64.findall(data):
        if (plain := _base64(run)) is not None:
            yield "base64", plain
            if (inflated := _inflated(plain)) is not None:
                yield "raw deflate in base64", inflated
        # Where the run itself is an archive, these are its members.
        for begins in () if _BEGINS.match(run) else _BEGINS.finditer(run, 1):
            if (plain := _base64(run[begins.start() :])) is not None:
                yield "base64", plain
    for run in _runs(data, _BASE32_MASK, _BASE32):
        body = run[: len(run) - (len(run) % 8 in (1, 3, 6))]
        yield "base32", base64.b32decode(body + b"=" * (-len(body) % 8))
    for run in _runs(data, _HEXADECIMAL_MASK, _HEXADECIMAL):
        for digits in (run, run[1:]):  # nobody knows where the first byte begins
            yield "hexadecimal", bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _runs(data: bytes, mask: bytes, shortest: int) -> Iterator[bytes]:
    """Every run of so many characters of an alphabet; an expression would try each of all the shorter ones."""
    masked, wanted = data.translate(mask), b"#" * shortest
    start = masked.find(wanted)
    while start >= 0:
        end = masked.find(b" ", start)
        end = len(masked) if end < 0 else end
        yield data[start:end]
        start = masked.find(wanted, end)


def _base64(run: bytes) -> bytes | None:
    body = run.rstrip(b"=")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_" if b"-" in body or b"_" in body else None)
    except (binascii.Error, ValueError):
        return None


def _inflated(data: bytes) -> bytes | None:
    """Raw deflate, as it stands in SAML's redirects: only what ends where the data does is one."""
    if data.isascii() or len(data) > 1 << 16:
        return None
    stream = zlib.decompressobj(-15)
    try:
        plain = stream.decompress(data, _LARGEST)
    except zlib.error:
        return None
    return plain if stream.eof and not stream.unused_data and len(plain) >= _HEXADECIMAL // 2 else None
