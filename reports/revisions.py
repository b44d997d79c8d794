"""Revisions: which state of a folder of checks a run was made with."""

import hashlib
import subprocess
from collections.abc import Container
from pathlib import Path, PurePosixPath

from base import children

UNKNOWN = "unknown"
_IMPORTED = frozenset({".py", ".pyc", ".so", ".pyd"})
# What pytest reads in place of pyproject.toml, wherever it finds one on its way up.
_CONFIGURATION = frozenset({"pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"})
# A team puts its own files there, and a ticket binds the one of the run by its digest, with the authority that it names.
_DECLARED = "environments"
# Where git is told to look for its configuration; what a configuration starts gets these variables too.
_GIT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


def revision(folder: Path) -> str:
    """The commit of the checkout that a folder lies in, with `-dirty` when it is not what ran; `unknown` without git.

    It is not when a tracked file was changed since, or when the folder has a loose file, neither tracked nor ignored, that can change an
    outcome: Python code anywhere (imports look in the checkout first), a configuration of pytest, and whatever lies in a room of code.
    Environment files do not count, nor does what a release leaves beside the rooms: keys, tickets, an artifact.
    """
    try:
        found = _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*").strip()
        return found if found.endswith("-dirty") or not _loose_code(folder) else f"{found}-dirty"
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN


def _loose_code(folder: Path) -> bool:
    loose = [PurePosixPath(name) for name in _git(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")[:-1]]
    rooms = {name.partition("/")[0] for name in _git(folder, "ls-files", "-z", "*/*.py").split("\0")} - {_DECLARED} if loose else set()
    return any(_changes_outcomes(path, rooms) for path in loose)


def _changes_outcomes(path: PurePosixPath, rooms: Container[str]) -> bool:
    if "__pycache__" in path.parts:  # what Python keeps there comes from files that are looked at
        return False
    if path.suffix in _IMPORTED or path.name in _CONFIGURATION:
        return True
    # A room also holds pages, scripts and clones of other repositories, which git names as a folder. What is hidden, a desktop left.
    return path.parts[0] in rooms and len(path.parts) > 1 and not any(part.startswith(".") for part in path.parts)


def named(folder: Path) -> str:
    """A folder of checks outside of gonogo as `NAME@REVISION`.

    The revision is the commit of its repository, with `-dirty` when any of its files is not what was committed; the digest of its files
    (`sha256:...`) where no repository keeps them.
    """
    try:
        kept = _git(folder, "ls-files", "-z", ".").split("\0")[:-1]
    except (OSError, subprocess.SubprocessError):
        kept = []
    if not kept:
        return f"{folder.name}@sha256:{digest(folder)}"
    found = revision(folder)
    loose = set(_files(folder)) - set(kept)
    return f"{folder.name}@{found}" + ("-dirty" if loose and not found.endswith("-dirty") else "")


def digest(folder: Path) -> str:
    """One digest over the names and contents of a folder's files; hidden ones and what Python caches do not count."""
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()} {name}\n" for name in _files(folder))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") or part == "__pycache__" for part in path.parts))


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "safe.directory=*", *words]
    # A name that is no UTF-8 is a name all the same.
    done = subprocess.run(
        command,
        cwd=folder,
        env=children.made(names=_GIT),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=10,
        check=True,
    )
    return done.stdout
