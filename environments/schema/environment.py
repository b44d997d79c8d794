"""What an environment file may say. A section declares a capability; a key that is not known is a mistake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from base.names import is_loopback
from environments.schema.access import Access
from environments.schema.control import Control
from environments.schema.deployments import KnownDeployments
from environments.schema.hosts import is_this_machine
from environments.schema.limits import BudgetLimits, Limits
from environments.schema.promotion import PLATFORM, Promoted
from environments.schema.sandbox import SandboxSource
from environments.schema.section import Declares
from environments.schema.values import Connect, FileName, Host, Line, Origin, Preview, Secret, open_to_all
from environments.schema.version import VersionSource

S = TypeVar("S", bound=Declares)
_LONGEST_TOGETHER = 300
DEEPER = "deeper"
"""The capability of a deployment that shows more of itself than an answer about its health: members, files, pages."""


class Tier(StrEnum):
    """What a check may do there."""

    SANDBOX = "sandbox"
    PREVIEW = "preview"
    STAGING = "staging"
    PRODUCTION = "production"


class Environment(BaseModel):
    """A named target: where it answers, what it declares to have, and what a run may cost it.

    The sections of capabilities are added to it by `environments.schema.registry`, and asked for by `section`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=False)

    name: str = Field(description="The file's name without .toml; not written in the file.")
    title: Line = Field(description="One line for people: which system this is.")
    tier: Tier = Field(description="sandbox, preview, staging or production: decides what a check may do.")
    system: Line | None = Field(
        default=None,
        description="Name of the system that this is an environment of. Files beside this one are its other environments where they give "
        "the same; without it in both, where hosts of both lie in one domain.",
    )
    origin: Origin = Field(
        description="Base URL of the deployment under verification: https, or http on this machine (tier sandbox; TLS is not checked then)."
    )
    hosts: list[Host] = Field(default_factory=list, max_length=100, description="Further host names that belong to the deployment.")
    previews: list[Preview] = Field(
        default_factory=list,
        max_length=100,
        description="Hosts that `--origin` may name beside `hosts`, over https; `*.` in front stands for one label or more.",
    )
    connect: Connect | None = Field(
        default=None,
        description="HOST:PORT to connect to instead of every declared host (like curl's --connect-to); other hosts keep their addresses.",
    )
    ca: FileName | None = Field(
        default=None,
        description="File with the certificate authority to trust (PEM), from this file's folder on, like curl's --cacert; for other hosts "
        "than the declared ones beside those of the system.",
    )
    never_run: Literal[True] | None = Field(default=None, description="Set while nobody has run this environment for real yet.")
    sandbox: SandboxSource | None = Field(
        default=None, description="The environment is a Worker of the sandbox, which supplies connect, ca and secret variables."
    )
    access: Access | None = Field(default=None, description="What lets a run past a wall in front of the deployment.")
    deployments: KnownDeployments | None = Field(
        default=None, description="Who is asked whether the host of an `--origin` is a deployment of this project."
    )
    control: Control | None = Field(default=None, description="Addresses that answer when the network of this machine works.")
    version: VersionSource | None = Field(
        default=None, description="Where the running version can be read. Without it there is a verdict, never a ticket."
    )
    limits: Limits = Field(default_factory=Limits, description="How hard a run may press.")
    budget: BudgetLimits = Field(default_factory=BudgetLimits, description="What a run may cost.")
    promotion: Promoted | None = None
    extends: list[FileName] = Field(
        default_factory=list, max_length=20, description="Folders beside this file with capabilities, journeys and checks of another team."
    )
    _digest: str = PrivateAttr("")
    _elsewhere: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(self._inconsistencies())
        if problems:
            # One sentence while it can be taken in, else one each.
            raise ValueError(("; " if sum(map(len, problems)) <= _LONGEST_TOGETHER else "\n").join(problems))
        return self

    def _inconsistencies(self) -> list[str]:
        problems: list[str] = []
        if self.tier is not Tier.SANDBOX and not self.origin.startswith("https://") and not is_this_machine(self.host):
            problems.append(f"origin must be https in tier {self.tier}, not {self.origin}")
        if self.tier is not Tier.SANDBOX:
            # Whatever stands at the port would be verified as what people use.
            own = sorted(host for host in self.declared_hosts if is_this_machine(host))
            problems += [f'{host} is an address of this machine: give it tier = "sandbox", or name the deployment\'s own' for host in own]
        if self.tier is Tier.SANDBOX and self.sandbox is None and self.connect is None and not is_loopback(self.host):
            problems.append(
                'tier sandbox is for deployments on this machine: add [sandbox] with the Worker\'s name, or connect = "HOST:PORT"'
            )
        for what, said in (("service", self._services), ("platform", self._platforms)):
            named = {name for name in said if name}
            if len(named) > 1:
                problems.append(f"one {what} answers here, and the file names {' and '.join(sorted(named))}: give all of them one name")
        if self.version and (foreign := sorted(set(self.version.hosts) - self.declared_hosts)):
            problems.append(f"version.hosts names {', '.join(foreign)}, which is neither the origin's host nor among hosts: add it there")
        for pattern in self.previews if self.deployments is None else ():
            if domain := open_to_all(pattern):
                whose = f"previews: {pattern} allows hosts of anybody, below {domain}, who would be sent the file's secrets"
                problems.append(
                    f"{whose}: name a domain of your own, or single hosts, or say in [deployments] who knows which ones are yours"
                )
        return [*problems, *self._inconsistencies_of_sections()]

    def _inconsistencies_of_sections(self) -> list[str]:
        return [problem for section in self.sections for problem in section.inconsistencies(self)]

    def model_post_init(self, context: Any) -> None:
        """Keeps the digest of what was declared, and whether the origin is one that the file does not name itself."""
        self._elsewhere = bool((context or {}).get("elsewhere"))
        declared = {**((context or {}).get("declared") or self.model_dump(exclude={"connect", "ca"})), "origin": self.origin}
        canonical = json.dumps(declared, sort_keys=True, ensure_ascii=False, default=str)
        self._digest = hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def digest(self) -> str:
        """sha256 over the environment as declared, with the origin in use: names of secret variables, never values."""
        return self._digest

    @property
    def elsewhere(self) -> bool:
        """Whether the origin was given in place of the file's, and is on none of the hosts that the file names as its own."""
        return self._elsewhere

    @property
    def host(self) -> str:
        """Host name of the origin."""
        return urlsplit(self.origin).hostname or ""

    @property
    def in_clear(self) -> bool:
        """Whether it answers over http on this machine, where nothing is encrypted and nobody listens."""
        there = self.connect.rpartition(":")[0].strip("[]") if self.connect else self.host
        return (self.origin or "").startswith("http://") and is_loopback(there)

    @property
    def place(self) -> str:
        """HOST:PORT that the origin's connections go to."""
        parts = urlsplit(self.origin)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.connect or f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    @property
    def needs_no_network(self) -> bool:
        """Whether the deployment answers on this machine, so that no network has to work. One that is led here by `connect` may be asked
        about with [control] all the same."""
        led_here = self.connect is not None and is_loopback(self.connect.rpartition(":")[0]) and self.control is None
        return is_loopback(self.host) or (led_here and self.sandbox is None)

    @property
    def service(self) -> str | None:
        """Name of the service that answers here, at its platform, where the file names one: of a Worker, its script name."""
        return next((service for service in self._services if service), None)

    @property
    def platform(self) -> str:
        """Name of the platform that runs it."""
        return next((platform for platform in self._platforms if platform), PLATFORM)

    @property
    def _platforms(self) -> tuple[str | None, ...]:
        return tuple(getattr(section, "platform", None) for section in (self.promotion, self.get("deploy.rollback")))

    @property
    def _services(self) -> tuple[str | None, ...]:
        sections = (self.promotion, self.get("deploy.rollback"), self.sandbox)
        return tuple(getattr(section, "worker", None) for section in sections)

    @property
    def declared_hosts(self) -> frozenset[str]:
        """Every host name that belongs to the deployment."""
        return frozenset({self.host, *self.hosts})

    @property
    def moved_hosts(self) -> frozenset[str] | None:
        """What `connect` moves, and `ca` alone vouches for: the declared hosts; None for all, where the sandbox plays others as well."""
        return None if self.sandbox else self.declared_hosts

    @property
    def access_hosts(self) -> frozenset[str]:
        """Hosts that may see what [access] holds: the deployment's own, without those that others run for it."""
        others = {urlsplit(address).hostname for section in self.sections for address in section.addresses_of_others()}
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
        found = {"version"} if self.version else set()
        found |= {"origin.https"} if self.origin and not self.in_clear else set()
        found |= {DEEPER} if any(section.deeper for section in self.sections) else set()
        found |= {"limits.addresses"} if len(self.limits.addresses) > 1 else set()
        for section in self.sections:
            refined = {f"{section.capability}.{name}" for name, holds in section.refinements().items() if holds}
            found |= {section.capability, *section.provides, *section.brings(), *refined}
        return frozenset(found)

    @property
    def sections(self) -> tuple[Declares, ...]:
        """The capabilities that are declared, in the order of the file's model."""
        return tuple(section for section in _declared_in(self) if section.declared)

    def section(self, kind: type[S]) -> S | None:
        """The section of that kind, None where it is not declared."""
        found = self.get(kind.capability)
        return found if isinstance(found, kind) else None

    def get(self, capability: str) -> Declares | None:
        """The section of that name, None where it is not declared."""
        return next((section for section in self.sections if section.capability == capability), None)

    @property
    def health_path(self) -> str:
        """Where the deployment is asked how it is, and which version it is: the root where no [health] says it."""
        return str(getattr(self.get("health"), "path", "/"))

    @property
    def drills(self) -> bool:
        """Whether a capability is declared whose checks change the running version."""
        return any(section.drills for section in self.sections)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret variable that the file names."""
        return tuple(_secrets_in(self))

    @property
    def secrets_sent(self) -> tuple[Secret, ...]:
        """Those that the deployment itself is sent: what opens its wall, and accounts that exist there."""
        told = [section for section in self.sections if isinstance(section, BaseModel) and not section.for_others]
        return tuple(secret for part in (self.access, *told) if part is not None for secret in _secrets_in(part))


def _secrets_in(model: BaseModel) -> list[Secret]:
    found: list[Secret] = []
    for field in type(model).model_fields:
        value = getattr(model, field)
        if isinstance(value, Secret):
            found.append(value)
        elif isinstance(value, BaseModel):
            found.extend(_secrets_in(value))
        elif isinstance(value, list):
            found.extend(secret for inner in value if isinstance(inner, BaseModel) for secret in _secrets_in(inner))
        elif isinstance(value, dict):
            found.extend(inner for inner in value.values() if isinstance(inner, Secret))
    return found


def _declared_in(model: BaseModel) -> Iterator[Declares]:
    for field in type(model).model_fields:
        value = getattr(model, field, None)
        if isinstance(value, Declares) and value.capability:
            yield value
        elif isinstance(value, BaseModel):
            yield from _declared_in(value)
