"""The process that owns a running sandbox: `python -m sandbox.supervisor`, started by `sandbox.boot`.

It leads a session of its own, so Ctrl-C at the terminal does not reach it. The process that started it (the holder) keeps a pipe to its
standard input. The first line is the order; end of file means that the holder is done or was killed, and then everything ends:
services, whatever carries the run's marker, the run's folder. On standard output it answers in JSON lines: `progress`, then `ready`
(the connection) or `error`, later perhaps `died`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sandbox import packages, postgres, prepared, recycling
from sandbox import tools as programs
from sandbox.cleaning import clear, sweep
from sandbox.connection import MARKER, Connection
from sandbox.copying import Copying
from sandbox.errors import SandboxDied, SandboxError
from sandbox.health import wait_until_healthy
from sandbox.installation import installed_binaries
from sandbox.process_guard import first_line
from sandbox.processes import Processes, environment, kill_marked, terminate_marked
from sandbox.stack import Folder, Stack
from sandbox.state import SandboxRun, StateFolder
from sandbox.system import System
from sandbox.threads import together

STOP_WITHIN = 2.0
HEALTH_WITHIN = 20.0


class Supervisor:
    """One running sandbox, from order to end."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._state = StateFolder(Path(order["state"]))
        self._run = SandboxRun(Path(order["run"]))
        self._system = System.restored(order["system"])
        self._kind: str = order["kind"]
        self._detached: bool = order["detached"]
        self._holder = os.getppid()
        self._started = time.time()
        self._processes = Processes()
        self._env = environment(self._run.path, self._run.id, self._state.cache)
        self._stack: Stack | None = None
        self._source: Path | None = None
        self._ready = False
        self._saying = threading.Lock()
        self._awake, self._wake = os.pipe()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None

    def say(self, **message: object) -> None:
        """One line to the holder; one that is gone or does not listen is no reason to stop."""
        with self._saying, contextlib.suppress(OSError):
            os.write(1, json.dumps(message).encode() + b"\n")

    def main(self) -> int:
        """Returns the exit status: 0 when stopped on request, 1 after a failure."""
        os.set_blocking(1, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, frame: self._stopping.set())
        self._record(None)
        threading.Thread(target=self._boot_or_fail, daemon=True).start()
        try:
            self._watch()
        except SandboxDied as died:
            self._failure = died
            self._announce(died)
        self._shut_down()
        return 1 if self._failure else 0

    def _watch(self) -> None:
        """Until the holder is gone, somebody says stop, the boot fails, or a service dies (SandboxDied)."""
        while not self._stopping.is_set() and self._failure is None:
            ready, _, _ = select.select([0, self._awake] if self._held else [self._awake], [], [], 0.25)
            if self._awake in ready:
                os.read(self._awake, 4096)
            # The parent changes when the holder dies: noticed even if a child of the holder has inherited the pipe.
            gone = (0 in ready and not os.read(0, 4096)) or os.getppid() != self._holder
            # Asked last: a holder that is free to go may have been told so, and have gone, since the select began.
            if gone and self._held:
                return
            if self._ready and self._stack and self._stack.table:
                self._stack.table.check()

    @property
    def _held(self) -> bool:
        """Whether the end of the holder is the end of the sandbox: not any more once a detached one is up."""
        return not (self._detached and self._ready)

    def _boot_or_fail(self) -> None:
        try:
            self._boot()
        except SandboxError as error:
            self._fail(error, str(error))
        except Exception as error:  # noqa: BLE001 - a person gets one sentence, the log gets the rest
            traceback.print_exc()
            self._fail(error, f"the sandbox could not start: {type(error).__name__}: {error}")
        os.write(self._wake, b"\0")

    def _fail(self, error: BaseException, message: str) -> None:
        if self._stopping.is_set():
            return
        if isinstance(error, SandboxDied):
            self._announce(error)
        else:
            self.say(error=message)
        self._failure = error

    def _announce(self, died: SandboxDied) -> None:
        self.say(died={"service": died.service, "status": died.status, "lines": died.lines})

    def _boot(self) -> None:
        sweep(self._state)
        tools = programs.installed()
        installed = installed_binaries()
        packages.install(self._system, self._processes, tools, lambda text: self.say(progress=text), {MARKER: self._run.id})
        preparation = prepared.Preparation(
            self._system,
            self._state,
            self._run,
            tools=tools,
            installed=installed,
            processes=self._processes,
            progress=lambda text: self.say(progress=text),
        )
        self._source = preparation.ensure()
        copying = Copying(self._state, self._run, self._processes, self._env, self._source, installed)
        folder = Folder(self._run.path)
        self._stack = Stack(self._system, folder, tools=tools, processes=self._processes, env=self._env, logs=self._run.path / "logs")
        addresses = self._stack.start(copying.place, copying.credentials)
        secret = copying.credentials()
        connection = Connection(
            connect=addresses.connect,
            ca=str(folder.ca),
            api=addresses.api,
            state=str(self._run.path),
            run=self._run.id,
            variables=secret.variables(self._system, addresses.api),
        )
        self._wait_until_healthy(connection)
        urls = {name: postgres.url(name, secret.databases[name], addresses.database) for name in self._system.databases}
        self._record(connection, urls)
        self._ready = True
        self.say(ready=asdict(connection))

    def _wait_until_healthy(self, connection: Connection) -> None:
        """Asks the Workers through the front door, at the same time."""
        addresses = [f"{self._system.origin(script)}{worker.health}" for script, worker in self._system.workers.items()]
        together(partial(wait_until_healthy, connection, address, self._check, HEALTH_WITHIN) for address in addresses)

    def _check(self) -> None:
        if self._stack and self._stack.table:
            self._stack.table.check()

    def _record(self, connection: Connection | None, databases: dict[str, str] | None = None) -> None:
        """What `status`, `down`, `open` and `wrangler` read."""
        self._run.write_record(
            {
                "kind": self._kind,
                "detached": self._detached,
                "supervisor": os.getpid(),
                "started": self._started,
                "connection": asdict(connection) if connection else None,
                "databases": databases,
                "system": self._system.content,
            }
        )

    def _shut_down(self) -> None:
        """Ends everything. Bounded: about a quarter of a second as a rule, 5 s at the very most."""
        self._stopping.set()
        self._processes.close()
        table = self._stack.table if self._stack else None
        with contextlib.suppress(Exception):
            terminate_marked(self._run.id, sparing_sessions=self._processes.sessions)
            if table:
                table.stop(STOP_WITHIN)
        with contextlib.suppress(Exception):
            kill_marked(self._run.id)
        if self._ready and self._source:
            recycling.give(self._state, self._source, Folder(self._run.path).postgres / "data")
        clear(self._state, self._run)


if __name__ == "__main__":
    line = first_line(0)
    if not line:
        sys.exit(0)
    status = Supervisor(json.loads(line)).main()
    sys.stderr.flush()
    os._exit(status)  # threads of a boot that was given up may still be waiting
