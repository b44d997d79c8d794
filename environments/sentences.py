"""Mistakes of an environment file as sentences: one line each, at a bounded length, without what could play with a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

LONGEST, LONGEST_SOURCE = 400, 180
"""Characters of a sentence, and of what it is about."""
MOST = 40
"""Sentences about one file."""
_VALUE, _PLACE = 80, 100
_OF_A_VARIABLE = "the variable "
_KEYS = 3
"""Keys that a sentence about a variable names; further ones are counted."""
_KINDS = {"str": "a text", "bool": "true or false", "int": "a whole number", "float": "a number"}
_KIND = re.compile(r"(str|bool|int|float)|function-\w+\[.*(str|bool|int|float)\]")


def printable(text: str) -> str:
    """The text on one line; what cannot be printed, or turns the direction of writing, is escaped."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def cut(text: str, most: int = LONGEST) -> str:
    """At most so many characters, and how many there were."""
    if len(text) <= most:
        return text
    said = f"… ({len(text)} characters)"
    return text[: most - len(said)] + said


def shown(value: object) -> str:
    """A value that somebody wrote, as a message may repeat it."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return cut(text, _VALUE)


def bounded(lines: Iterable[str]) -> list[str]:
    """The sentences, each once and at its length; of very many only the first."""
    found = [cut(printable(line)) for line in dict.fromkeys(lines)]
    return found if len(found) <= MOST else [*found[:MOST], f"and {len(found) - MOST} more mistakes: mend these first"]


def of_model(problems: Iterable[Any]) -> list[str]:
    """What is wrong, as pydantic found it: each place, and what to do. Where one of several kinds may stand, the place is named once."""
    found: dict[tuple[object, ...], list[Any]] = {}
    for problem in problems:
        place = tuple(problem["loc"])
        known = place[:-1] if place and _kind(place[-1]) else place
        found.setdefault(
            (known, id(problem.get("input"))) if known != place else (place, *map(str, (problem["type"], problem["msg"]))), []
        ).append(problem)
    return together([sentence for alike in found.values() for sentence in (_of_several(alike) if len(alike) > 1 else _of_one(alike[0]))])


def together(lines: Iterable[str]) -> list[str]:
    """The sentences; a secret variable that several keys name is mended once, so it is one line that names these keys."""
    found: dict[str, list[str]] = {}
    for line in dict.fromkeys(lines):
        where, colon, said = line.partition(": ")
        found.setdefault(said if colon and said.startswith(_OF_A_VARIABLE) else line, []).append(where)
    return [
        f"{', '.join(places[:_KEYS])}{f' and {len(places) - _KEYS} more' if len(places) > _KEYS else ''}: {said}"
        if said.startswith(_OF_A_VARIABLE)
        else said
        for said, places in found.items()
    ]


def _kind(part: object) -> str:
    """What pydantic calls a kind of value in the place of a mistake, in words; empty for what is a key of the file."""
    found = _KIND.fullmatch(part) if isinstance(part, str) else None
    return _KINDS[found[1] or found[2]] if found else ""


def _of_several(problems: list[Any]) -> list[str]:
    kinds = list(dict.fromkeys(_kind(problem["loc"][-1]) for problem in problems))
    where = ".".join(cut(str(part), _PLACE) for part in problems[0]["loc"][:-1])
    return [f"{where}: must be {', '.join(kinds[:-1])} or {kinds[-1]}, not {shown(problems[0].get('input'))}"]


def _of_one(problem: Any) -> list[str]:
    where = ".".join(cut(str(part), _PLACE) for part in problem["loc"] if part != "[key]") or "file"
    if problem["type"] == "extra_forbidden":
        return [f"{where}: unknown key"]
    if problem["type"] == "missing":
        return [f"{where}: missing"]
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:] if message[:1].isupper() and not message[:2].isupper() else message
    given = problem.get("input")
    if problem["type"] != "value_error" and isinstance(given, (str, int, float, bool)) and "key" not in where and "password" not in where:
        return [f"{where}: {message}, not {shown(given)}"]
    return [f"{where}: {part}" for part in message.split("\n")]
