"""Which environments lie in a folder: the other environments of the system, for a team keeps the files of one together."""

from __future__ import annotations

from pathlib import Path

from environments.documents import UnusableDocument, read_toml


def neighbours(folder: Path) -> frozenset[str]:
    """The names of the environments whose files lie in the folder. What is no environment's file, or cannot be read, is none."""
    found = set()
    for path in folder.glob("*.toml"):
        try:
            content = read_toml(path)
        except UnusableDocument:
            continue
        if "tier" in content:
            found.add(path.stem)
    return frozenset(found)
