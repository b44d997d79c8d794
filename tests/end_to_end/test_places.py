"""Where the project lies: in a folder that nobody else may enter, the first thing a stranger types works too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from base.places import PROJECT
from base.tools import toolchain
from sandbox.installation import installed_binaries
from sandbox.prepared import fingerprint
from sandbox.reading import read
from sandbox.state import StateFolder, copy_command
from tests.end_to_end.command import verify


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user, who may not enter")
def test_private_folder(tmp_path: Path) -> None:
    """With state and output in a folder for root alone, as a clone in root's home is, the run boots its sandbox and passes."""
    tmp_path.chmod(0o700)
    state = StateFolder(tmp_path / "state")
    state.create()
    prepared = StateFolder().prepared / fingerprint(PROJECT, toolchain(), installed_binaries(), read())
    if prepared.is_dir():  # otherwise the run prepares its own
        subprocess.run(copy_command(prepared, to=state.prepared), check=True, timeout=60)
    variables = {"GONOGO_STATE": str(state.root)}
    ended = verify(tmp_path / "out", "--env", "local", "-k", "deployment_says_that_it_is_healthy", "--no-report", env=variables)
    assert ended.status == 0, ended.said
    assert list(state.runs.iterdir()) == []
