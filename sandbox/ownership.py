"""Whose a state folder is, and what in it is gonogo's: nothing else is ever removed.

A state folder carries a mark, written before anything else lies in it. Below it gonogo knows its own by their names: a run by its random id
and the file that says whether it is alive, a prepared or a recycled state by the hash of what it was built from.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

from base.places import STATE
from sandbox.errors import SandboxError

MARK = ".gonogo"
_CONTENT = {"gonogo": "state of sandboxes"}
FOLDERS = ("prepared", "runs", "cache", "recycled")
LOCKS = ("prepared.lock", "runs.lock")
ALIVE = "alive"
NOBODYS = frozenset({".gitkeep", ".gitignore", ".DS_Store"})
"""What keeps an empty folder in a repository, or comes into being when somebody looks at one: nothing of it is ever touched."""
_RUN = re.compile(r"[0-9a-f]{12}")
_PREPARED = re.compile(r"(.+-)?[0-9a-f]{20}(\.building-[0-9a-f]{12})?")


class ForeignState(SandboxError):
    """A folder is not gonogo's to keep state in. Nothing in it was touched."""


def demand(root: Path, variable: str) -> None:
    """Raises ForeignState where a folder, or one of those in it, could not be used without taking what is not gonogo's for its own."""
    out = f"set {variable} to a new or an empty folder"
    try:
        names = {path.name for path in root.iterdir()} - NOBODYS
    except (FileNotFoundError, NotADirectoryError):
        return  # it is created, or that says why not
    except OSError as error:
        raise ForeignState(f"the state folder {root} cannot be read ({error.strerror}): {out}") from None
    names = {name for name in names if not _unfinished(name)}
    if names and not marked(root) and not (root == STATE and not root.is_symlink() and MARK not in names):
        shown = min(names)
        raise ForeignState(f"the state folder {root} holds {shown}, and has no mark of gonogo's: nothing was touched; {out}")
    for name in FOLDERS:
        if (root / name).is_symlink():
            raise ForeignState(f"the state folder {root} has a link in the place of {name}: nothing was touched; remove it, or {out}")


def marked(root: Path) -> bool:
    """Whether the folder carries the mark."""
    mark = root / MARK
    try:
        return not mark.is_symlink() and mark.is_file() and json.loads(mark.read_bytes()[:1000]) == _CONTENT
    except (OSError, ValueError):
        return False


def mark(root: Path) -> None:
    """Marks the folder: the mark is there as a whole or not at all. Raises OSError."""
    if marked(root):
        return
    unfinished = root / f"{MARK}.{secrets.token_hex(6)}"
    unfinished.write_text(json.dumps(_CONTENT) + "\n", encoding="utf-8")
    unfinished.replace(root / MARK)


def is_run(path: Path) -> bool:
    """Whether a folder is that of a run, alive or dead; an empty one of its name is what is left of a run that was killed as it began."""
    if not _RUN.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    alive = path / ALIVE
    return (alive.is_file() and not alive.is_symlink()) or not any(path.iterdir())


def is_prepared(path: Path) -> bool:
    """Whether a folder is a prepared or a recycled state, or one that was being built; of an empty one nobody loses anything."""
    if path.is_symlink() or not path.is_dir():
        return False
    return _PREPARED.fullmatch(path.name) is not None or not any(path.iterdir())


def is_temporary(path: Path, run: str) -> bool:
    """Whether a path is that of the folder which a run has outside of the state."""
    return path.is_absolute() and path.name == temporary_name(run) and not path.is_symlink()


def temporary_name(run: str) -> str:
    """What the folder is called that a run has outside of the state."""
    return f"gonogo-postgres-{run}"


def _unfinished(name: str) -> bool:
    return name.startswith(f"{MARK}.")
