"""The history of earlier runs: a file that is handed over and read, and never an output folder that somebody else has filled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reports import history
from reports.history import HistoryError


def line(name: str) -> bytes:
    """What a report keeps of a run, as far as it is looked at."""
    return json.dumps({"uuid": name, "name": name, "timestamp": 1, "testResults": {}}).encode() + b"\n"


READ: dict[str, tuple[bytes, bytes]] = {
    "whole": (line("a") + line("b"), line("a") + line("b")),
    "empty": (b"", b""),
    "cut off by a kill": (line("a") + line("b")[:20], line("a")),
    "something between": (line("a") + b"[" * 200_000 + b'\n\xff\0\n{"uuid": 1}\n' + line("b"), line("a") + line("b")),
}


@pytest.mark.parametrize("case", READ)
def test_whole_lines_are_read(tmp_path: Path, case: str) -> None:
    """What a killed run has left of the last one is passed over, and the file stays as it is."""
    given, wanted = READ[case]
    (tmp_path / "history.jsonl").write_bytes(given)
    assert history.read(tmp_path / "history.jsonl") == wanted
    assert (tmp_path / "history.jsonl").read_bytes() == given


NONE: dict[str, Callable[[Path], object]] = {
    "not there": lambda _: None,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a ledger": lambda file: file.write_text('{"kind": "run"}\n', encoding="utf-8"),
    "text": lambda file: file.write_text("notes", encoding="utf-8"),
    "too large": lambda file: os.truncate(os.open(file, os.O_CREAT | os.O_WRONLY), history.LARGEST + 1),
}


@pytest.mark.parametrize("case", NONE)
def test_what_is_no_history_is_one_sentence(tmp_path: Path, case: str) -> None:
    """Said before anything is sent, with what to name instead."""
    NONE[case](tmp_path / "given")
    with pytest.raises(HistoryError, match=r"given (cannot be read|is larger than|is no history).*: name the history.jsonl of"):
        history.read(tmp_path / "given")
