"""What the tests of platforms share."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients import platforms

# The contract's assertions are shown as those of a test's own file.
pytest.register_assert_rewrite("tests.clients.platforms.contract")

MADE_UP = Path(__file__).resolve().parent / "made_up"


@pytest.fixture
def depot_module(monkeypatch: pytest.MonkeyPatch) -> Path:
    """One more module in clients/platforms: the file of the made-up platform."""
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(MADE_UP)])
    return MADE_UP / "depot.py"
