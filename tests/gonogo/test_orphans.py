"""The pass of drills ends with its owner: a real process, whose parent is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from gonogo.run import orphans

ROOT = Path(__file__).resolve().parents[2]
# The owner starts its pass, which says its process id and goes on for a minute.
OWNER = """
import os, subprocess, sys
os.environ["GONOGO_OWNER"] = str(os.getpid())
subprocess.run([sys.executable, "-c", sys.argv[1]])
"""
PASS = """
import os, subprocess, sys, time
from gonogo.run import orphans
waiting = [sys.executable, "-c", "import time; time.sleep(20)"]
guard, tool = (subprocess.Popen([*waiting, *more], start_new_session=True) for more in ([orphans.GUARD], []))
orphans.end_with_the_owner()
print(os.getpid(), tool.pid, guard.pid, orphans.VARIABLE in os.environ, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def test_pass_ends_when_its_owner_is_killed(eventually: Callable[[Callable[[], bool]], None]) -> None:
    """Within a moment, whatever it was doing, with what it has started but for the guard, and it says why. D1, D2."""
    command = [sys.executable, "-c", OWNER, PASS]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as owner:
        assert owner.stdout
        assert owner.stderr
        *numbers, inherits = owner.stdout.readline().split()
        ended, tool, guard = (int(number) for number in numbers)
        assert inherits == b"False", "what the pass starts would take the owner for its own"
        owner.kill()
        owner.wait()
        eventually(lambda: gone(ended) and gone(tool))
        assert not gone(guard), "the guard has to restore"
        os.kill(guard, signal.SIGKILL)
        assert owner.stderr.read() == b"the run that this drill belongs to was killed: the drill ends\n"


def test_process_that_nobody_owns_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word of an owner nothing is watched."""
    monkeypatch.delenv(orphans.VARIABLE, raising=False)
    monkeypatch.setattr("gonogo.run.orphans.threading.Thread", lambda **_: pytest.fail("somebody is watched"))
    orphans.end_with_the_owner()
