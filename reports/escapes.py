"""Text as it was before somebody escaped it, wrapped it, or put markup into it."""

import html
import re
import urllib.parse
from collections.abc import Iterator

_LEVELS = 4
_INDENT = b" \t>|"
# Behind ESC a backslash ends a terminal's link (ECMA-48, ST), and escapes nothing.
_BACKSLASHED = re.compile(
    rb"(\x1b\\|(?:\\u001[bB]|\\x1[bB]|\\033|\\e)\\{1,2})"
    rb"|\\+(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x\{?([0-9a-fA-F]{2})\}?|0?([0-3][0-7]{2})|(/)|(e)(?=\[)|([nrtfv]|\r?\n))"
)
_PERCENT = re.compile(rb"(?:%[0-9a-fA-F]{2}){2}|%(?:25|2[0-9a-fA-F]|3[a-fA-F]|[4-6]0|[57][b-eB-E])|%u[0-9a-fA-F]{4}")
_WIDE_PERCENT = re.compile(rb"%u([0-9a-fA-F]{4})")
_ENTITY = re.compile(rb"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,30});")
_PRINTABLE = re.compile(rb"=(?:3D|20|\r?\n|[89A-F][0-9A-F])")
_PRINTABLE_BYTE = re.compile(rb"=([0-9A-F]{2})")
_TAG = re.compile(rb"<!\[CDATA\[|<[A-Za-z/!?][^<>]{0,300}>")
# Colours and the like of terminals (ECMA-48), also where a writer of XML has put a name for the character that it must not hold.
_ESCAPE = rb"(?:\x1b|\xc2?\x9b|#x1[bB];?|\\e|\^\[|\xe2\x90\x9b|\xef\xbf\xbd)"
_TERMINAL = re.compile(_ESCAPE + rb"(?:\[?[0-9:;?<=>]*[ -/]*[A-Za-z]|[()][A-Z0-9]|\][^\x07\x1b]{0,300}(?:\x07|\x1b\\))")
_MARKS = (b"\x1b", b"\x9b", b"#x1", b"\\e[", b"^[", b"\xe2\x90\x9b", b"\xef\xbf\xbd[")
_WRITTEN_BREAK = re.compile(rb"(?<!\x1b)(?:\\r)?\\n")
_ERROR_LINE = re.compile(rb"\nE +")


def levels(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The data, and what it is with its escapes undone, again until nothing changes; with what was done."""
    yield "", data
    if data.count(0) > len(data) // 4:  # UTF-16 or UTF-32
        data = data.replace(b"\0", b"")
        yield "wide characters", data
    escaped = data
    for _ in range(_LEVELS):
        plain = unescaped(data)
        if plain == data:
            break
        data = plain
    if data is not escaped:
        yield "escaped", data
    if b"=" in data and _PRINTABLE.search(data) and (plain := _of_quoted_printable(data)) != data:
        yield "quoted-printable", plain


def unescaped(data: bytes) -> bytes:
    r"""`\u0061`, `\x61`, `\141`, `\/`, `%61`, `&#97;` and `&amp;` as the character that they stand for; `\n` as the end of a line."""
    if b"\\" in data:
        data = _BACKSLASHED.sub(_character, data)
    if b"%" in data and _PERCENT.search(data):
        data = urllib.parse.unquote_to_bytes(_WIDE_PERCENT.sub(lambda found: _encode(int(found[1], 16)), data))
    if b"&" in data:
        data = _ENTITY.sub(lambda found: html.unescape(found[0].decode()).encode(errors="surrogatepass"), data)
    return data


def joined(data: bytes) -> bytes:
    """The lines as one, without what indents or quotes them; breaks may be real, escaped in JSON, or soft as in quoted-printable."""
    if b"\n" in data:
        data = b"".join(line.lstrip(_INDENT).rstrip(b"=\r") for line in _ERROR_LINE.sub(b"\n", data).split(b"\n"))
    if rb"\n" in data:
        data = b"".join(line.lstrip(_INDENT).rstrip(b"=\\") for line in _WRITTEN_BREAK.split(data))
    return data


def bare(data: bytes) -> bytes:
    """Without the tags and the terminal's escapes in it."""
    if b"<" in data:
        data = _TAG.sub(b"", data)
    if any(mark in data for mark in _MARKS):
        data = _TERMINAL.sub(b"", data)
    return data


def _of_quoted_printable(data: bytes) -> bytes:
    data = data.replace(b"=\r\n", b"").replace(b"=\n", b"")
    return _PRINTABLE_BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), data)


def _character(found: re.Match[bytes]) -> bytes:
    link, braced, four, eight, two, octal, slash, escape, line = found.groups()
    if link:
        return b"\x1b\\"
    if two:
        return bytes([int(two, 16)])
    if octal:
        return bytes([int(octal, 8)])
    if number := braced or four or eight:
        return _encode(int(number, 16))
    if line:
        return b"\n" if len(line) == 1 else b""
    return b"/" if slash else b"\x1b" if escape else found[0]


def _encode(number: int) -> bytes:
    return chr(number).encode(errors="surrogatepass") if number < 0x110000 else b""
