"""The history of earlier runs, from which the report draws its trends: handed over as a file that is only read."""

import json
import os
import stat
from pathlib import Path

from reports.errors import ReportError

LARGEST = 64 << 20
"""Bytes: thirty runs, as many as a report keeps, are a few MB."""


class HistoryError(ReportError):
    """A file is no history of earlier runs."""


def read(file: Path) -> bytes:
    """The lines of a history that a report has written, whole ones only: a run that was killed may have left half of one.

    Raises HistoryError for a file that cannot be read, or that holds something else.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for
        with os.fdopen(descriptor, "rb") as opened:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            text = opened.read(LARGEST + 1) if regular else b""
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is no name of a file"
        raise HistoryError(f"{file} cannot be read ({why}): name the history.jsonl of an earlier run") from None
    if len(text) > LARGEST:
        raise HistoryError(f"{file} is larger than {LARGEST >> 20} MiB: name the history.jsonl of an earlier run")
    lines = [line for line in text.split(b"\n") if _of_a_run(line)]
    if not regular or (text.strip() and not lines):
        raise HistoryError(f"{file} is no history of earlier runs: name the history.jsonl of one")
    return b"".join(line + b"\n" for line in lines)


def _of_a_run(line: bytes) -> bool:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("uuid"), str) and isinstance(content.get("testResults"), dict)
