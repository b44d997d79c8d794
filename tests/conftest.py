"""What all tests of gonogo need."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Tests that a shell started in the background ignore Ctrl-C, and so do their children: whoever interrupts one would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

BYTECODE = Path(__file__).resolve().parents[1] / ".pytest_cache" / "bytecode"
"""Compiled sources, where Python may keep none beside them."""
# Otherwise this process, and each that a test starts, would compile the whole project anew, which takes longer than most of what they do.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.pycache_prefix = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Whoever leaves out what is marked `nightly` gets fewer examples of hypothesis, too."""
    from hypothesis import HealthCheck, settings

    # How long an example takes says something about the machine, not about what is tested.
    settings.register_profile("night", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("change", settings.get_profile("night"), max_examples=25)
    settings.load_profile("change" if config.option.markexpr == "not nightly" else "night")


@pytest.fixture(scope="session", autouse=True)
def no_bytecode_of_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What was compiled of files in temporary folders goes: no later session has the same ones."""
    yield
    shutil.rmtree(BYTECODE / tmp_path_factory.getbasetemp().relative_to("/"), ignore_errors=True)
