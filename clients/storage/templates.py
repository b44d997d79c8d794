"""Requests that are told as a text with places to fill, and answers in which a value stands at a path."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from base.plain_text import plain, plain_name
from clients.errors import Malformed, Misconfigured
from clients.wire.answers import malformed

PLACE = re.compile(r"\{(\+?)([A-Za-z][A-Za-z0-9_]*)\}")
NOWHERE = object()
_HEADER = "header:"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DEEP, _MANY = 4, 12


def of_file(name: str, data: bytes, content_type: str) -> dict[str, Any]:
    """What is known of a file before it is sent. ``md5`` as Content-MD5 has it, in base64; ``sha256`` in hex."""
    digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    return {"name": name, "type": content_type, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "md5": digest}


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its places filled; a text that is nothing but a place becomes the value as it is, a number too.

    :raises Misconfigured: for a place that nothing fills.
    """
    if isinstance(template, Mapping):
        return {name: filled(inner, values) for name, inner in template.items()}
    if isinstance(template, list):
        return [filled(inner, values) for inner in template]
    if not isinstance(template, str):
        return template
    if whole := PLACE.fullmatch(template):
        return _value(whole[2], values)
    return PLACE.sub(lambda found: str(_value(found[2], values)), template)


def path_of(template: str, values: Mapping[str, Any]) -> str:
    """A path with its places filled, percent-encoded: ``{+key}`` keeps its slashes. What begins with a place is an address as it is."""
    first = PLACE.match(template)
    if first and first.end() == len(template):
        return str(_value(first[2], values))
    return PLACE.sub(lambda found: quote(str(_value(found[2], values)), safe="/" if found[1] else ""), template)


def places(template: Any) -> frozenset[str]:
    """The names of all places in a template."""
    if isinstance(template, Mapping):
        return frozenset().union(*(places(inner) for inner in template.values()))
    if isinstance(template, list):
        return frozenset().union(*(places(inner) for inner in template))
    return frozenset(found[2] for found in PLACE.finditer(template)) if isinstance(template, str) else frozenset()


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise Misconfigured(f"nothing fills {{{name}}}: known are {', '.join(f'{{{each}}}' for each in sorted(values)) or 'none'}")
    return values[name]


def found_at(value: Any, path: str) -> Any:
    """What stands at a dotted path, in a list by its number; NOWHERE where nothing does."""
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and len(part) < _DEEP and int(part) < len(value):
            value = value[int(part)]
        else:
            return NOWHERE
    return value


def answered(response: httpx.Response, document: Any, path: str, key: str) -> Any:
    """What an answer says at a path, or in a header. ``key`` is where the file says it.

    :raises Malformed: where there is nothing; the message shows what the answer looks like.
    """
    if path.startswith(_HEADER):
        name = path.removeprefix(_HEADER)
        if name not in response.headers:
            raise malformed(response, f"a header {plain_name(name)} ({key} of the file)")
        return response.headers[name]
    value = found_at(document, path)
    if value is NOWHERE or value is None:
        raise of_another_shape(response, document, f"something at {path!r} ({key} of the file)")
    return value


def of_another_shape(response: httpx.Response, document: Any, expected: str) -> Malformed:
    """The trouble with an answer that is JSON, and has another shape: it is shown without its values."""
    error = malformed(response, expected)
    error.quote = shape(document)
    return error


def shape(value: Any, deep: int = _DEEP) -> str:
    """What a document looks like, without its values: ``{data: [3 of {id: text}]}``."""
    if isinstance(value, Mapping):
        if not deep:
            return "{...}"
        names = [f"{plain_name(str(name))}: {shape(inner, deep - 1)}" for name, inner in list(value.items())[:_MANY]]
        return plain("{" + ", ".join([*names, *(["..."] if len(value) > _MANY else [])]) + "}", 600)
    if isinstance(value, list):
        return f"[{len(value)} of {shape(value[0], deep - 1)}]" if value and deep else "[]" if not value else "[...]"
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else "true or false"
    return "text" if isinstance(value, str) else "number"


def alike(value: Any) -> Any:
    """A made-up value of the same kind, which nobody has: a number for a number, a UUID for a UUID, of a path with another last part."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and len(value) < len(str(1 << 31))):
        return type(value)(2_000_000_000 + secrets.randbelow(100_000_000))
    text = str(value)
    if _UUID.fullmatch(text):
        return str(uuid.uuid4())
    before, slash, last = text.rpartition("/")
    return before + slash + "".join(_another(letter, hexadecimal=set(last) <= set(string.hexdigits)) for letter in last)


def _another(letter: str, *, hexadecimal: bool) -> str:
    alphabets = (string.digits, string.ascii_lowercase[: 6 if hexadecimal else 26], string.ascii_uppercase[: 6 if hexadecimal else 26])
    return next((secrets.choice(alphabet) for alphabet in alphabets if letter in alphabet), letter)
