"""`make python-tests`: two processes side by side, which end with it, and whose results both count."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from base.waiting import until

ROOT = Path(__file__).resolve().parents[2]
#: In place of pytest: says which of the two it is, and then does what the variable of that name says.
STAND_IN = f"""#!{sys.executable}
import os, sys, time
name = "OTHERS" if "--ignore=tests/end_to_end" in sys.argv else "WHOLE"
open(name, "w").write(str(os.getpid()))
print(name, "played")
time.sleep(0.5 if name == "WHOLE" else 0)
sys.exit(time.sleep(600) if os.environ[name] == "hangs" else int(os.environ[name]))
"""


def started(folder: Path, whole: str, others: str) -> subprocess.Popen[str]:
    """The command in a folder of its own, as somebody at a terminal starts it: nothing ignores Ctrl-C."""
    tool = folder / "bin" / "pytest"
    tool.parent.mkdir()
    tool.write_text(STAND_IN)
    tool.chmod(0o755)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("package.json", "package-lock.json", "node_modules/.package-lock.json"):  # what the apps of the tests need is there
        (folder / "tests" / "apps" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tests" / "apps" / name).touch()
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.Popen(
        ["make", "python-tests", "BIN=bin"],
        cwd=folder,
        env={**outer, "WHOLE": whole, "OTHERS": others},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(("whole", "others", "good"), [("0", "0", True), ("1", "0", False), ("0", "1", False), ("1", "1", False)])
def test_both_results_count(tmp_path: Path, whole: str, others: str, good: bool) -> None:
    """One failure is enough, neither keeps the other from being played to its end, and the whole runs are shown last."""
    make = started(tmp_path, whole, others)
    text, _ = make.communicate(timeout=60)
    assert (make.returncode == 0) is good, text
    assert text.index("OTHERS played") < text.index("WHOLE played")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_both_end_with_it(tmp_path: Path, sent: signal.Signals) -> None:
    """Ctrl-C reaches both, also the one that writes into a file."""
    make = started(tmp_path, "hangs", "hangs")
    files = [tmp_path / name for name in ("WHOLE", "OTHERS")]
    try:
        until(lambda: all(file.exists() and file.read_text() for file in files), bool, within=30, what="both play")
        os.killpg(make.pid, sent)
        assert make.wait(timeout=30) != 0
        pids = [int(file.read_text()) for file in files]
        until(lambda: [pid for pid in pids if running(pid)], lambda left: not left, within=30, what="both have ended")
    finally:
        with suppress(ProcessLookupError):  # whoever of the group is left
            os.killpg(make.pid, signal.SIGKILL)
        make.communicate()


def running(pid: int) -> bool:
    """Whether a process is there and at work; nobody may have asked yet how it ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
