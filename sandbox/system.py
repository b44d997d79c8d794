"""What a system is: apps with their hosts, databases, buckets and providers, as one file of `sandbox/systems/` says it.

Plain dataclasses, because the supervisor needs them at once: `sandbox.reading` checks a file, with pydantic, in the process that boots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from base.places import APPS, NODE_MODULES

ZONE = "workers.test"
"""A Worker without a host of its own is served at `SCRIPT.SUBDOMAIN.ZONE`, as on workers.dev."""
MAIL_API = "api.resend.com"
RANDOM = "random"
RELEASE = "{release}"


@dataclass(frozen=True)
class ProviderHosts:
    """Names under which an identity provider is asked by a Worker, and opened by people."""

    outbound: tuple[str, ...]
    pages: tuple[str, ...]


PROVIDERS: Mapping[str, ProviderHosts] = {
    "github": ProviderHosts(("github.com", "api.github.com"), ("github.com",)),
    "google": ProviderHosts(("oauth2.googleapis.com", "www.googleapis.com", "openidconnect.googleapis.com"), ("accounts.google.com",)),
}


class Declared:
    """A table of the file: a key that it does not know is a mistake, and a number is no text."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}


@dataclass(frozen=True)
class CloudAccount(Declared):
    """[account]: the account at Cloudflare."""

    name: str
    subdomain: str
    email: str


@dataclass(frozen=True)
class SeededRelease(Declared):
    """[[releases]]: a version of every Worker that is deployed before anybody asks for one, in this order."""

    name: str
    message: str


@dataclass(frozen=True)
class Client(Declared):
    """[workers.NAME.clients.PROVIDER]: the application that a Worker is to an identity provider."""

    id: str
    redirect: str
    """Path at each of the Worker's hosts to which the provider sends people back."""


@dataclass(frozen=True)
class Worker(Declared):
    """[workers.NAME]: a Worker, by the name of its script."""

    app: str
    """A folder of `sandbox/apps`, or (with a slash) a path beside the system's file."""
    configuration: str = "wrangler.jsonc"
    hosts: tuple[str, ...] = ()
    health: str = "/health"
    """Path that answers 200 when the Worker and all that it needs are up."""
    database: str = ""
    migrate: str = ""
    """Module of the app that brings the database, whose address is in DATABASE_URL, to the app's tables."""
    environment: str = ""
    """The environment that verifies it: a name, or a path beside the system's file. Faults say it."""
    after: tuple[str, ...] = ()
    """Workers that are deployed before it."""
    vars: dict[str, str] = field(default_factory=dict)
    """Variables that a deployment is given beside those of the configuration; `{release}` stands for the release's name."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Secret = where its value comes from."""
    clients: dict[str, Client] = field(default_factory=dict)

    def variables(self, release: str) -> dict[str, str]:
        """The variables that a deployment of this release is given."""
        return {name: value.replace(RELEASE, release) for name, value in self.vars.items()}


@dataclass(frozen=True)
class Database(Declared):
    """[databases.NAME]: a database, with a role of the same name."""

    hyperdrive: str = ""
    """Id of the Hyperdrive configuration that leads to it."""


@dataclass(frozen=True)
class Bucket(Declared):
    """[buckets.NAME]: a bucket of R2, and the Worker whose runtime keeps it."""

    worker: str


@dataclass(frozen=True)
class Storage(Declared):
    """[storage]: object storage through S3."""

    host: str


@dataclass(frozen=True)
class MailAccount(Declared):
    """[mail]: the account at Resend."""

    domains: tuple[str, ...]
    """Domains that are verified as senders."""
    host: str
    """Where people read what was sent."""


@dataclass(frozen=True)
class Standing(Declared):
    """[standing]: a confirmed member that a Worker (better-auth) has from the start."""

    worker: str
    base: str = "/api/auth"
    landing: str = "/"
    """Path to which the confirmation link leads in the end."""


