"""Starting and ending processes of one sandbox.

Every child carries the run's marker in its environment and leads a session of its own. The marker is how processes are found that the
supervisor did not start itself: wrangler's subprocesses, a run's browsers, whatever a killed run left behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from base import children
from sandbox.connection import MARKER
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    import psutil


class Stopped(SandboxError):
    """The sandbox is being stopped; nothing may be started any more."""


def environment(run: Path, marker: str, cache: Path | None = None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the sandbox's children, made from scratch.

    Nothing is passed on but the search path and the language: a real CLOUDFLARE_API_TOKEN or a proxy of the user's shell must never
    reach a process that plays Cloudflare. HOME, XDG folders and TMPDIR lie in the run's folder.
    """
    home = run / "home"
    made = children.bare() | {
        "TZ": "UTC",
        "HOME": str(home),
        "TMPDIR": str(run / "tmp"),
        "NO_COLOR": "1",
        "FORCE_COLOR": "0",
        MARKER: marker,
    }
    for name, folder in (("CONFIG", ".config"), ("CACHE", ".cache"), ("DATA", ".local/share"), ("STATE", ".local/state")):
        made[f"XDG_{name}_HOME"] = str(home / folder)
    if cache is not None:
        made["NODE_COMPILE_CACHE"] = str(cache / "node")
    return made | dict(extra or {})


class Processes:
    """The children of one supervisor. After `close` no further one can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._started: set[int] = set()

    @property
    def sessions(self) -> frozenset[int]:
        """Ids of the sessions that were started (each by its leader's process id)."""
        return frozenset(self._started)

    def close(self) -> None:
        """From now on `spawn` raises Stopped."""
        with self._lock:
            self._closed = True

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path | int,
        stdin: int = subprocess.PIPE,
        stdout: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a program in a session of its own; standard error (and output, unless given) go to `log`."""
        with self._lock, contextlib.ExitStack() as stack:
            if self._closed:
                raise Stopped("the sandbox is being stopped")
            errors = log if isinstance(log, int) else stack.enter_context(log.open("ab"))
            try:
                child = subprocess.Popen(
                    list(argv),
                    env=dict(env),
                    cwd=cwd,
                    stdin=stdin,
                    stdout=errors if stdout is None else stdout,
                    stderr=errors,
                    start_new_session=True,
                )
            except OSError as error:
                raise SandboxError(f"{argv[0]} cannot be started ({error.strerror}): run `make setup`") from error
            self._started.add(child.pid)
            return child

    def run(
        self, argv: Sequence[str], *, what: str, env: Mapping[str, str], cwd: Path, text: str | None = None, within: float = 60.0
    ) -> str:
        """Runs a command to its end and returns what it printed.

        Raises SandboxError with the last lines when it fails or takes longer than `within` seconds.
        """
        source = subprocess.DEVNULL if text is None else subprocess.PIPE
        child = self.spawn(argv, env=env, cwd=cwd, log=subprocess.STDOUT, stdout=subprocess.PIPE, stdin=source)
        try:
            output, _ = child.communicate(text.encode() if text is not None else None, timeout=within)
        except subprocess.TimeoutExpired:
            kill_group(child)
            child.communicate()
            raise SandboxError(f"{what} took longer than {within:.0f} s and was ended") from None
        said = output.decode(errors="replace")
        if child.returncode != 0:
            with self._lock:
                if self._closed:
                    raise Stopped("the sandbox is being stopped")
            lines = [line for line in said.splitlines() if line.strip()][-12:]
            raise SandboxError("\n  ".join([f"{what} failed with status {child.returncode}:", *lines]))
        return said


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL for a child and its process group, then reaps it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def marked(run_id: str) -> list[psutil.Process]:
    """Processes that carry the run's marker, other than this one."""
    import psutil  # 40 ms to import, and a boot does not need it

    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARKER) == run_id:
                found.append(process)
    return found


def terminate_marked(run_id: str, *, sparing_sessions: frozenset[int]) -> None:
    """SIGTERM to the run's processes, except those in given sessions: services are told to stop in their own way.

    Nor must initdb get one: it would remove the note by which its server's shared memory is found (`postgres.forget_memory`).
    """
    for process in marked(run_id):
        with contextlib.suppress(OSError):
            if os.getsid(process.pid) not in sparing_sessions:
                os.kill(process.pid, signal.SIGTERM)


def kill_marked(run_id: str, within: float = 2.0) -> None:
    """SIGKILL to the run's processes, and waits until none is left: one may have started another meanwhile.

    None is left when two looks in a row find none: a look takes a while, and in it a process may end that has just started another.
    """
    until = time.monotonic() + within
    while found := marked(run_id) or marked(run_id):
        for process in found:
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        if time.monotonic() > until:
            return
        time.sleep(0.01)
