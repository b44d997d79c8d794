"""A copy of the project: a revision of its own, in which a test may change the rules."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.end_to_end.command import PROJECT

ROOMS = ("clients", "environments", "fixtures", "journeys", "reports", "requirements", "sandbox", "suites", "conftest.py", "pyproject.toml")
"""What runs, and what the revision's digests are taken from."""


def copied(to: Path) -> Path:
    """Copies what runs of the project, and commits it there: nothing of it counts as changed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *ROOMS, "package*.json", ".gitignore"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = PROJECT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    commit(to)
    return to


def commit(repository: Path) -> None:
    """All that lies there becomes a commit."""
    who = ["-c", "user.name=gonogo", "-c", "user.email=gonogo@acme.example", "-c", "commit.gpgsign=false"]
    for words in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message=as it is"]):
        subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True, timeout=30)
