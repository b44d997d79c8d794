"""What runs have left: from their ledgers and their residue journals, and only such as gonogo itself makes up."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from environments import Environment
from fixtures.facet import Facet
from fixtures.journal import Entry
from fixtures.registry import applicable

_OF_A_LINE = frozenset({"environment", "at", "gone", "kind"})


class UnusableJournal(Exception):
    """An option, a file or an environment is of no use; nothing was done."""


def creators(environment: Environment) -> dict[str, type[Facet]]:
    """The facet that creates each kind of thing, by the word that journals call it. Raises UnusableJournal where runs create nothing."""
    found = {word: kind for kind in applicable(environment) for word in kind.creates}
    if not found:
        raise UnusableJournal(f"{environment.name} declares nothing that its runs create: there is nothing to remove")
    return found


def left(files: Iterable[Path], environment: Environment, older_than: float) -> list[Entry]:
    """What these files name, that is ours, and that is older than so many seconds, each once.

    What any of the files says is gone is not among it, nor what belongs to an account that is gone or is named itself. Raises
    UnusableJournal for a file that cannot be read. A line that is no JSON object is passed over: a killed run may end in the middle of one.
    """
    makers, gone = creators(environment), set[str]()
    found: dict[tuple[str, str], Entry] = {}
    for file in files:
        try:
            lines, modified = file.read_text(encoding="utf-8", errors="replace").splitlines(), file.stat().st_mtime
        except OSError as error:
            raise UnusableJournal(f"cannot read {file}: {error.strerror}; name ledgers and residue journals of runs") from error
        parsed = [line for text in lines if isinstance(line := _parsed(text), dict)]
        about = {str(line.get("environment")) for line in parsed if line.get("kind") == "run"}
        if about and about != {environment.name}:
            continue
        gone |= {str(line["gone"]).lower() for line in parsed if "kind" not in line and "gone" in line}
        for entry, at in _entries(parsed, makers, environment, modified):
            if makers[entry.what].ours(environment, entry.name) and at < time.time() - older_than:
                key = entry.what, entry.name.lower()
                found[key] = entry if entry.details else found.get(key, entry)
    owners = {name for what, name in found if makers[what].owns}
    return [entry for (_, name), entry in found.items() if name not in gone and entry.details.get("of", "").lower() not in gone | owners]


def note(journal: Path, entry: Entry, environment: Environment) -> None:
    """Write down that a thing is gone: a sweep after this one reads the same ledgers, and need not look for it. Raises UnusableJournal."""
    line = json.dumps({"gone": entry.name.lower(), "environment": environment.name, "at": time.time()})
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise UnusableJournal(f"cannot write {journal}: {error.strerror}; name a file that can be written") from error


def _entries(
    lines: Iterable[Mapping[str, Any]], makers: Mapping[str, type[Facet]], environment: Environment, modified: float
) -> Iterator[tuple[Entry, float]]:
    for line in lines:
        at = line.get("at")
        when = float(at) if isinstance(at, int | float) else modified  # the time that the line says, else that of the file
        if line.get("kind") == "residue" and line.get("what") in makers:
            yield Entry(str(line["what"]), str(line.get("name"))), when
        elif "kind" not in line and line.get("environment", environment.name) == environment.name:  # a journal's line
            for word in makers.keys() & line.keys():
                details = {key: str(value) for key, value in line.items() if key != word and key not in _OF_A_LINE}
                yield Entry(word, str(line[word]), details), when


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
