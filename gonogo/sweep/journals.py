"""What runs have left: from their ledgers and their residue journals, and only such as gonogo itself makes up.

A journal is evidence of what its own run has created, and no more: it can neither name what gonogo does not make up, nor say of another
run's thing that it is gone. Only the journal of a sweep says so, and which one that is, is said by whoever starts the sweep.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from environments import Environment
from fixtures.facet import Facet
from fixtures.journal import Entry
from fixtures.registry import applicable
from gonogo.sweep.files import Reader, UnusableJournal

AT_MOST = 50
"""So many things does a sweep look for: each account costs a mail, and the deployment counts them."""
_OF_A_LINE = frozenset({"environment", "at", "gone", "kind"})
THINGS = 100_000
"""So many lines that name a thing are looked at in one sweep; small files come first."""
# An address has 254 characters at most (https://www.rfc-editor.org/errata/eid1690), the name of an object 1,024 bytes.
_NAME = 1024


@dataclass(frozen=True)
class Leftovers:
    """What is to be removed now, how many things are left for the next sweep, and what was not read, in sentences."""

    entries: tuple[Entry, ...]
    more: int = 0
    unread: tuple[str, ...] = ()

    @property
    def all(self) -> bool:
        """Whether this is everything."""
        return not self.more and not self.unread


@dataclass(frozen=True)
class _Noted:
    entry: Entry
    at: float


@dataclass
class _Looked:
    lines: int = 0

    def more(self) -> bool:
        """Whether one more may be looked at; it counts."""
        self.lines += 1
        return self.lines <= THINGS

    @property
    def over(self) -> int:
        return max(0, self.lines - THINGS)


def creators(environment: Environment) -> dict[str, type[Facet]]:
    """The facet that creates each kind of thing, by the word that journals call it. Raises UnusableJournal where runs create nothing."""
    found = {word: kind for kind in applicable(environment) for word in kind.creates}
    if not found:
        raise UnusableJournal(f"{environment.name} declares nothing that its runs create: there is nothing to remove")
    return found


def left(
    files: Iterable[Path], environment: Environment, older_than: float, *, swept: Iterable[Path] = (), at_most: int = AT_MOST
) -> Leftovers:
    """What these files, and those in these folders, name, that is ours, and that is older than so many seconds, each once.

    What the journal itself says is gone is not among it, nor what a journal of a sweep (`swept`) says so of, nor what belongs to an account
    that is gone or is named itself. Where there is more than `at_most`, every file has its turn, and chance decides which of its things are
    looked for: however many one of them names, the others' come along. Raises UnusableJournal for a file that cannot be read.
    """
    reader = Reader()
    makers, gone = creators(environment), set[str]()
    for file in reader.files(swept):
        gone |= {str(line["gone"]).lower() for line in reader.objects(file, [b'"gone"']) if of_a_sweep(line, environment.name)}
    turns: list[list[tuple[str, str]]] = []
    told: dict[tuple[str, str], list[Entry]] = {}
    whose: dict[tuple[str, str], set[str]] = {}
    looked = _Looked()
    for file in sorted(reader.files(files), key=_size):
        mine: list[tuple[str, str]] = []
        for noted in _of_file(reader, file, makers, environment, looked):
            if noted.at < time.time() - older_than:
                key = noted.entry.what, noted.entry.name.lower()
                mine += [] if key in told else [key]
                whose.setdefault(key, set()).add(noted.entry.details.get("of", "").lower())
                told.setdefault(key, []).append(noted.entry)
        turns.append(mine)
    found = {key: _one(entries) for key, entries in told.items()}
    owners = {name for what, name in found if makers[what].owns} | gone
    # An account is nobody's, and a thing goes with an account only where all who name it say so: one journal takes nothing out of another.
    due = {key for key in found if key[1] not in gone and (makers[key[0]].owns or not whose[key] <= owners)}
    turns = [[key for key in mine if key in due] for mine in turns]
    if len(due) > at_most:
        chance = secrets.SystemRandom()
        chance.shuffle(turns)
        for mine in turns:
            chance.shuffle(mine)
    keys = [key for turn in zip_longest(*turns) for key in turn if key is not None]
    reader.unread += [f"{looked.over} lines beyond the first {THINGS} are left for the next sweep"] if looked.over else []
    return Leftovers(tuple(found[key] for key in keys[:at_most]), len(keys[at_most:]), tuple(reader.unread))


def _one(entries: list[Entry]) -> Entry:
    """What several files say of one thing. Where they do not agree, nothing of it is believed: any of them may lie, a password for one."""
    said = [entry for entry in entries if entry.details]
    agreed = {
        key: text for entry in said for key, text in entry.details.items() if all(other.details.get(key, text) == text for other in said)
    }
    return Entry(entries[0].what, entries[0].name, agreed)


def of_a_sweep(line: Mapping[str, Any], environment: str | None = None) -> bool:
    """Whether a line is one that a sweep writes, and, where one is named, about this environment."""
    about = line.get("environment")
    known = isinstance(line.get("gone"), str) and isinstance(about, str) and line.keys() <= {"gone", "environment", "at"}
    return known and environment in (None, about)


def demand_own(journal: Path) -> None:
    """Raises UnusableJournal where a file is there that no sweep has written: it would be written to, and believed."""
    if not os.path.lexists(journal):
        if not journal.parent.is_dir():
            raise UnusableJournal(f"--journal {journal}: there is no folder {journal.parent}; name a file that can be written")
        return
    reader = Reader()
    size = journal.stat().st_size if journal.is_file() else 0
    whole = sum(of_a_sweep(line) for line in reader.objects(journal, [b""]))
    text = journal.read_bytes() if size and not reader.unread else b""
    lines = [line for line in text.split(b"\n")[:-1] if line.strip()]  # the last one may have been cut off by a kill
    if reader.unread or whole < len(lines) or (text and not lines):
        what = f"--journal {journal} holds what no sweep has written: nothing was touched"
        raise UnusableJournal(f"{what}; name a new file, or the journal of an earlier sweep")


def note(journal: Path, entry: Entry, environment: Environment) -> None:
    """Write down that a thing is gone: a sweep after this one reads the same ledgers, and need not look for it. Raises UnusableJournal."""
    line = json.dumps({"gone": entry.name.lower(), "environment": environment.name, "at": time.time()})
    try:
        with journal.open("ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            cut = file.read(1) not in (b"", b"\n")
            file.write((b"\n" if cut else b"") + line.encode() + b"\n")
    except OSError as error:
        raise UnusableJournal(f"cannot write {journal}: {error.strerror}; name a file that can be written") from error


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0  # reading says why


def _of_file(reader: Reader, file: Path, makers: Mapping[str, type[Facet]], environment: Environment, looked: _Looked) -> list[_Noted]:
    """What one file names and does not call gone later on; nothing where it is about another environment."""
    found: dict[tuple[str, str], _Noted] = {}
    about: set[str] = set()
    words = [b'"kind"', b'"gone"', *(json.dumps(word).encode() for word in makers)]
    try:
        modified = file.stat().st_mtime
    except (OSError, ValueError):
        modified = 0.0  # reading says why
    for line in reader.objects(file, words):
        if line.get("kind") == "run":
            about.add(str(line.get("environment")))
        elif "kind" not in line and "gone" in line:
            _goes(found, line, environment)
        for noted in _entries(line, makers, environment, modified):
            name = noted.entry.name.lower()
            if looked.more() and makers[noted.entry.what].ours(environment, noted.entry.name):
                known = found.get((noted.entry.what, name))
                found[noted.entry.what, name] = noted if noted.entry.details or known is None else known
    return [] if about and about != {environment.name} else list(found.values())


def _goes(found: dict[tuple[str, str], _Noted], line: Mapping[str, Any], environment: Environment) -> None:
    """A run says of a thing of its own that it is gone: as a run does, with place and time, and after it came to be."""
    name, at = str(line["gone"]).lower(), _time(line.get("at"))
    if line.get("environment") != environment.name or at is None:
        return
    for key, noted in list(found.items()):
        if noted.at <= at and name in (key[1], noted.entry.details.get("of", "").lower()):
            del found[key]


def _entries(line: Mapping[str, Any], makers: Mapping[str, type[Facet]], environment: Environment, modified: float) -> Iterator[_Noted]:
    at = _time(line.get("at"))
    when = modified if at is None else at  # the time that the line says, else that of the file
    what, name = line.get("what"), line.get("name")
    if line.get("kind") == "residue" and isinstance(what, str) and what in makers and _is_name(name):
        yield _Noted(Entry(what, str(name)), when)
    elif "kind" not in line and line.get("environment", environment.name) == environment.name:  # a journal's line
        for word in makers.keys() & line.keys():
            if _is_name(line[word]):
                details = {key: value for key, value in line.items() if key != word and key not in _OF_A_LINE and _is_name(value)}
                yield _Noted(Entry(word, line[word], details), when)


def _is_name(value: Any) -> bool:
    """Whether it can be a name, or a word about it: text that can be sent and shown."""
    return isinstance(value, str) and len(value) <= _NAME and value.isprintable()


def _time(value: Any) -> float | None:
    """Seconds since 1970; None for what is no time."""
    try:
        seconds = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None
