"""A state folder for these tests alone, with the prepared state of today's sources in it, and a sandbox that they share."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from base.places import PROJECT
from base.tools import toolchain
from sandbox import BootOptions, Sandbox, boot
from sandbox.installation import installed_binaries
from sandbox.prepared import fingerprint
from sandbox.reading import read
from sandbox.state import StateFolder, copy_command, remove


@pytest.fixture(scope="session")
def prepared() -> Path:
    """The prepared state in the project's own state folder; built when it is not there (about 20 s)."""
    state = StateFolder(PROJECT / ".sandbox")
    path = state.prepared / fingerprint(PROJECT, toolchain(), installed_binaries(), read())
    if not path.is_dir():
        boot(config=BootOptions(state=state.root)).stop()
    return path


def state_with(prepared: Path, root: Path) -> StateFolder:
    """A state folder that holds a copy of a prepared state, so that nothing here meets what a person runs."""
    state = StateFolder(root)
    state.create()
    subprocess.run(copy_command(prepared, to=state.prepared), check=True)
    return state


@pytest.fixture(scope="session")
def state(prepared: Path) -> Iterator[StateFolder]:
    """The tests' state folder. Inside the project's, because `nobody` cannot reach pytest's temporary folders."""
    root = PROJECT / ".sandbox" / f"tests-{secrets.token_hex(4)}"
    yield state_with(prepared, root)
    remove(root)


@pytest.fixture(scope="session")
def sandbox(state: StateFolder) -> Iterator[Sandbox]:
    """A running sandbox for all tests that leave it as they found it. Those that end or kill one boot their own."""
    running = boot(config=BootOptions(state=state.root))
    yield running
    running.stop()
