"""Booting: the sandbox comes up beside the collection of checks, so that neither waits for the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from gonogo.plugin import asked
from gonogo.plugin.beginning import environment_of, keep_temporary_files
from gonogo.run.state import Run, begin, run_of
from reports.records import WorkerStarted
from sandbox.errors import SandboxError
from sandbox.reading import locate

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController


class Booting:
    """Boots the sandbox beside the collection of checks, so that neither waits for the other."""

    def __init__(self, run: Run, config: pytest.Config, say: Callable[[str], None]) -> None:
        self._run, self._config, self._say = run, config, say
        self._error: SandboxError | None = None
        source = run.environment.sandbox
        try:
            self._system = str(locate(source.system if source else None))
        except SandboxError as error:
            raise pytest.UsageError(f"--env {config.option.env}: sandbox.system: {error}") from None
        self._thread = threading.Thread(target=self._boot, name="boot", daemon=True)
        self._thread.start()

    def _boot(self) -> None:
        from sandbox import BootOptions, boot

        try:
            self._run.sandbox = boot(self._say, config=BootOptions(system=self._system))
        except SandboxError as error:
            self._error = error

    def wait(self) -> None:
        """Until the sandbox answers; then the environment has its secrets. Raises SandboxError."""
        while self._thread.is_alive():
            self._thread.join(0.1)  # short, so that Ctrl-C is heard
        if self._error:
            raise self._error
        if self._run.sandbox and self._run.declaration and self._run.connection is None:
            self._run.connection = self._run.sandbox.connection
            self._run.adopt(environment_of(self._config, self._run.declaration, self._run.connection, values=True))


BOOTING: pytest.StashKey[Booting] = pytest.StashKey()


def start(session: pytest.Session) -> None:
    """The process that owns the run boots the sandbox, once."""
    run = run_of(session.config)
    if run is None or not run.concludes:
        return
    asked.demand_selection(session.config)
    keep_temporary_files(run.out)
    if run.attached or run.environment.sandbox is None:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    session.config.stash[BOOTING] = Booting(run, session.config, reporter.write_line if reporter else print)


def ready(config: pytest.Config) -> None:
    """Waits for the sandbox, if there is one. Raises SandboxError."""
    booting = config.stash.get(BOOTING, None)
    if booting:
        booting.wait()


def hand_down(node: WorkerController) -> None:
    """Workers get the run and the sandbox that the owner booted."""
    run = run_of(node.config)
    if run is None:
        return
    begin(run)
    try:
        ready(node.config)
    except SandboxError as error:
        raise pytest.exit.Exception(str(error), returncode=3) from None
    node.workerinput["gonogo"] = run.handed_down()
    run.ledger.append(WorkerStarted(worker=node.gateway.id))
