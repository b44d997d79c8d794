"""What an environment file may say. A section declares a capability; a key that is not known is a mistake."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from environments.authentication import Auth
from environments.sections import (
    Access,
    Browser,
    Budget,
    Control,
    Deploy,
    Health,
    Limits,
    Mail,
    Promoted,
    SandboxSource,
    Storage,
    VersionSource,
)
from environments.values import Connect, Host, Origin, Secret


class Tier(StrEnum):
    """What a check may do there."""

    SANDBOX = "sandbox"
    PREVIEW = "preview"
    STAGING = "staging"
    PRODUCTION = "production"


class Environment(BaseModel):
    """A named target: where it answers, what it declares to have, and what a run may cost it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=False)

    name: str = Field(description="The file's name without .toml; not written in the file.")
    title: str = Field(description="One line for people: which system this is.")
    tier: Tier = Field(description="sandbox, preview, staging or production: decides what a check may do.")
    origin: Origin = Field(description="Base URL of the deployment under verification.")
    hosts: list[Host] = Field(default_factory=list, description="Further host names that belong to the deployment.")
    connect: Connect | None = Field(
        default=None, description="HOST:PORT to connect to instead of every declared host (like curl's --connect-to)."
    )
    ca: str | None = Field(
        default=None, description="File with the certificate authority to trust (PEM), from this file's folder on, like curl's --cacert."
    )
    never_run: Literal[True] | None = Field(default=None, description="Set while nobody has run this environment for real yet.")
    sandbox: SandboxSource | None = Field(
        default=None, description="The environment is a Worker of the sandbox, which supplies connect, ca and secret variables."
    )
    access: Access | None = Field(default=None, description="What lets a run past a wall in front of the deployment.")
    control: Control | None = Field(default=None, description="Addresses that answer when the network of this machine works.")
    version: VersionSource | None = Field(
        default=None, description="Where the running version can be read. Without it there is a verdict, never a ticket."
    )
    limits: Limits = Field(default_factory=Limits, description="How hard a run may press.")
    budget: Budget = Field(default_factory=Budget, description="What a run may cost.")
    headers: dict[str, str] | None = Field(
        default=None, description="Response headers that every page must carry: name = text that its value must contain."
    )
    health: Health | None = None
    auth: Auth | None = None
    storage: Storage | None = None
    mail: Mail | None = None
    deploy: Deploy | None = None
    promotion: Promoted | None = None
    browser: Browser | None = None
    _digest: str = PrivateAttr("")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(self._inconsistencies())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _inconsistencies(self) -> list[str]:
        problems: list[str] = []
        if self.tier is not Tier.SANDBOX and not self.origin.startswith("https://"):
            problems.append(f"origin must be https in tier {self.tier}, not {self.origin}")
        if self.tier is Tier.SANDBOX and self.sandbox is None and self.connect is None:
            problems.append(
                'tier sandbox is for deployments on this machine: add [sandbox] with the Worker\'s name, or connect = "HOST:PORT"'
            )
        email = self.auth.email if self.auth else None
        delivery = self.mail.delivery if self.mail else None
        if email and email.verification and not (delivery and delivery.confirmation) and not (self.auth and self.auth.standing):
            problems.append(
                "auth.email.verification needs a way to read the mail: add [mail.delivery], or an account that exists in [auth.standing]"
            )
        if email and email.reset and not delivery:
            problems.append("auth.email.reset needs a way to read the mail: add [mail.delivery], or set reset = false")
        for section, declared in (("storage.objects", bool(self.storage and self.storage.objects)), ("browser", bool(self.browser))):
            if declared and not email:
                problems.append(f"[{section}] needs members: add [auth.email]")
        if self.browser and self.browser.files and not (self.storage and self.storage.objects):
            problems.append("browser.files needs [storage.objects]")
        if self.deploy and self.deploy.rollback and not self.version:
            problems.append("[deploy.rollback] needs [version]: without it nobody can see which version answers")
        named = {worker for worker in self._workers if worker}
        if len(named) > 1:
            problems.append(f"one Worker answers here, and the file names {' and '.join(sorted(named))}: give all of them one name")
        if self.version and (foreign := sorted(set(self.version.hosts) - self.declared_hosts)):
            problems.append(f"version.hosts names {', '.join(foreign)}, which is neither the origin's host nor among hosts: add it there")
        return problems

    def model_post_init(self, context: Any) -> None:
        """Keeps the digest of what was declared."""
        declared = {**((context or {}).get("declared") or self.model_dump(exclude={"connect", "ca"})), "origin": self.origin}
        canonical = json.dumps(declared, sort_keys=True, ensure_ascii=False, default=str)
        self._digest = hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def digest(self) -> str:
        """sha256 over the environment as declared, with the origin in use: names of secret variables, never values."""
        return self._digest

    @property
    def host(self) -> str:
        """Host name of the origin."""
        return urlsplit(self.origin).hostname or ""

    @property
    def worker(self) -> str | None:
        """Script name of the Worker that answers here, where the file names one."""
        return next((worker for worker in self._workers if worker), None)

    @property
    def _workers(self) -> tuple[str | None, ...]:
        rollback = self.deploy.rollback if self.deploy else None
        return (
            self.promotion.worker if self.promotion else None,
            rollback.worker if rollback else None,
            self.sandbox.worker if self.sandbox else None,
        )

    @property
    def declared_hosts(self) -> frozenset[str]:
        """Every host name that belongs to the deployment."""
        return frozenset({self.host, *self.hosts})

    @property
    def access_hosts(self) -> frozenset[str]:
        """Hosts that may see what [access] holds: the deployment's own, without those that others run for it."""
        s3, delivery = self.storage and self.storage.s3, self.mail and self.mail.delivery
        others = {urlsplit(address).hostname for address in ((s3.endpoint if s3 else ""), (delivery.api if delivery else ""))}
        return frozenset(host for host in self.declared_hosts if host not in others)

    @property
    def version_hosts(self) -> tuple[str, ...]:
        """Hosts whose version is read."""
        return tuple(dict.fromkeys((self.version.hosts if self.version else []) or [self.host]))

    @property
    def control_addresses(self) -> tuple[str, ...]:
        """Whom to ask whether the network works."""
        if self.control is None and self.tier is Tier.SANDBOX:
            return ()
        return tuple((self.control or Control()).addresses)

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that the file declares, by the names that checks require."""
        declared = {
            "health": self.health,
            "headers": self.headers,
            "version": self.version,
            "browser": self.browser,
            "storage.objects": self.storage and self.storage.objects,
            "storage.s3": self.storage and self.storage.s3,
            "mail.delivery": self.mail and self.mail.delivery,
            "deploy.rollback": self.deploy and self.deploy.rollback,
        }
        refinements = {
            "health.services": self.health and self.health.services,
            **(self.auth.declared() if self.auth else {}),
            "limits.addresses": len(getattr(self.limits, "addresses", None) or ()) > 1,
            "storage.objects.presign": self.storage and self.storage.objects and self.storage.objects.presign,
            "browser.files": self.browser and self.browser.files,
        }
        return frozenset(name for name, section in {**declared, **refinements}.items() if section)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret variable that the file names."""
        return tuple(_secrets_in(self))


def _secrets_in(model: BaseModel) -> list[Secret]:
    found: list[Secret] = []
    for field in type(model).model_fields:
        value = getattr(model, field)
        if isinstance(value, Secret):
            found.append(value)
        elif isinstance(value, BaseModel):
            found.extend(_secrets_in(value))
        elif isinstance(value, dict):
            found.extend(inner for inner in value.values() if isinstance(inner, Secret))
    return found
