"""Prepared states: a sandbox with everything deployed, built once for each set of sources and copied by every boot."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from base.places import NODE_MODULES, PROJECT
from base.tools import Toolchain
from sandbox import certificates, credentials, deploying, postgres, recycling, standing
from sandbox.errors import SandboxError
from sandbox.installation import Installation, place_server, server_user
from sandbox.ownership import is_prepared
from sandbox.processes import Processes, environment
from sandbox.stack import Addresses, Folder, Stack
from sandbox.state import SandboxRun, StateFolder, copy_command, make_folder, remove
from sandbox.system import System

KEPT = 2
"""Of each system: so that going back to the last branch is quick."""
ATTEMPTS = 3
SKIPPED = frozenset({NODE_MODULES.name, "__pycache__", "dist"})


def sources(project: Path, system: System) -> Iterator[tuple[str, Path]]:
    """Files that a prepared state of a system is built from, sorted, each with the name by which it counts."""
    rooms = [project / "sandbox" / name for name in ("cloud", "mail", "identity")]
    apps = {worker.app: system.app(worker, project / "sandbox" / "apps") for worker in system.workers.values()}
    found = [(path.relative_to(project).as_posix(), path) for path in (project / "package-lock.json", *(project / "sandbox").glob("*.py"))]
    for name, root in [*((room.name, room) for room in rooms), *apps.items()]:
        for folder, folders, files in os.walk(root):
            folders[:] = [inner for inner in folders if inner not in SKIPPED and not inner.startswith(".")]
            paths = [Path(folder) / file for file in files if not file.endswith(".test.mjs") and not file.startswith(".")]
            found += [(f"{name}/{path.relative_to(root).as_posix()}", path) for path in paths]
    yield from sorted((name, path) for name, path in found if path.is_file())


def fingerprint(project: Path, tools: Toolchain, installed: Installation, system: System) -> str:
    """The system's name and 20 hex digits: a hash of everything that decides what its prepared state contains."""
    digest = hashlib.sha256()
    identity = [installed.identity, str(tools.versions), platform.system(), platform.machine(), str(os.geteuid())]
    digest.update("\n".join([*identity, json.dumps(system.content)]).encode())
    for name, path in sources(project, system):
        content = path.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return f"{system.name}-{digest.hexdigest()[:20]}"


class Preparation:
    """Builds one prepared state for a supervisor."""

    def __init__(
        self,
        system: System,
        state: StateFolder,
        run: SandboxRun,
        *,
        tools: Toolchain,
        installed: Installation,
        processes: Processes,
        progress: Callable[[str], None],
    ) -> None:
        self._system = system
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
            name = fingerprint(PROJECT, self._tools, self._installed, self._system)
            target = self._state.prepared / name
            if target.is_dir():
                return target
            with self._state.lock("prepared", exclusive=True, waiting=waiting):
                if target.is_dir():
                    return target
                self._prune()
                building = self._state.prepared / f"{name}.building-{self._run.id}"
                self._build(building)
                if fingerprint(PROJECT, self._tools, self._installed, self._system) == name:
                    building.rename(target)
                    return target
                remove(building)
            self._progress("preparing the sandbox: its sources changed meanwhile; starting over")
        raise SandboxError("the sandbox's sources change while it is being prepared; try again when they are at rest")

    def _prune(self) -> None:
        """Removes what was abandoned by a boot, and of this system all but the newest prepared states, leaving room for one more."""
        finished = []
        for path in filter(is_prepared, self._state.prepared.iterdir()):
            system = path.name.rpartition("-")[0]
            if ".building-" in path.name or not system:
                remove(path)
            elif system == self._system.name:
                finished.append(path)
        for path in sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            remove(path)
        recycling.discard_unused(self._state)

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
        certificates.issue(path / "certificates", self._system.names)
        secret = credentials.create(self._system)
        secret.save(path)
        step("certificates")
        where = place_server(self._installed, folder.postgres, self._run.temporary, server_user())
        postgres.initialise(self._processes, where, secret.superuser, env)
        step("database")
        stack = Stack(self._system, folder, tools=self._tools, processes=self._processes, env=env, logs=self._run.path / "logs", keep=True)
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
        deploying.migrate(self._system, self._processes, self._tools, env, secret, addresses.database)
        step("tables")
        deploying.deploy(
            self._system,
            self._processes,
            self._tools,
            env,
            secret,
            addresses,
            self._run.path / "tmp",
            lambda what: self._progress(f"preparing the sandbox (once): deployed {what}"),
        )
        step("deployments")
        if account := self._system.standing:
            standing.create(addresses.connect, str(folder.ca), secret, self._system.origin(account.worker), account)
            step("standing account")
