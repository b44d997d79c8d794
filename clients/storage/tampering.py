"""Upload tickets and read addresses as somebody changes them who has one for something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from clients.storage.objects_port import PresignedUrl

_SIGNATURE = re.compile(r"sig|hmac|token|hash|auth", re.IGNORECASE)
_TOKEN = 40
"""Characters of a path's segment that may be a token: a UUID has 36, and is the name of something."""


def without_signature(url: str) -> str:
    """The address alone, as somebody finds it in a log."""
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


def carries_token(url: str) -> bool:
    """Whether anything in an address can be a permission: a parameter, or a long segment of the path."""
    parts = urlsplit(url)
    return bool(parts.query) or any(len(segment) >= _TOKEN for segment in parts.path.split("/"))


def with_another_signature(url: str) -> str:
    """The address with one letter of its signature changed: of the parameter that is called so, else of the longest, else in the path."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if not pairs:
        before, slash, segment = parts.path.rpartition("/")
        longest = max(parts.path.split("/"), key=len)
        path = parts.path.replace(longest, changed(longest), 1) if len(longest) >= _TOKEN else before + slash + changed(segment)
        return urlunsplit(parts._replace(path=path))
    name = _signature(dict(pairs))
    return _with_query(url, [(key, changed(value) if key == name else value) for key, value in pairs])


def ticket_with_another_signature(ticket: PresignedUrl) -> PresignedUrl:
    """The ticket with one letter of its signature changed, in the form where there is one."""
    if not ticket.fields:
        return replace(ticket, url=with_another_signature(ticket.url))
    name = _signature(ticket.fields)
    return replace(ticket, fields={key: changed(value) if key == name else value for key, value in ticket.fields.items()})


def ticket_for_another_key(ticket: PresignedUrl, other: str) -> PresignedUrl:
    """The ticket for another object: ``other`` in the place of the file's name, or a changed last part of the key."""
    if ticket.fields:
        key = next((name for name in ticket.fields if name.lower() == "key"), "")
        return replace(ticket, fields={**ticket.fields, key: _renamed(ticket.fields[key], ticket.name, other)}) if key else ticket
    parts = urlsplit(ticket.url)
    last = parts.path.rpartition("/")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if ticket.key and ticket.key in dict(pairs).values():
        return replace(
            ticket, url=_with_query(ticket.url, [(n, _renamed(v, ticket.name, other) if v == ticket.key else v) for n, v in pairs])
        )
    path = parts.path.removesuffix(last) + _renamed(last, quote(ticket.name, safe=""), quote(other, safe=""))
    return replace(ticket, url=urlunsplit(parts._replace(path=path)))


def changed(text: str) -> str:
    """The text with one letter changed, where each counts: not the last, of which base64 may leave bits unused."""
    place = next((at for at in range(len(text) // 2, -1, -1) if text[at : at + 1].isalnum()), 0)
    letter = text[place : place + 1]
    return text[:place] + ("1" if letter == "0" else "0" if letter.isdigit() else "b" if letter in "aA" else "a") + text[place + 1 :]


def _with_query(url: str, pairs: list[tuple[str, str]]) -> str:
    return urlunsplit(urlsplit(url)._replace(query=urlencode(pairs, quote_via=quote)))


def _renamed(text: str, name: str, other: str) -> str:
    before, slash, last = text.rpartition("/")
    return before + slash + (last.replace(name, other) if name and name in last else changed(last))


def _signature(values: Mapping[str, str]) -> str:
    """The name of the value that is the signature: of several that are called so, the longest."""
    called = [name for name in values if _SIGNATURE.search(name) and values[name]]
    return max(called or values, key=lambda name: (name.lower().endswith("signature"), len(values[name])))
