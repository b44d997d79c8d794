"""Starting a sandbox from the process that owns a run, and holding it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from base import children
from base.places import PROJECT
from sandbox.connection import MARKER, Connection
from sandbox.errors import SandboxDied, SandboxError, SandboxStopped
from sandbox.reading import read
from sandbox.state import SandboxRun, StateFolder

GONE_WITHIN = 6.0


@dataclass(frozen=True)
class BootOptions:
    """How to boot. `system`: a name or the path of a file (default: the one that says it is). `within`: s, preparing included.

    `state`: the state folder (default: GONOGO_STATE, else `.sandbox` in the project). `kind` is shown by `status`; `detached` leaves the
    sandbox running when this process ends.
    """

    system: str | None = None
    state: Path | None = None
    within: float = 300.0
    kind: str = "run"
    detached: bool = False


def to_terminal(text: str) -> None:
    """The default for progress: one line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Sandbox:
    """A running sandbox. It ends when `stop` is called or this process ends in whatever way (unless detached)."""

    def __init__(self, process: subprocess.Popen[bytes], state: StateFolder, run: SandboxRun) -> None:
        self._process = process
        self._state = state
        self._run = run
        self._buffer = b""
        self._lock = threading.Lock()
        self._died: SandboxError | None = None
        self._stopped = False
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """Everything a run needs to know."""
        assert self._connection, "boot() has not returned this sandbox yet"
        return self._connection

    def check(self) -> None:
        """Raises SandboxDied naming the service that has died, SandboxStopped when somebody else stopped it. Any thread may call it."""
        with self._lock:
            if self._died is None and not self._stopped:
                for message in self._messages(0.0):
                    self._heed(message)
            if self._died:
                raise self._died

    def stop(self, within: float = GONE_WITHIN) -> None:
        """Stops the sandbox and waits until it is gone. Twice is as good as once.

        A supervisor that takes longer than `within` seconds is killed, and its work done here: nobody would wait for it any more.
        """
        self._stopped = True
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process.returncode is None:
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout and not self._process.stdout.closed:
            self._process.stdout.close()
        if self._process.returncode is not None and self._run.path.exists():
            from sandbox import cleaning, processes  # the supervisor was killed: do its work

            processes.kill_marked(self._run.id)
            cleaning.clear(self._state, self._run)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _await_ready(self, progress: Callable[[str], None], within: float) -> None:
        until = time.monotonic() + within
        while self._connection is None:
            left = until - time.monotonic()
            if left <= 0:
                raise SandboxError(f"the sandbox was not up within {within:.0f} s")
            for message in self._messages(left):
                if "progress" in message:
                    progress(message["progress"])
                else:
                    self._heed(message)
            if self._died:
                raise self._died

    def _heed(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._connection = Connection(**message["ready"])
        elif "error" in message:
            raise SandboxError(message["error"])
        elif "died" in message:
            self._died = SandboxDied(**message["died"])

    def _ending(self) -> SandboxError:
        """What it means that the supervisor's output has ended without a word."""
        status = self._process.wait()
        if status == 0:
            return SandboxStopped()
        lines: list[str] = []
        with contextlib.suppress(OSError):
            lines = (self._run.path / "logs" / "supervisor.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return SandboxDied("supervisor", status, [line for line in lines if line.strip()][-8:])

    def _messages(self, wait: float) -> list[dict[str, Any]]:
        """Complete lines that the supervisor wrote; waits up to `wait` seconds for the first one."""
        assert self._process.stdout
        descriptor = self._process.stdout.fileno()
        while select.select([descriptor], [], [], wait)[0]:
            chunk = os.read(descriptor, 65536)
            if not chunk:
                self._died = self._died or self._ending()
                break
            self._buffer += chunk
            if b"\n" in chunk:
                wait = 0.0
        *lines, self._buffer = self._buffer.split(b"\n")
        return [json.loads(line) for line in lines]


def boot(progress: Callable[[str], None] = to_terminal, *, config: BootOptions | None = None) -> Sandbox:
    """Boots a sandbox and returns when its Workers are healthy; prepares it first when its sources have changed (once, about 20 s).

    `progress` gets lines for a person. Raises SandboxError in one sentence, SandboxDied when a service ended meanwhile.
    """
    options = config or BootOptions()
    state = StateFolder(options.state)
    run, alive = state.new_run()
    log = run.path / "logs" / "supervisor.log"
    try:
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.supervisor"],
                cwd=PROJECT,
                env={name: value for name, value in children.python().items() if name != MARKER},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=(alive,),
                start_new_session=True,
            )
    finally:
        os.close(alive)
    sandbox = Sandbox(process, state, run)
    try:
        # Read while the supervisor loads its code.
        system = read(options.system).content
        order = {"state": str(state.root), "run": str(run.path), "kind": options.kind, "detached": options.detached, "system": system}
        assert process.stdin
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
        sandbox._await_ready(progress, options.within)
    except BaseException:
        sandbox.stop()
        raise
    return sandbox
