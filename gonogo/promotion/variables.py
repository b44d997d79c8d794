"""Secret variables of a job: one secret with a line for each, so that a workflow need not know the names of somebody's environment file."""

import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from base import children
from gonogo.promotion.errors import UnusableInput

SOURCE = "GONOGO_VARIABLES"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def pair(text: str, separator: str, where: str) -> tuple[str, str]:
    """Name and value. Raises UnusableInput, which never repeats the value."""
    name, found, value = text.partition(separator)
    if not found or not _NAME.fullmatch(name):
        raise UnusableInput(f"{where}: one entry is not NAME{separator}VALUE")
    return name, value


def lines(text: str) -> dict[str, str]:
    """The variables of a text: NAME=VALUE, empty lines and those with a # in front left out. Raises UnusableInput."""
    kept = [line.strip() for line in text.splitlines()]
    return dict(pair(line, "=", SOURCE) for line in kept if line and not line.startswith("#"))


def become(command: Sequence[str]) -> NoReturn:
    """Become a command that has these variables, and not their source. Raises UnusableInput."""
    words = list(command[1:] if command[:1] == ["--"] else command)
    if not words:
        raise UnusableInput("name the command after `--`")
    held = lines(os.environ.get(SOURCE, ""))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for value in held.values():  # GitHub hides a secret as a whole, not the lines of one
            if value:
                sys.stdout.write(f"::add-mask::{value}\n")
        sys.stdout.flush()
    environment = children.whole(SOURCE) | held
    try:
        os.execvpe(words[0], words, environment)  # noqa: S606
    except OSError as error:
        raise UnusableInput(f"{words[0]} cannot be started: {error.strerror}") from error
