"""Passwords and keys of one prepared state: random, written once, readable by their owner only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.certificates import write_private
from sandbox.system import RANDOM, System

ACCOUNT_ID = "5b0c0ffee000000000000000000000f5"
FILE = "credentials.json"


@dataclass(frozen=True, repr=False)
class KeyPair:
    """S3 credentials of one bucket."""

    id: str
    secret: str


@dataclass(frozen=True, repr=False)
class Credentials:
    """Everything secret about one sandbox. Never printed: it has no repr."""

    superuser: str
    databases: Mapping[str, str]
    """Database (and role) name -> password."""
    token: str
    """Cloudflare API token of the control plane."""
    mail_full: str
    mail_sending: str
    own: Mapping[str, str]
    """`WORKER.NAME` -> a secret of the Worker's own, such as the one that signs its sessions."""
    identity: Mapping[str, str]
    """Client id at an identity provider -> client secret."""
    buckets: Mapping[str, KeyPair]
    standing_email: str
    standing_password: str

    def save(self, folder: Path) -> None:
        """Writes the file (0600)."""
        write_private(folder / FILE, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, folder: Path) -> Credentials:
        """Reads what `save` wrote."""
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        content["buckets"] = {name: KeyPair(**pair) for name, pair in content["buckets"].items()}
        return cls(**content)

    def variables(self, system: System, api: str) -> dict[str, str]:
        """The secret variables of the system's environments, and those of the account."""
        account = {"CLOUDFLARE_API_TOKEN": self.token, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID, "CLOUDFLARE_API_BASE_URL": api}
        values = self._values(system)
        return account | {name: values[source] for name, source in system.variables.items()}

    def bindings(self, system: System, script: str) -> dict[str, str]:
        """A Worker's secrets."""
        worker = system.workers[script]
        values = self._values(system) | {f"clients.{provider}": self.identity[client.id] for provider, client in worker.clients.items()}
        return {name: self.own[f"{script}.{name}"] if source == RANDOM else values[source] for name, source in worker.secrets.items()}

    def _values(self, system: System) -> dict[str, str]:
        """By the names that the system's file gives them (`System.sources`)."""
        keys = {f"buckets.{name}.id": self.buckets[name].id for name in system.buckets}
        keys |= {f"buckets.{name}.secret": self.buckets[name].secret for name in system.buckets}
        mail = {"mail.full": self.mail_full, "mail.sending": self.mail_sending}
        return keys | mail | {"standing.email": self.standing_email, "standing.password": self.standing_password}


def create(system: System) -> Credentials:
    """Fresh random credentials."""
    workers = system.workers.items()
    return Credentials(
        superuser=secrets.token_hex(16),
        databases={name: secrets.token_hex(16) for name in system.databases},
        token=secrets.token_urlsafe(30),
        mail_full=f"re_{secrets.token_hex(16)}",
        mail_sending=f"re_{secrets.token_hex(16)}",
        own={
            f"{script}.{name}": secrets.token_urlsafe(32)
            for script, worker in workers
            for name, source in worker.secrets.items()
            if source == RANDOM
        },
        identity={client.id: secrets.token_hex(20) for _, worker in workers for client in worker.clients.values()},
        buckets={name: KeyPair(secrets.token_hex(16), secrets.token_hex(32)) for name in system.buckets},
        standing_email=f"delivered+standing-{secrets.token_hex(4)}@resend.dev",
        standing_password=secrets.token_urlsafe(18),
    )
