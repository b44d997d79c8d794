"""The runbooks' entries, so that a report can bring along what it tells its reader to look up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from base import places
from environments import extensions

HERE = places.RUNBOOKS
_RELATIVE = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])+)\]\((?!https?:)[^)]+\)")
# What the beginning of each page sets.
_SHORT = {"$W": "the Worker", "$O": "its origin"}
_KINDS = re.compile(r"^Kinds?: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class RunbookEntry:
    """One entry: the place it stands at (`page.md#anchor`), its title, and its text as Markdown whose links work anywhere."""

    place: str
    title: str
    text: str


@dataclass(frozen=True)
class Runbooks:
    """All entries, by the place they stand at, and those about kinds of reasons by the kind; and the folder of each page."""

    entries: Mapping[str, RunbookEntry] = field(default_factory=dict)
    kinds: Mapping[str, RunbookEntry] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | None = None) -> "Runbooks":
        """Read the pages of a folder (none when there is no folder); without one, ours and those of the folders that were loaded."""
        if folder is not None:
            return cls._of((folder,))
        return cls._of((HERE, *(loaded / "runbooks" for loaded in extensions.LOADED.values())))

    @classmethod
    @cache
    def _of(cls, folders: tuple[Path, ...]) -> "Runbooks":
        entries: dict[str, RunbookEntry] = {}
        kinds: dict[str, RunbookEntry] = {}
        found: dict[str, str] = {}
        for page in (page for folder in folders for page in sorted(folder.glob("*.md"))):
            found[page.name] = "/".join(page.parent.parts[-2:])
            for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
                title, _, text = section.partition("\n")
                text = _RELATIVE.sub(r"\1", text).strip()
                used = [f"`{short}` stands for {meaning}" for short, meaning in _SHORT.items() if short in text]
                entry = RunbookEntry(
                    f"{page.name}#{anchor(title)}", title.strip(), "\n\n".join([text, *([", ".join(used) + "."] if used else [])])
                )
                entries[entry.place] = entry
                named = _KINDS.search(text)
                kinds.update(dict.fromkeys(re.findall(r"`([^`]+)`", named[1]), entry) if named else {})
        return cls(entries, kinds, found)

    def folder(self, place: str) -> str:
        """The folder of the page of a place, as people name it: `docs/runbooks`, or `checks/runbooks` of another team."""
        return self.places.get(place.partition("#")[0], "docs/runbooks")

    def at(self, place: str) -> RunbookEntry | None:
        """The entry at `page.md#anchor`."""
        return self.entries.get(place)


def anchor(title: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^a-z0-9_ -]", "", title.strip().lower()).replace(" ", "-")
