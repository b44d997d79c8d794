"""The guard gives a program that ignores its standard input the services' contract: end of file means stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import process_guard
from tests.sandbox.ending import wait_for

SLEEPER = "import pathlib,sys,time; pathlib.Path(sys.argv[1]).write_text(str(__import__('os').getpid())); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


@contextlib.contextmanager
def guarded(tmp_path: Path, program: str, **order: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A guard that runs a Python program, which gets the path of a note."""
    (tmp_path / "pid").unlink(missing_ok=True)
    standard = {"argv": [sys.executable, "-c", program, str(tmp_path / "pid")], "env": {"A": "b"}, "cwd": str(tmp_path)}
    line = json.dumps({**standard, "stop": "SIGTERM", "patience": 0.3, **order}).encode() + b"\n"
    with subprocess.Popen([sys.executable, "-I", "-S", process_guard.__file__], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin
        child.stdin.write(line)
        child.stdin.flush()
        yield child


def program_of(tmp_path: Path) -> psutil.Process:
    """The guarded program, once it runs."""
    note = tmp_path / "pid"
    wait_for(lambda: note.exists() and note.read_text())
    return psutil.Process(int(note.read_text()))


@pytest.mark.parametrize("program", [SLEEPER, STUBBORN], ids=["willing", "stubborn"])
def test_end_of_input_ends_the_program(tmp_path: Path, program: str) -> None:
    """Closing the guard's standard input stops the program, with SIGKILL when it does not listen; that is no failure."""
    with guarded(tmp_path, program) as child:
        running = program_of(tmp_path)
        assert child.stdin
        child.stdin.close()
        assert child.wait(5) == 0
    assert not running.is_running()


def test_program_ends_with_whoever_holds_the_pipe(tmp_path: Path) -> None:
    """The program ends when the process that holds the guard's standard input is killed with SIGKILL."""
    reader, writer = os.pipe()
    holder = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=(writer,))
    argv = [sys.executable, "-c", SLEEPER, str(tmp_path / "pid")]
    order = {"argv": argv, "env": {}, "cwd": str(tmp_path), "stop": "SIGTERM", "patience": 1}
    child = subprocess.Popen([sys.executable, "-I", "-S", process_guard.__file__], stdin=reader)
    os.write(writer, json.dumps(order).encode() + b"\n")
    os.close(writer)
    os.close(reader)
    running = program_of(tmp_path)
    time.sleep(0.1)
    assert child.poll() is None
    holder.kill()
    holder.wait()
    assert child.wait(5) == 0
    assert not running.is_running()


def test_status_of_the_program_is_the_guards(tmp_path: Path) -> None:
    """A program that ends by itself is not hidden by the guard."""
    with guarded(tmp_path, "raise SystemExit(7)") as child:
        assert child.wait(5) == 7
    with guarded(tmp_path, SLEEPER) as child:
        program_of(tmp_path).send_signal(signal.SIGKILL)
        assert child.wait(5) == 128 + signal.SIGKILL


def test_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    """The log says which program could not be run, and why."""
    with guarded(tmp_path, "", argv=["/does/not/exist"]) as child:
        assert child.wait(5) == 127
        assert child.stderr
        assert child.stderr.read() == b"cannot run /does/not/exist: No such file or directory\n"


def test_guard_without_an_order_does_nothing() -> None:
    """End of file before an order is a stop before the start."""
    assert subprocess.run([sys.executable, "-I", "-S", process_guard.__file__], stdin=subprocess.DEVNULL, check=False).returncode == 0
