"""The children's environment, and finding them by their marker."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.connection import MARKER
from sandbox.errors import SandboxError
from sandbox.processes import Processes, environment, kill_marked, marked, terminate_marked


def test_children_inherit_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The token of a real account, a proxy or a Node option of the user's shell never reaches the sandbox."""
    for name in ("CLOUDFLARE_API_TOKEN", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "NODE_OPTIONS", "DATABASE_URL"):
        monkeypatch.setenv(name, "from the shell")
    made = environment(tmp_path, "id")
    assert "from the shell" not in made.values()
    assert made[MARKER] == "id"


def test_children_write_into_the_run_only(tmp_path: Path) -> None:
    """HOME, the XDG folders and TMPDIR lie in the run's folder."""
    made = environment(tmp_path, "id")
    folders = {name: value for name, value in made.items() if name in ("HOME", "TMPDIR") or name.startswith("XDG_")}
    assert len(folders) == 6
    assert all(Path(folder).is_relative_to(tmp_path) for folder in folders.values()), folders


def test_marked_processes_are_found_and_ended(tmp_path: Path) -> None:
    """Grandchildren in sessions of their own are found by the marker; others are left alone."""
    run_id = f"test-{time.monotonic_ns()}"
    sleeper = "import time; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{sleeper}'], start_new_session=True).wait()"
    ours = subprocess.Popen([sys.executable, "-c", parent], env=environment(tmp_path, run_id))
    other = subprocess.Popen([sys.executable, "-c", sleeper], env=environment(tmp_path, run_id + "-other"))
    try:
        until = time.monotonic() + 10
        while len(marked(run_id)) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        assert len(marked(run_id)) == 2
        kill_marked(run_id)
        assert ours.wait(5) == -9
        assert not marked(run_id)
        assert other.poll() is None
        terminate_marked(run_id + "-other", sparing_sessions=frozenset())
        assert other.wait(5) == -15
    finally:
        ours.kill()
        other.kill()


def test_failed_command_shows_its_last_lines(tmp_path: Path) -> None:
    """The error says what was being done, the status and what the command printed."""
    with pytest.raises(SandboxError, match=r"counting failed with status 4:\n  one\n  two"):
        Processes().run([sys.executable, "-c", "print('one'); print('two'); raise SystemExit(4)"], what="counting", env={}, cwd=tmp_path)


def test_command_that_hangs_is_ended(tmp_path: Path) -> None:
    """A command has a deadline."""
    with pytest.raises(SandboxError, match="waiting took longer than 0 s"):
        Processes().run([sys.executable, "-c", "import time; time.sleep(60)"], what="waiting", env={}, cwd=tmp_path, within=0.3)


def test_missing_program_names_the_remedy(tmp_path: Path) -> None:
    """A program that is not there leads to the set-up."""
    with pytest.raises(SandboxError, match=r"/not/there cannot be started .*: run `make setup`"):
        Processes().run(["/not/there"], what="anything", env={}, cwd=tmp_path)