@dataclass(frozen=True)
class System(Declared):
    """A system. The first Worker is the one that is meant when none is named."""

    name: str
    """The file's own name."""
    folder: str
    """The file's own folder."""
    title: str
    domain: str
    """Every name under it leads to the edge."""
    account: CloudAccount
    workers: dict[str, Worker]
    releases: tuple[SeededRelease, ...]
    default: bool = False
    """Whether it is booted when none is named: so says exactly one of those that ship."""
    databases: dict[str, Database] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    storage: Storage | None = None
    mail: MailAccount | None = None
    standing: Standing | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """Secret variable of the environments = where its value comes from. Those of the account (CLOUDFLARE_...) are always there."""

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.folder) / f"{self.name}.toml"

    @property
    def content(self) -> dict[str, Any]:
        """All that the file says, for JSON; `restored` reads it."""
        return asdict(self)

    @classmethod
    def restored(cls, content: Mapping[str, Any]) -> Self:
        """What `content` was made from. Raises TypeError or KeyError when it is something else."""
        tables: dict[str, Any] = {
            "account": CloudAccount(**content["account"]),
            "releases": tuple(SeededRelease(**each) for each in content["releases"]),
            "workers": {name: _worker(each) for name, each in content["workers"].items()},
            "databases": {name: Database(**each) for name, each in content["databases"].items()},
            "buckets": {name: Bucket(**each) for name, each in content["buckets"].items()},
        }
        for name, kind in (("storage", Storage), ("standing", Standing)):
            tables[name] = kind(**content[name]) if content[name] else None
        mail = content["mail"]
        tables["mail"] = MailAccount(**{**mail, "domains": tuple(mail["domains"])}) if mail else None
        return cls(**{**content, **tables})

    def app(self, worker: Worker, apps: Path = APPS) -> Path:
        """The folder of a Worker's app."""
        return (Path(self.folder) / worker.app).resolve() if "/" in worker.app else apps / worker.app

    def packages(self, worker: Worker) -> Path:
        """The Node packages of a Worker's app: its own where it has any, else those of the project."""
        own = self.app(worker) / NODE_MODULES.name
        return own if own.is_dir() else NODE_MODULES

    @cached_property
    def main(self) -> str:
        """The script of the first Worker."""
        return next(iter(self.workers))

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Host name -> script, of every Worker that has hosts of its own."""
        return {host: script for script, worker in self.workers.items() for host in worker.hosts}

    def origin(self, script: str) -> str:
        """Base URL of a Worker: its first host, else the one that every Worker has."""
        hosts = self.workers[script].hosts or (f"{script}.{self.account.subdomain}.{ZONE}",)
        return f"https://{hosts[0]}"

    @cached_property
    def providers(self) -> list[str]:
        """The identity providers that some Worker is known to."""
        return [name for name in PROVIDERS if any(name in worker.clients for worker in self.workers.values())]

    @cached_property
    def third_parties(self) -> list[str]:
        """Names of others that people and the suite open in the sandbox."""
        pages = [page for provider in self.providers for page in PROVIDERS[provider].pages]
        return [*([MAIL_API] if self.mail else []), *pages]

    @cached_property
    def names(self) -> list[str]:
        """Every name that leads to the edge, wildcards included: for its certificate, and for a browser."""
        own = [self.domain, *self.hosts, *(service.host for service in (self.storage, self.mail) if service)]
        wildcards = [f"*.{self.domain}", f"*.{self.account.subdomain}.{ZONE}"]
        return list(dict.fromkeys([*own, *wildcards, *self.third_parties]))

    @cached_property
    def targets(self) -> dict[str, str]:
        """Environment, as the file names it -> the script that it verifies. The first is where a fault is put that names none."""
        return {worker.environment: script for script, worker in self.workers.items() if worker.environment}

    def option(self, environment: str) -> str:
        """What `--env` takes for an environment of the file."""
        return str((Path(self.folder) / environment).resolve()) if environment.endswith(".toml") else environment

    @cached_property
    def waves(self) -> list[list[str]]:
        """The scripts in the order in which they are deployed: those of one wave beside each other. What waits for itself is left out."""
        found: list[list[str]] = []
        done: set[str] = set()
        while wave := [script for script, worker in self.workers.items() if script not in done and set(worker.after) <= done]:
            found.append(wave)
            done |= set(wave)
        return found

    def sources(self, script: str = "") -> list[str]:
        """Where a value can come from: for the environments' variables, or for a secret of this Worker."""
        return list(self._sources(script))

    def _sources(self, script: str) -> Iterator[str]:
        if self.mail:
            yield from ("mail.full", "mail.sending")
        for bucket in self.buckets:
            yield from (f"buckets.{bucket}.id", f"buckets.{bucket}.secret")
        if script:
            yield RANDOM
            yield from (f"clients.{provider}" for provider in self.workers[script].clients)
        elif self.standing:
            yield from ("standing.email", "standing.password")


def _worker(content: Mapping[str, Any]) -> Worker:
    lists = {name: tuple(content[name]) for name in ("hosts", "after")}
    return Worker(**{**content, **lists, "clients": {name: Client(**each) for name, each in content["clients"].items()}})


KEYS = frozenset(each.name for each in fields(System)) - {"name", "folder"}
"""What may stand at the top of the file."""
