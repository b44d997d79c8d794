"""Reads a TOML file that anybody may have written, within bounds."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_BYTES = 256 * 1024
"""Of a file: the longest that ships here has a fiftieth of it."""
DEPTH = 32
"""Tables and lists in each other."""
KEY_PARTS = 128
"""Parts of a key, before it is read: more than a host name in a text has dots."""
KEY_LENGTH = 200
NUMBER = 2**63
"""Whole numbers of TOML have 64 bits."""

_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
# tomllib takes minutes for one key of a hundred thousand parts.
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{KEY_PARTS}}}")


class UnusableDocument(Exception):
    """The file is no TOML that can be used; the message says why, and what to do."""


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of the file. Raises UnusableDocument, also where it is no file (a pipe would be waited for)."""
    return parse_toml(read_bytes(path))


def parse_toml(data: bytes) -> dict[str, Any]:
    """The tables that these bytes of a file hold. Raises UnusableDocument."""
    if len(data) > MOST_BYTES:
        raise UnusableDocument(f"larger than {MOST_BYTES // 1024} KiB, the most that is read: is this the right file?")
    if data.startswith(b"\xef\xbb\xbf"):
        raise UnusableDocument("not valid TOML: it begins with a byte order mark; save it as UTF-8 without one")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnusableDocument(f"not valid TOML: not UTF-8 at byte {error.start + 1}; save it as UTF-8") from None
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UnusableDocument(f"not usable: a key of more than {KEY_PARTS} parts (at line {line}); no key has more than four")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusableDocument(f"not valid TOML: {error}") from None
    except RecursionError:
        raise UnusableDocument(f"not usable: lists or tables more than {DEPTH} levels deep; no key takes more than four") from None
    except ValueError:  # Python turns no text of more than 4,300 digits into a number
        raise UnusableDocument("not usable: a whole number of thousands of digits; TOML's have 64 bits at most") from None
    for where in _unusable(content):
        raise UnusableDocument(where)
    return content


def read_bytes(path: Path) -> bytes:
    """What the file holds, at most a byte more than may be read of it. Raises UnusableDocument."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnusableDocument("no file, but a folder, a pipe or a device: name a .toml file")
            return _all(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnusableDocument(f"cannot be read: {error.strerror or error}") from None


def _all(descriptor: int) -> bytes:
    data = b""
    while len(data) <= MOST_BYTES and (piece := os.read(descriptor, MOST_BYTES + 1)):
        data += piece
    return data


def _unusable(content: dict[str, Any]) -> Iterator[str]:
    """What no section could take, level by level."""
    level: list[tuple[str, Any]] = [("", content)]
    for _ in range(DEPTH):
        inside: list[tuple[str, Any]] = []
        for where, value in level:
            if isinstance(value, dict):
                if any(len(key) > KEY_LENGTH for key in value):
                    yield f"{where.lstrip('.') or 'file'}: a key of more than {KEY_LENGTH} characters; no key is longer"
                inside += [(f"{where}.{key}", inner) for key, inner in value.items()]
            elif isinstance(value, list):
                inside += [(f"{where}.{number}", inner) for number, inner in enumerate(value)]
            elif isinstance(value, int) and not -NUMBER <= value < NUMBER:
                yield f"{where.lstrip('.')}: a whole number of more than 64 bits; TOML has none"
        level = inside
        if not level:
            return
    yield f"not usable: lists or tables more than {DEPTH} levels deep; no key takes more than four"
