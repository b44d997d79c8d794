"""Signals of whoever waits for a process: they reach it too, and nobody ends it but itself."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@contextmanager
def passed_on(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """While this lasts, what is asked of this process is asked of that one, and this one goes on waiting for it.

    Gives the signals that came, in their order. The keys of a terminal reach both by themselves; `kill` on this process, or CI's word to
    the process that it has started, does not.
    """

    came: list[int] = []

    def handler(number: int, _: FrameType | None) -> None:
        came.append(number)
        if number in (signal.SIGINT, signal.SIGQUIT) and _typed():
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)

    # What is ignored here (`nohup`, a shell's `&`) is ignored there as well.
    before = {number: what for number in _PASSED_ON if (what := signal.getsignal(number)) not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, handler)
    try:
        yield came
    finally:
        for number, what in before.items():
            signal.signal(number, what)


def _typed() -> bool:
    """Whether this process is one that a terminal's keys reach: it is in the foreground of the one that it was started from."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
