"""A copy of the project: a revision of its own, under other rules."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.end_to_end.command import PROJECT

ROOMS = (
    "base",
    "clients",
    "environments",
    "fixtures",
    "gonogo",
    "journeys",
    "reports",
    "requirements",
    "sandbox",
    "suites",
    "conftest.py",
    "pyproject.toml",
)
"""What runs, and what the revision's digests are taken from."""


ONE = threading.Lock()


def copied(to: Path, changes: Mapping[str, str]) -> Path:
    """Copies what runs of the project with these files changed, and commits it: nothing of it counts as changed. Made once."""
    with ONE:
        if not to.exists():
            _copy(to)
            for name, text in changes.items():
                (to / name).write_text(text, encoding="utf-8")
            _commit(to)
    return to


def _copy(to: Path) -> None:
    # CI's checkout may belong to somebody else.
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run([*listing, *ROOMS, "package*.json", ".gitignore"], cwd=PROJECT, capture_output=True, check=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, target = PROJECT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _commit(repository: Path) -> None:
    who = ["-c", "user.name=gonogo", "-c", "user.email=gonogo@acme.example", "-c", "commit.gpgsign=false"]
    for words in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message=as it is"]):
        subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True, timeout=30)
