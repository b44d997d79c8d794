"""FM5's local deployment as a table of services: PostgreSQL, mail, identity providers, and the cloud (control plane, runtime, edge)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base.places import PROJECT, SANDBOX
from base.tools import Toolchain
from sandbox import postgres
from sandbox.credentials import ACCOUNT_ID, Credentials
from sandbox.errors import SandboxDied
from sandbox.installation import Place
from sandbox.processes import Processes
from sandbox.services import Ports, Service, Table

ACCOUNT = {"id": ACCOUNT_ID, "name": "FM5", "subdomain": "fm5", "email": "owner@fm5.test"}
HOSTS = {"staging.fm5.test": "fm5-staging", "fm5.test": "fm5"}
HYPERDRIVES = {
    "0a5f0000000000000000000000000001": "fm5_staging",
    "0a5f0000000000000000000000000002": "fm5",
    "0a5f0000000000000000000000000003": "guest",
}
BUCKETS = {"fm5-staging-files": "fm5-staging", "fm5-files": "fm5"}
PROVIDERS = ("github", "google")
# Where a Worker asks an identity provider, and what people open of it.
IDENTITY = ("github.com", "api.github.com", "oauth2.googleapis.com", "www.googleapis.com", "openidconnect.googleapis.com")
IDENTITY_PAGES = ("github.com", "accounts.google.com")
ATTEMPTS = 3


@dataclass(frozen=True)
class Addresses:
    """Where a running stack listens, all on 127.0.0.1."""

    edge: int
    control: int
    mail: int
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
    """The services over one folder. `keep`: the data will be copied afterwards, so PostgreSQL ends with a checkpoint."""

    def __init__(
        self, folder: Folder, *, tools: Toolchain, processes: Processes, env: Mapping[str, str], logs: Path, keep: bool = False
    ) -> None:
        self._folder = folder
        self._tools = tools
        self._processes = processes
        self._env = env
        self._logs = logs
        self._keep = keep
        self.table: Table | None = None

    def start(self, place: Callable[[], Place], credentials: Callable[[], Credentials]) -> Addresses:
        """Starts everything. `place` and `credentials` are asked when a service needs them and may block until the state is there."""
        for attempt in range(1, ATTEMPTS + 1):
            port = postgres.Port()
            try:
                self.table = Table(self._services(port, place, credentials), self._processes, env=self._env, cwd=PROJECT, logs=self._logs)
                ports = self.table.start()
                return Addresses(ports["cloud"]["edge"], ports["cloud"]["control"], ports["mail"]["api"], port.number)
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

    def _services(self, port: postgres.Port, place: Callable[[], Place], credentials: Callable[[], Credentials]) -> list[Service]:
        node = str(self._tools.node)
        folder = self._folder.path

        def database(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            where = place()
            port.hand_over()
            return postgres.order(where, port.number, self._env, keep=self._keep)

        def mail(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            secret = credentials()
            return {
                "keys": {"full": secret.mail_full, "sending": secret.mail_sending},
                "domains": ["mail.fm5.test"],
                "owner": ACCOUNT["email"],
                "deliveryDelayMs": 300,
                "rateLimit": {"max": 10, "windowMs": 1000},
                "state": str(folder / "mail"),
                "control": secret.token,
            }

        def identity(_: Mapping[str, Ports]) -> Mapping[str, Any]:
            secret = credentials()
            return {"clients": [client(provider, host, worker, secret) for host, worker in HOSTS.items() for provider in PROVIDERS]}

        def cloud(ports: Mapping[str, Ports]) -> Mapping[str, Any]:
            secret = credentials()
            mailbox = f"http://127.0.0.1:{ports['mail']['api']}"
            providers = f"http://127.0.0.1:{ports['identity']['http']}"
            return {
                "state": str(folder / "cloud"),
                "account": ACCOUNT,
                "token": secret.token,
                "tls": {**_pair(folder / "certificates", "edge"), "ending": _pair(folder / "certificates", "ending")},
                "zone": "workers.test",
                "hosts": HOSTS,
                "s3": {"host": "files.fm5.test"},
                "buckets": {
                    name: {"script": script, "accessKeyId": secret.buckets[name].id, "secretAccessKey": secret.buckets[name].secret}
                    for name, script in BUCKETS.items()
                },
                "hyperdrives": {
                    identifier: postgres.url(name, secret.databases[name], port.number) for identifier, name in HYPERDRIVES.items()
                },
                "outbound": {"api.resend.com": mailbox, **dict.fromkeys(IDENTITY, providers)},
                "proxied": {"api.resend.com": mailbox, "mail.fm5.test": mailbox, **dict.fromkeys(IDENTITY_PAGES, providers)},
            }

        def answers(running: Any) -> Ports:
            postgres.wait(port.number, running.check)
            return {"tcp": port.number}

        patience = 20.0 if self._keep else 1.5
        guard = [sys.executable, "-I", "-S", str(SANDBOX / "guard.py")]
        return [
            Service("postgres", guard, database, health=answers, patience=patience),
            Service("mail", [node, "sandbox/mail/main.mjs"], mail, patience=patience),
            Service("identity", [node, "sandbox/identity/main.mjs"], identity, patience=patience),
            Service("cloud", [node, "sandbox/cloud/main.mjs"], cloud, needs=("mail", "identity"), deadline=40.0, patience=patience),
        ]


def _pair(folder: Path, name: str) -> dict[str, str]:
    """Key and certificate of that name, as paths."""
    return {"key": str(folder / f"{name}.key"), "cert": str(folder / f"{name}.pem")}


def client(provider: str, host: str, worker: str, credentials: Credentials) -> dict[str, Any]:
    """A Worker's application as it is registered with an identity provider."""
    name = f"{worker}-{provider}"
    return {
        "provider": provider,
        "id": name,
        "secret": credentials.identity[name],
        "redirects": [f"https://{host}/api/auth/callback/{provider}"],
    }


def secret_bindings(credentials: Credentials, worker: str) -> str:
    """The Worker's secrets as JSON, for wrangler's --secrets-file."""
    bucket = next(name for name, script in BUCKETS.items() if script == worker)
    return json.dumps(
        {
            "BETTER_AUTH_SECRET": credentials.signing[worker],
            "RESEND_API_KEY": credentials.mail_sending,
            "GITHUB_CLIENT_SECRET": credentials.identity[f"{worker}-github"],
            "GOOGLE_CLIENT_SECRET": credentials.identity[f"{worker}-google"],
            "S3_ACCESS_KEY_ID": credentials.buckets[bucket].id,
            "S3_SECRET_ACCESS_KEY": credentials.buckets[bucket].secret,
        }
    )
