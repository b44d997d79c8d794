"""Giving a run its own copy of a prepared state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from base.places import PROJECT
from sandbox import credentials, recycling
from sandbox.credentials import Credentials
from sandbox.installation import Installation, ServerFolders, place_server, server_user
from sandbox.processes import Processes
from sandbox.stack import Folder
from sandbox.state import SandboxRun, StateFolder, copy_command, make_folder
from sandbox.threads import Job


class Copying:
    """Copies a prepared state into a run's folder while the services load their code: both parts from now on."""

    def __init__(
        self, state: StateFolder, run: SandboxRun, processes: Processes, env: Mapping[str, str], source: Path, installed: Installation
    ) -> None:
        self._state = state
        self._run = run
        self._processes = processes
        self._env = env
        self._source = source
        self._installed = installed
        self._place: ServerFolders | None = None
        self._credentials: Credentials | None = None
        os.utime(self._source)
        self._database = Job(self._copy_database)
        self._rest = Job(self._copy_rest)

    def place(self) -> ServerFolders:
        """Where PostgreSQL finds its data, once it is copied."""
        self._database.wait()
        assert self._place
        return self._place

    def credentials(self) -> Credentials:
        """The credentials, once everything else is copied too."""
        self._rest.wait()
        assert self._credentials
        return self._credentials

    def _copy_database(self) -> None:
        folder = Folder(self._run.path).postgres
        make_folder(folder)
        self._place = place_server(self._installed, folder, self._run.temporary, server_user())
        with self._state.lock("prepared", exclusive=False):
            if self._place.temporary or not recycling.take(self._state, self._source, self._place.data):
                command = copy_command(self._source / "postgres" / "data", to=self._place.data)
                self._processes.run(command, what="copying the database", env=self._env, cwd=PROJECT)

    def _copy_rest(self) -> None:
        with self._state.lock("prepared", exclusive=False):
            parts = [self._source / name for name in ("certificates", "cloud", "mail", credentials.FILE)]
            command = copy_command(*parts, to=self._run.path)
            self._processes.run(command, what="copying the prepared state", env=self._env, cwd=PROJECT)
        self._credentials = Credentials.load(self._run.path)
