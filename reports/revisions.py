"""Revisions: which state of a folder of checks a run was made with."""

import hashlib
import subprocess
from pathlib import Path

UNKNOWN = "unknown"


def revision(folder: Path) -> str:
    """The commit of the checkout that a folder lies in, with `-dirty` when tracked files were changed since; `unknown` without git."""
    try:
        return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*").strip()
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN


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
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout
