"""However a run ends, nothing of its sandbox is left after five seconds."""

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

from base.places import PROJECT
from sandbox import BootOptions, Connection, Sandbox, SandboxDied, SandboxStopped, boot
from sandbox.edge import fetch
from sandbox.processes import marked
from sandbox.state import StateFolder
from tests.sandbox.ending import DEADLINE, left_over, wait_for
from tests.sandbox.test_postgres import segments


def processes_of(connection: Connection) -> dict[str, list[psutil.Process]]:
    """The run's marked processes, by program (a process's name says little: Node calls its own MainThread)."""
    found: dict[str, list[psutil.Process]] = {}
    for process in marked(connection.run):
        found.setdefault(Path(process.exe()).name, []).append(process)
    return found


def memory_of(data: Path) -> str:
    """Id of the shared memory segment of the PostgreSQL that runs on a data folder."""
    return (data / "postmaster.pid").read_text().splitlines()[6].split()[1]


@contextlib.contextmanager
def holding(state: StateFolder) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A process that holds a sandbox, leader of a process group like a command in a terminal."""
    command = [sys.executable, "-m", "tests.sandbox.holder", str(state.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=PROJECT, start_new_session=True) as holder:
        try:
            assert holder.stdout
            yield holder, json.loads(holder.stdout.readline())
        finally:
            holder.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.nightly)], ids=lambda number: number.name)
def test_sandbox_ends_with_its_holder(state: StateFolder, number: signal.Signals) -> None:
    """Killed or interrupted at the terminal: services, the run's own children and the folder are gone in time."""
    with holding(state) as (holder, told):
        connection = Connection.from_json(told["connection"])
        memory = memory_of(Path(connection.state) / "postgres" / "data")
        assert {"postgres", "workerd", "node"} <= processes_of(connection).keys()
        started = time.monotonic()
        os.killpg(holder.pid, number)
        assert left_over(connection.run, Path(connection.state), started) == []
        assert not psutil.pid_exists(told["child"]) or psutil.Process(told["child"]).status() == psutil.STATUS_ZOMBIE
        wait_for(lambda: not psutil.pid_exists(told["supervisor"]), within=DEADLINE)
    assert memory not in segments()


def test_services_end_without_their_supervisor(state: StateFolder) -> None:
    """When the supervisor itself is killed, services end by themselves, and the next boot removes what is left."""
    with holding(state) as (_, told):
        connection = Connection.from_json(told["connection"])
        memory = memory_of(Path(connection.state) / "postgres" / "data")
        services = [process for name, found in processes_of(connection).items() if not name.startswith("python") for process in found]
        assert services
        started = time.monotonic()
        os.kill(told["supervisor"], signal.SIGKILL)
        psutil.wait_procs(services, timeout=DEADLINE)
        assert [process for process in services if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
        assert Path(connection.state).exists()
    boot(config=BootOptions(state=state.root)).stop()
    assert left_over(connection.run, Path(connection.state), started, limit=30) == []
    assert memory not in segments()


def test_stop_cleans_up_for_a_killed_supervisor(state: StateFolder) -> None:
    """A run whose supervisor was killed is told so, and its stop leaves nothing either."""
    sandbox = boot(config=BootOptions(state=state.root))
    connection = sandbox.connection
    os.kill(json.loads((Path(connection.state) / "run.json").read_text())["supervisor"], signal.SIGKILL)

    def noticed() -> bool:
        try:
            sandbox.check()
        except SandboxDied as died:
            return (died.service, died.status) == ("supervisor", -9)
        return False

    wait_for(noticed)
    started = time.monotonic()
    sandbox.stop()
    assert left_over(connection.run, Path(connection.state), started) == []


def test_stop_does_not_leave_a_supervisor_behind_that_is_stuck(state: StateFolder) -> None:
    """One that does not end in time is killed, and nothing is left of it that nobody waits for."""
    sandbox = boot(config=BootOptions(state=state.root))
    connection = sandbox.connection
    supervisor = psutil.Process(json.loads((Path(connection.state) / "run.json").read_text())["supervisor"])
    supervisor.suspend()
    sandbox.stop(within=0.1)
    assert not supervisor.is_running()
    assert left_over(connection.run, Path(connection.state), 0.0) == []


@pytest.mark.parametrize(
    ("service", "program"),
    [("postgres", "postgres"), ("cloud", "workerd"), ("mail", "node"), pytest.param("identity", "node", marks=pytest.mark.nightly)],
)
def test_killed_service_is_named(state: StateFolder, service: str, program: str) -> None:
    """A service that dies is named to the run, and the rest of the sandbox is stopped."""
    sandbox = boot(config=BootOptions(state=state.root))
    connection = sandbox.connection
    sandbox.check()
    victims = [process for process in processes_of(connection)[program] if program != "node" or service in " ".join(process.cmdline())]
    victim = min(victims, key=lambda process: process.create_time())
    started = time.monotonic()
    victim.kill()

    def noticed() -> SandboxDied | None:
        try:
            sandbox.check()
        except SandboxDied as died:
            return died
        return None

    wait_for(noticed)
    died = noticed()
    assert died
    assert died.service == service, died
    assert left_over(connection.run, Path(connection.state), started) == []
    sandbox.stop()


def test_stopped_elsewhere_is_no_death(state: StateFolder) -> None:
    """SIGTERM to the supervisor is an orderly stop; the run is told that it was not its own."""
    sandbox = boot(config=BootOptions(state=state.root))
    connection = sandbox.connection
    started = time.monotonic()
    os.kill(json.loads((Path(connection.state) / "run.json").read_text())["supervisor"], signal.SIGTERM)
    assert left_over(connection.run, Path(connection.state), started) == []

    def told() -> bool:
        try:
            sandbox.check()
        except SandboxStopped:
            return True
        return False

    wait_for(told)
    sandbox.stop()


def test_two_sandboxes_do_not_meet(state: StateFolder, sandbox: Sandbox) -> None:
    """Two at once have their own ports, folders and data; the end of one leaves the other healthy."""
    with boot(config=BootOptions(state=state.root)) as second:
        one, other = second.connection, sandbox.connection
        assert one.connect != other.connect
        assert one.state != other.state
        started = time.monotonic()
        second.stop()
        assert left_over(one.run, Path(one.state), started) == []
        answer = fetch(other.connect, other.ca, "https://staging.fm5.test/health")
        assert (answer.status, answer.json()["status"]) == (200, "healthy")


def test_interrupted_preparation_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A boot that is killed while it prepares leaves no process, no half-built state and no temporary folder."""
    state = StateFolder(tmp_path_factory.mktemp("interrupted"))
    command = [sys.executable, "-m", "tests.sandbox.holder", str(state.root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=PROJECT) as holder:
        assert holder.stderr
        for line in holder.stderr:
            if b"tables" in line:
                break
        (run,) = state.all_runs()
        temporary = run.temporary
        memory = memory_of(temporary / "data" if temporary.exists() else next(state.prepared.iterdir()) / "postgres" / "data")
        started = time.monotonic()
        holder.kill()
    assert left_over(run.id, run.path, started) == []
    assert list(state.prepared.iterdir()) == []
    assert not temporary.exists()
    assert memory not in segments()
