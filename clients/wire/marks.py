"""Marks of people in what a deployment answers: an address, a name, an id, and whether it stands there as a whole.

What cannot be told from something else is no evidence: the 1 of ``{"page": 1}`` is nobody's id, and ann@acme.example does not stand in
joann@acme.example.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from clients.wire.documents import UnreadableJson, read_json

_LONG = 16
"""Characters of an id that nobody writes by chance: UUIDs (36), better-auth's (32), ULIDs (26), MongoDB's (24), nanoids (21)."""
_SHORT = 8
_MADE_UP = re.compile(r"gonogo[ -].*[a-z0-9]{6}")  # whatever a run invents is called so
_ID = re.compile(rf"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{{{_LONG},}}")
# What goes on with an address, a name or an id. A dot does so only inside: it also ends sentences.
_BEFORE, _AFTER = r"(?<![\w@])(?<![\w@][.+'-])", r"(?![\w@]|[.+'-][\w@])"
_ESCAPED = re.compile(r"\\u\{?00([0-9a-fA-F]{2})\}?|\\x([0-9a-fA-F]{2})|\\[nrtbf\"'/\\]")
# Keys that name a person by an id, in any spelling (userId, user_id, OwnerID), and those whose value is a person.
_PERSON = r"(?:current|auth|session|signedin|target)?(?:user|member|owner|author|person|creator|viewer|principal|customer|uploader|me)"
_NAMES_A_PERSON = re.compile(rf"(?:{_PERSON}(?:id|ids|uid|pk)|(?:created|updated|owned|uploaded)by(?:id)?|uid|sub)")
_IS_A_PERSON = re.compile(rf"{_PERSON}s?")
_OF_A_PERSON = frozenset({"emailverified", "username"})  # not `email`: organisations have one as well, and people are told by theirs


def distinct(mark: str) -> bool:
    """Whether a mark cannot stand anywhere by chance: it was made up by a run, or it is an id as long as ids are."""
    return bool(_MADE_UP.search(mark)) or ("@" not in mark and bool(_ID.fullmatch(mark)))


def weak(mark: str) -> bool:
    """Whether a mark is so short, or a number so small, that it stands in answers which have nothing to do with it."""
    return not distinct(mark) and "@" not in mark and (len(mark) < _SHORT or mark.isdecimal())


def stands_in(text: str, mark: str) -> bool:
    """Whether a page, or any other text, shows a mark as a whole. A weak one is never evidence there."""
    if not mark or weak(mark):
        return False
    if distinct(mark):
        return any(mark.lower() in spelling for spelling in _spellings(text))
    whole = re.compile(f"{_BEFORE}{re.escape(mark.lower())}{_AFTER}")
    return any(whole.search(spelling) for spelling in _spellings(text))


def shown_in(body: str, mark: str) -> bool:
    """Whether an answer shows a mark: a JSON document is read value by value, anything else as a text.

    A weak one counts in JSON alone, as the whole value of what names a person: under ``userId``, or as the ``id`` of a ``user``.
    """
    if not mark:
        return False
    try:
        document = read_json(body.encode("utf-8", "surrogatepass"))
    except UnreadableJson:
        return stands_in(body, mark)
    if weak(mark):
        return any(_text(value) == mark for value in _people(document))
    return stands_in("\n".join(_texts(document)), mark)


def _spellings(text: str) -> Iterator[str]:
    """The text, and as it reads once the escapes of scripts, markup and addresses are undone."""
    lowered = text.lower()
    yield lowered
    plain = unquote(html.unescape(_ESCAPED.sub(_unescaped, text))).lower()
    if plain != lowered:
        yield plain


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[0][1] if found[0][1] in "\"'/\\" else " "


def _text(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _texts(document: Any) -> Iterator[str]:
    """Every value that is a text or a whole number, and every key."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)
    elif text := _text(document):
        yield text


def _people(document: Any, key: str = "") -> Iterator[Any]:
    """The values that are ids of people by the keys that they stand under."""
    if isinstance(document, dict):
        names = {_plain(name): value for name, value in document.items()}
        if _IS_A_PERSON.fullmatch(key) or _OF_A_PERSON & names.keys():
            yield names.get("id", names.get("_id"))
        for name, value in names.items():
            if _NAMES_A_PERSON.fullmatch(name):
                yield from value if isinstance(value, list) else [value]
            yield from _people(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from _people(value, key)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
