"""What data holds under another form of itself: escapes undone, lines joined, base64 and hexadecimal decoded."""

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}|[A-Za-z0-9_-]{40,}={0,2}")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{24,}")
_SMALLEST = 12
_INDENT = b" \t>|"
_UNICODE = re.compile(rb"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_PERCENT = re.compile(rb"(?:%[0-9a-fA-F]{2}){2}")
_ENTITY = re.compile(rb"&#(?:\d{2,3}|[xX][0-9a-fA-F]{2});")
_SLASH = re.compile(rb"\\+/")


def decoded_forms(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every other form, with how it was got. Forms of forms are for the caller to ask for."""
    if len(data) < _SMALLEST:
        return
    if b"\n" in data or rb"\n" in data:
        yield "over several lines", _joined(data)
    if (plain := _unescaped(data)) != data:
        yield "escaped", plain
    for run in _BASE64.findall(data):
        if (decoded := _base64(run)) is not None:
            yield "base64", decoded
    for run in _HEXADECIMAL.findall(data):
        for digits in (run, run[1:]):  # nobody knows where the first byte begins
            yield "hexadecimal", bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _joined(data: bytes) -> bytes:
    """The lines as one, without what indents or quotes them; breaks may be real, escaped in JSON, or soft as in quoted-printable."""
    data = b"".join(line.lstrip(_INDENT).rstrip(b"=\r") for line in data.split(b"\n"))
    return b"".join(line.lstrip(_INDENT).rstrip(b"=\\") for line in data.replace(rb"\r\n", rb"\n").split(rb"\n"))


def _unescaped(data: bytes) -> bytes:
    r"""`\u0061`, `\x61`, `\/`, `%61` and `&#97;` as the character that they stand for."""
    if b"\\" in data:
        data = _UNICODE.sub(_character, _SLASH.sub(b"/", data))
    if b"%" in data and _PERCENT.search(data):
        data = urllib.parse.unquote_to_bytes(data)
    if b"&#" in data:
        data = _ENTITY.sub(lambda found: html.unescape(found[0].decode()).encode(), data)
    return data


def _character(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode(errors="surrogatepass") if found[1] else bytes([int(found[2], 16)])


def _base64(run: bytes) -> bytes | None:
    body = run.rstrip(b"=")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4), altchars=b"-_" if b"-" in body or b"_" in body else None)
    except (binascii.Error, ValueError):
        return None
