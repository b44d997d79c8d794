"""A system as a table of services: PostgreSQL, mail, identity providers, and the cloud (control plane, runtime, edge)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from base.places import PROJECT, SANDBOX
from base.tools import Toolchain
from sandbox import postgres
from sandbox.credentials import ACCOUNT_ID, Credentials
from sandbox.errors import SandboxDied
from sandbox.installation import ServerFolders
from sandbox.processes import Processes
from sandbox.services import Ports, Service, Table
from sandbox.system import MAIL_API, PROVIDERS, ZONE, System

ATTEMPTS = 3


@dataclass(frozen=True)
class Addresses:
    """Where a running stack listens, all on 127.0.0.1."""

    edge: int
    control: int
    database: int

    @property
    def connect(self) -> str:
        """The edge, as `HOST:PORT`."""
        return f"127.0.0.1:{self.edge}"

    @property
    def api(self) -> str:
        """Base URL of the control plane."""
        return f"http://127.0.0.1:{self.control}/client/v4"


@dataclass(frozen=True)
class Folder:
    """What a prepared state and a run have in common."""

    path: Path

    @property
    def postgres(self) -> Path:
        """Parent of PostgreSQL's data folder; passable for `nobody`."""
        return self.path / "postgres"

    @property
    def ca(self) -> Path:
        """The CA certificate."""
        return self.path / "certificates" / "ca.pem"


class Stack:
    """The services of a system over one folder. `keep`: the data will be copied afterwards, so PostgreSQL ends with a checkpoint."""

    def __init__(
        self,
        system: System,
        folder: Folder,
        *,
        tools: Toolchain,
        processes: Processes,
        env: Mapping[str, str],
        logs: Path,
        keep: bool = False,
    ) -> None:
        self._system = system
        self._folder = folder
        self._tools = tools
        self._processes = processes
        self._env = env
        self._logs = logs
        self._keep = keep
        self.table: Table | None = None

    def start(self, place: Callable[[], ServerFolders], credentials: Callable[[], Credentials]) -> Addresses:
        """Starts everything. `place` and `credentials` are asked when a service needs them and may block until the state is there."""
        for attempt in range(1, ATTEMPTS + 1):
            port = postgres.Port()
            try:
                self.table = Table(self._services(port, place, credentials), self._processes, env=self._env, cwd=PROJECT, logs=self._logs)
                ports = self.table.start()
                return Addresses(ports["cloud"]["edge"], ports["cloud"]["control"], port.number)
            except SandboxDied as died:
                taken = died.service == "postgres" and any("Address already in use" in line for line in died.lines)
                if not taken or attempt == ATTEMPTS:
                    raise
                self.stop(5.0)
            finally:
                port.close()
        raise AssertionError("unreachable")

    def stop(self, within: float) -> None:
        """Stops what was started."""
        if self.table:
            self.table.stop(within)

    def _services(self, port: postgres.Port, place: Callable[[], ServerFolders], credentials: Callable[[], Credentials]) -> list[Service]:
        node = str(self._tools.node)
        folder, system = self._folder.path, self._system

        def database(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            where = place()
            port.hand_over()
            return postgres.order(where, port.number, self._env, keep=self._keep)

        def mail(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            secret = credentials()
            return {
                "keys": {"full": secret.mail_full, "sending": secret.mail_sending},
                "domains": list(system.mail.domains) if system.mail else [],
                "owner": system.account.email,
                "deliveryDelayMs": 300,
                "rateLimit": {"max": 10, "windowMs": 1000},
                "state": str(folder / "mail"),
                "control": secret.token,
            }

        def identity(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            return {"clients": clients(system, credentials())}

        def cloud(ports: Mapping[str, Ports]) -> Mapping[str, Any]:
            return cloud_configuration(system, folder, credentials(), port.number, ports)

        def answers(running: Any) -> Ports:
            postgres.wait(port.number, running.check)
            return {"tcp": port.number}

        patience = 20.0 if self._keep else 1.5
        guard = [sys.executable, "-I", "-S", str(SANDBOX / "process_guard.py")]
        services = [Service("postgres", guard, database, health=answers, patience=patience)]
        if system.mail:
            services.append(Service("mail", [node, "sandbox/mail/main.mjs"], mail, patience=patience))
        if system.providers:
            services.append(Service("identity", [node, "sandbox/identity/main.mjs"], identity, patience=patience))
        needs = tuple(service.name for service in services[1:])
        return [*services, Service("cloud", [node, "sandbox/cloud/main.mjs"], cloud, needs=needs, deadline=40.0, patience=patience)]


def cloud_configuration(system: System, folder: Path, secret: Credentials, database: int, ports: Mapping[str, Ports]) -> dict[str, Any]:
    """What the cloud is told. `database`: PostgreSQL's port; `ports`: those of the services that stand in for third parties."""
    outbound: dict[str, str] = {}
    proxied: dict[str, str] = {}
    if system.mail:
        mailbox = f"http://127.0.0.1:{ports['mail']['api']}"
        outbound[MAIL_API] = mailbox
        proxied |= {MAIL_API: mailbox, system.mail.host: mailbox}
    for provider in system.providers:
        stand_in = f"http://127.0.0.1:{ports['identity']['http']}"
        outbound |= dict.fromkeys(PROVIDERS[provider].outbound, stand_in)
        proxied |= dict.fromkeys(PROVIDERS[provider].pages, stand_in)
    return {
        "state": str(folder / "cloud"),
        "account": {"id": ACCOUNT_ID, **asdict(system.account)},
        "token": secret.token,
        "tls": {**_pair(folder / "certificates", "edge"), "ending": _pair(folder / "certificates", "ending")},
        "zone": ZONE,
        "hosts": system.hosts,
        **({"s3": {"host": system.storage.host}} if system.storage else {}),
        "buckets": {
            name: {"script": bucket.worker, "accessKeyId": secret.buckets[name].id, "secretAccessKey": secret.buckets[name].secret}
            for name, bucket in system.buckets.items()
        },
        "hyperdrives": {
            each.hyperdrive: postgres.url(name, secret.databases[name], database)
            for name, each in system.databases.items()
            if each.hyperdrive
        },
        "outbound": outbound,
        "proxied": proxied,
    }


def _pair(folder: Path, name: str) -> dict[str, str]:
    """Key and certificate of that name, as paths."""
    return {"key": str(folder / f"{name}.key"), "cert": str(folder / f"{name}.pem")}


def clients(system: System, credentials: Credentials) -> list[dict[str, Any]]:
    """The Workers' applications as they are registered with the identity providers."""
    return [
        {
            "provider": provider,
            "id": client.id,
            "secret": credentials.identity[client.id],
            "redirects": [f"https://{host}{client.redirect}" for host in worker.hosts] or [f"{system.origin(script)}{client.redirect}"],
        }
        for script, worker in system.workers.items()
        for provider, client in worker.clients.items()
    ]
