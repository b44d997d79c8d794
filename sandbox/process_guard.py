"""Runs one program that does not watch its standard input, and ends it when this process's own standard input ends.

PostgreSQL knows nothing of the contract that the sandbox's services follow (configuration in the first line of standard input,
end of file means stop). The guard gives it that contract, so that it ends even when the supervisor was killed with SIGKILL.
A parent-death signal would not do: it exists on Linux only, is tied to the parent's thread, and is lost on a change of user.

Started by path, with `python -I -S`: standard library only, nothing of the project. The first line is a JSON object:
`argv`, `env`, `cwd`, `user` and `group` (ids or null), `stop` (signal name), `patience` (s, then SIGKILL).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any


def first_line(descriptor: int) -> bytes:
    """Reads up to the first newline, byte by byte: what follows must stay in the pipe."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def become(order: dict[str, Any]) -> None:
    """In the child: drop privileges, forget the guard's signal handlers, and turn into the program. Never returns."""
    try:
        if order.get("user") is not None:
            os.setgroups([])
            os.setgid(order["group"])
            os.setuid(order["user"])
        os.chdir(order["cwd"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606
    except OSError as error:
        os.write(2, f"cannot run {order['argv'][0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def ended(pid: int) -> int | None:
    """The exit status of the child (negative: signal), or None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def main() -> int:
    """Returns the program's exit status, or 0 when it was stopped on request."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    stopping = []
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))
    line = first_line(0)
    if not line.endswith(b"\n"):
        return 0
    order: dict[str, Any] = json.loads(line)
    pid = os.fork()
    if pid == 0:
        become(order)
    while not stopping:
        ready, _, _ = select.select([0, awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
        status = ended(pid)
        if status is not None:
            return status if status >= 0 else 128 - status
        if 0 in ready and not os.read(0, 4096):
            break
    os.kill(pid, getattr(signal, order["stop"]))
    until = time.monotonic() + order["patience"]
    while ended(pid) is None:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    return 0


if __name__ == "__main__":
    sys.exit(main())
