"""Prepared states: a sandbox with everything deployed, built once for each set of sources and copied by every boot."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from base.places import NODE_MODULES, PROJECT
from base.tools import Toolchain
from sandbox import certificates, credentials, deploying, postgres, spares, standing
from sandbox.errors import SandboxError
from sandbox.installation import Installation, place_server, server_user
from sandbox.processes import Processes, environment
from sandbox.stack import Addresses, Folder, Stack
from sandbox.state import Run, State, copy_command, make_folder, remove

KEPT = 2
ATTEMPTS = 3
SKIPPED = frozenset({NODE_MODULES.name, "__pycache__", "dist", "plain"})


def sources(project: Path) -> Iterator[Path]:
    """Files that a prepared state is built from, sorted."""
    roots = [project / "sandbox" / "apps", project / "sandbox" / "cloud", project / "sandbox" / "mail", project / "sandbox" / "identity"]
    found = [project / "package-lock.json", *(project / "sandbox").glob("*.py")]
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in SKIPPED and not name.startswith(".")]
            found += [Path(folder) / name for name in names if not name.endswith(".test.mjs") and not name.startswith(".")]
    yield from sorted(path for path in found if path.is_file())


def fingerprint(project: Path, tools: Toolchain, installed: Installation) -> str:
    """Hash of everything that decides what a prepared state contains; 20 hex digits."""
    digest = hashlib.sha256()
    identity = [installed.identity, str(tools.versions), platform.system(), platform.machine(), str(os.geteuid())]
    digest.update("\n".join(identity).encode())
    for path in sources(project):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(project).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:20]


class Preparation:
    """Builds one prepared state for a supervisor."""

    def __init__(
        self,
        state: State,
        run: Run,
        *,
        tools: Toolchain,
        installed: Installation,
        processes: Processes,
        progress: Callable[[str], None],
    ) -> None:
        self._state = state
        self._run = run
        self._tools = tools
        self._installed = installed
        self._processes = processes
        self._progress = progress

    def ensure(self) -> Path:
        """The prepared state of today's sources, built if it is not there. The caller copies it under the shared lock.

        Raises SandboxError when it cannot be built, or when the sources change every time while it is being built.
        """

        def waiting() -> None:
            self._progress("another boot is preparing the sandbox; waiting for it")

        for _ in range(ATTEMPTS):
            name = fingerprint(PROJECT, self._tools, self._installed)
            target = self._state.prepared / name
            if target.is_dir():
                return target
            with self._state.lock("prepared", exclusive=True, waiting=waiting):
                if target.is_dir():
                    return target
                self._prune()
                building = self._state.prepared / f"{name}.building-{self._run.id}"
                self._build(building)
                if fingerprint(PROJECT, self._tools, self._installed) == name:
                    building.rename(target)
                    return target
                remove(building)
            self._progress("preparing the sandbox: its sources changed meanwhile; starting over")
        raise SandboxError("the sandbox's sources change while it is being prepared; try again when they are at rest")

    def _prune(self) -> None:
        """Removes what was abandoned, and all but the newest prepared states, leaving room for one more."""
        finished = []
        for path in self._state.prepared.iterdir():
            if ".building-" in path.name:
                remove(path)
            else:
                finished.append(path)
        for path in sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            remove(path)
        spares.discard_unused(self._state)

    def _build(self, path: Path) -> None:
        started = time.monotonic()
        lap = started

        def step(what: str) -> None:
            nonlocal lap
            now = time.monotonic()
            self._progress(f"preparing the sandbox (once): {what} {now - lap:.1f} s")
            lap = now

        for passable in (path, path / "postgres"):
            make_folder(passable)
        for name in ("cloud", "mail", "certificates"):
            (path / name).mkdir(mode=0o700)
        folder = Folder(path)
        env = environment(self._run.path, self._run.id, self._state.cache)
        certificates.issue(path / "certificates")
        secret = credentials.create()
        secret.save(path)
        step("certificates")
        where = place_server(self._installed, folder.postgres, self._run.temporary, server_user())
        postgres.initialise(self._processes, where, secret.superuser, env)
        step("database")
        stack = Stack(folder, tools=self._tools, processes=self._processes, env=env, logs=self._run.path / "logs", keep=True)
        try:
            addresses = stack.start(lambda: where, lambda: secret)
            step("services")
            self._fill(addresses, folder, secret, env, step)
        finally:
            stack.stop(20.0)
        if where.temporary:
            copy = copy_command(where.data, to=folder.postgres / "data")
            self._processes.run(copy, what="keeping the database", env=env, cwd=path)
            remove(where.temporary)
        self._progress(f"preparing the sandbox (once): done in {time.monotonic() - started:.1f} s")

    def _fill(
        self, addresses: Addresses, folder: Folder, secret: credentials.Credentials, env: Mapping[str, str], step: Callable[[str], None]
    ) -> None:
        statements = postgres.create_databases(secret.databases)
        postgres.execute(self._processes, self._installed, addresses.database, secret.superuser, statements, env, folder.path)
        deploying.migrate(self._processes, self._tools, env, secret, addresses.database)
        step("tables")
        deploying.deploy(
            self._processes,
            self._tools,
            env,
            secret,
            addresses,
            self._run.path / "tmp",
            lambda what: self._progress(f"preparing the sandbox (once): deployed {what}"),
        )
        step("deployments")
        standing.create(addresses.connect, str(folder.ca), secret)
        step("standing account")
