"""Switches a fault of the catalogue on in a running sandbox, and off again: afterwards everything is as it was before."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.certificates import write_private
from sandbox.connection import Connection
from sandbox.control import create_bucket, deploy, deployed
from sandbox.credentials import Credentials
from sandbox.errors import SandboxError
from sandbox.faults.building import Deployer, prepare
from sandbox.faults.catalogue import Fault
from sandbox.faults.conditions import Conditions
from sandbox.installation import installed_binaries
from sandbox.processes import Processes, environment
from sandbox.state import StateFolder
from sandbox.system import System
from sandbox.tools import installed


class Injector:
    """The faults of one running sandbox; one at a time."""

    def __init__(self, connection: Connection, databases: Mapping[str, str], system: System) -> None:
        """`databases`: name and address of each, from the sandbox's record, as is the system."""
        self._connection, self._databases, self._system = connection, databases, system
        self._folder = Path(connection.state) / "faults"
        self._note = self._folder / "on.json"
        self._processes = Processes()
        self._env = environment(Path(connection.state), connection.run, StateFolder().cache)

    @property
    def active(self) -> str:
        """Id of the fault that is on; empty when none is."""
        return str(self._noted().get("fault", ""))

    def on(self, fault: Fault) -> None:
        """Switches a fault on; what had been done is undone when something fails. Raises SandboxError."""
        if self.active:
            raise SandboxError(f"fault {self.active} is on: switch it off first (`python -m sandbox fault off`)")
        self._folder.mkdir(mode=0o700, exist_ok=True)
        before = deployed(self._connection, self._system.targets[fault.environment])[:2]
        self._write({"fault": fault.id, "environment": fault.environment, "before": before, "off": ""})
        try:
            self._put_in(fault)
        except BaseException:
            self.off()
            raise

    def _put_in(self, fault: Fault) -> None:
        inject, script = fault.inject, self._system.targets[fault.environment]
        for bucket in inject.buckets:
            create_bucket(self._connection, bucket)
        if inject.deploys:
            folder = self._folder / fault.folder.name
            shutil.rmtree(folder, ignore_errors=True)
            prepare(folder, fault, self._system)
            secrets = Credentials.load(Path(self._connection.state)).bindings(self._system, script)
            Deployer(self._system, self._connection, installed(), self._env).deploy(folder, fault, secrets)
        if inject.database:
            self._write({**self._noted(), "off": inject.database["off"]})
            self._sql(script, inject.database["on"], f"fault {fault.id}")
        if inject.conditions:
            Conditions(self._connection).put(inject.conditions)

    def off(self) -> None:
        """Puts everything back: conditions, database, and the two versions that were in charge, in their order. Raises SandboxError."""
        noted = self._noted()
        Conditions(self._connection).clear()
        if not noted:
            return
        script = self._system.targets[noted["environment"]]
        if noted["off"]:
            self._sql(script, noted["off"], "taking the fault back")
        before: list[str] = noted["before"]
        # Whatever is deployed next has what was in charge before it for its previous version: that must be a healthy one again.
        if before and deployed(self._connection, script)[:2] != before:
            for version in reversed(before):
                deploy(self._connection, script, version, "the fault is taken back")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _sql(self, script: str, statements: str, what: str) -> None:
        database = self._system.workers[script].database
        if database not in self._databases:
            raise SandboxError(f"{what}: the Worker {script} has no database")
        address = urlsplit(self._databases[database])
        known = {"PGHOST": address.hostname, "PGPORT": address.port, "PGUSER": address.username, "PGPASSWORD": address.password}
        env = {**self._env, **{name: str(value) for name, value in known.items()}, "PGDATABASE": database}
        command = [installed_binaries().program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
        self._processes.run(command, what=what, env=env, cwd=Path(os.sep), text=statements)

    def _noted(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return content

    def _write(self, content: Mapping[str, Any]) -> None:
        write_private(self._note, json.dumps(content).encode())
