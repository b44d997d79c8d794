"""Mistakes of an environment file as sentences: one line each, at a bounded length, without what could play with a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LONGEST, LONGEST_SOURCE = 400, 180
"""Characters of a sentence, and of what it is about."""
MOST = 40
"""Sentences about one file."""
_VALUE, _PLACE = 80, 100


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


def of_model(problem: Any) -> list[str]:
    """What is wrong at one place, as pydantic found it: its place, and what to do."""
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
