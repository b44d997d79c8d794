"""Evidence that a reader can use after the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.plugin.evidence import repeatable
from gonogo.run.state import Run
from sandbox.connection import Connection
from tests.gonogo.fakes import run

COMMAND = "# 1\ncurl --include https://staging.fm5.test/health --connect-to ::127.0.0.1:38891 --cacert /x/ca.pem"


@pytest.fixture
def connected(tmp_path: Path) -> Run:
    """A run with a sandbox of its own."""
    made = run(tmp_path)
    made.connection = Connection(connect="127.0.0.1:38891", ca="/x/ca.pem", api="", state="", run="", variables={})
    return made


def test_command_does_not_name_a_sandbox_that_is_gone(connected: Run) -> None:
    """Port and certificate of the run's own sandbox are gone with it: the command says how to get others."""
    text = repeatable(COMMAND, connected)
    assert "38891" not in text
    assert "/x/ca.pem" not in text
    assert "python -m sandbox up" in text
    assert text.endswith("--connect-to ::$CONNECT --cacert $CA")


def test_command_for_what_stays_is_left_alone(connected: Run) -> None:
    """A sandbox that the run was attached to goes on, and so does a real deployment; a transcript holds no command."""
    assert repeatable("< 200 after 12 ms", connected) == "< 200 after 12 ms"
    connected.attached = True
    assert repeatable(COMMAND, connected) == COMMAND
    connected.connection = None
    assert repeatable(COMMAND, connected) == COMMAND
