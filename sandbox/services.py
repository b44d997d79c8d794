"""The table of services: started concurrently as far as they depend on each other, watched, stopped in reverse.

Every service follows one contract: the first line of standard input is its configuration (JSON), end of file means stop. All processes
are started at once, so that they load their code while they wait for the configuration, which comes when what they need is up.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxDied, SandboxError
from sandbox.processes import Processes, kill_group

Ports = Mapping[str, int]
LAST_LINES = 8


@dataclass(frozen=True)
class Service:
    """One row of the table.

    `configure` gets the ports of every service in `needs` and returns the configuration; it may block (a copy to finish).
    `health` waits until the service answers and returns its ports; by default that is the line the service prints when ready.
    """

    name: str
    argv: Sequence[str]
    configure: Callable[[Mapping[str, Ports]], Mapping[str, Any]]
    needs: tuple[str, ...] = ()
    health: Callable[[Running], Ports] | None = None
    deadline: float = 20.0
    patience: float = 1.5


@dataclass
class Running:
    """A started service."""

    service: Service
    process: subprocess.Popen[bytes]
    log: Path
    ports: Ports = field(default_factory=dict)
    ready: threading.Event = field(default_factory=threading.Event)

    def last_lines(self) -> list[str]:
        """The end of the service's log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-LAST_LINES:]

    def check(self) -> None:
        """Raises SandboxDied when the process has ended."""
        status = self.process.poll()
        if status is not None:
            raise SandboxDied(self.service.name, status, self.last_lines())

    def close_input(self) -> None:
        """Tells the service to stop."""
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


def announced_ports(running: Running) -> Ports:
    """Waits for the line `{"ready":true,"ports":{...}}` on standard output."""
    output = running.process.stdout
    assert output is not None
    descriptor = output.fileno()
    until = time.monotonic() + running.service.deadline
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
            late = f"the sandbox's {running.service.name} was not ready within {running.service.deadline:.0f} s; the end of its log:"
            raise SandboxError("\n  ".join([late, *running.last_lines()]))
        byte = os.read(descriptor, 1)
        if not byte:
            running.process.wait()
            running.check()
        line += byte
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        answer = json.loads(line)
        if answer["ready"] is True:
            return {str(name): int(port) for name, port in answer["ports"].items()}
    raise SandboxError(f"the sandbox's {running.service.name} announced itself with {line[:120]!r} instead of its ports")


class Table:
    """Services by name, in the order of their dependencies."""

    def __init__(self, services: Sequence[Service], processes: Processes, *, env: Mapping[str, str], cwd: Path, logs: Path) -> None:
        names = [service.name for service in services]
        for place, service in enumerate(services):
            missing = set(service.needs) - set(names[:place])
            if missing:
                raise ValueError(f"{service.name} needs {', '.join(sorted(missing))}, which must come before it in the table")
        self._services = services
        self._processes = processes
        self._env = env
        self._cwd = cwd
        self._logs = logs
        self.running: dict[str, Running] = {}
        self._failed = threading.Event()
        self._errors: list[BaseException] = []

    def start(self) -> dict[str, Ports]:
        """Starts everything and returns each service's ports. Raises the first service's error; the caller stops the rest."""
        for service in self._services:
            log = self._logs / f"{service.name}.log"
            process = self._processes.spawn(service.argv, env=self._env, cwd=self._cwd, log=log, stdout=subprocess.PIPE)
            self.running[service.name] = Running(service, process, log)
        threads = [threading.Thread(target=self._bring_up, args=(each,), daemon=True) for each in self.running.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive() and not self._failed.is_set():
                thread.join(0.01)
        if self._errors:
            raise self._errors[0]
        return {name: running.ports for name, running in self.running.items()}

    def _bring_up(self, running: Running) -> None:
        try:
            ports: dict[str, Ports] = {}
            for name in running.service.needs:
                while not self.running[name].ready.wait(0.05):
                    if self._failed.is_set():
                        return
                ports[name] = self.running[name].ports
            line = json.dumps(running.service.configure(ports)).encode() + b"\n"
            assert running.process.stdin is not None
            try:
                running.process.stdin.write(line)
                running.process.stdin.flush()
            except OSError:
                running.process.wait()
                running.check()
            running.ports = (running.service.health or announced_ports)(running)
            running.ready.set()
            threading.Thread(target=self._drain, args=(running,), daemon=True).start()
        except BaseException as error:  # noqa: BLE001 - raised by start()
            self._errors.append(error)
            self._failed.set()

    def _drain(self, running: Running) -> None:
        """Whatever a service prints after its announcement goes to its log, so that the pipe never fills."""
        output = running.process.stdout
        assert output is not None
        with contextlib.suppress(OSError, ValueError), output, running.log.open("ab") as log:
            while chunk := os.read(output.fileno(), 65536):
                log.write(chunk)
                log.flush()

    def check(self) -> None:
        """Raises SandboxDied for the first service that has ended. A service that others need is named before those that need it."""
        for running in list(self.running.values()):
            running.check()

    def stop(self, within: float) -> None:
        """Stops in reverse order of dependency: end of file, then SIGTERM, then SIGKILL to the process group, all `within` seconds."""
        until = time.monotonic() + within
        needed_by = {name: {s.name for s in self._services if name in s.needs} for name in self.running}
        left = dict(self.running)
        while left:
            level = [running for name, running in left.items() if not needed_by[name] & left.keys()]
            for running in level:
                running.close_input()
            for running in level:
                self._end(running, min(until, time.monotonic() + running.service.patience))
                del left[running.service.name]

    def _end(self, running: Running, until: float) -> None:
        for number in (None, signal.SIGTERM):
            if number is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(running.process.pid, number)
                until = min(until, time.monotonic()) + 0.3
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(max(0.0, until - time.monotonic()))
                break
        kill_group(running.process)
        if running.process.stdout and not running.ready.is_set():  # else the draining thread closes it
            running.process.stdout.close()
