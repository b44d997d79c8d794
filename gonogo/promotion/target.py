"""The Worker that a step is about: its environment's file, the platform's client, and the wire to its front door."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from base.tools import ToolMissing, toolchain
from base.waiting import until
from clients.errors import Overdue, Unreachable
from clients.errors import Trouble as ClientTrouble
from clients.platforms.cloudflare import API, CloudflareWorker
from clients.wire.access import Access
from environments import EnvironmentProblem, load
from gonogo.promotion.errors import Refused, Unusable

if TYPE_CHECKING:
    from environments import Environment

# wrangler's own variables. They are asked of the process and not of the environment's file: who verifies must not need them.
TOKEN, ACCOUNT, BASE = "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_BASE_URL"
WITHIN = 180.0
FRESH = 5


@dataclass(frozen=True)
class Target:
    """One environment's Worker."""

    environment: "Environment"
    worker: str
    platform: CloudflareWorker

    @property
    def wrangler_env(self) -> str | None:
        """Which environment of wrangler's configuration is put live: empty for its top, None where nobody says."""
        return self.environment.promotion.wrangler_env if self.environment.promotion else None

    def converge(self, version_id: str, connections: int = FRESH) -> None:
        """Until so many consecutive fresh connections are answered by this version. Raises Refused at the environment's deadline."""
        from clients.platforms.served import served  # with httpx, 0.1 s: most steps ask the platform alone
        from clients.wire.wire import Wire

        environment = self.environment
        source = environment.version
        if source is None:
            raise Unusable(f"{environment.name} does not say where its version can be read: add [version] to its file")
        path, within = environment.health_path, environment.limits.converge_seconds
        ca = Path(environment.ca) if environment.ca else None
        with Wire(connect=environment.connect, ca=ca, access=_access(environment)) as wire:
            try:
                until(
                    lambda: served(
                        wire,
                        environment.origin,
                        path,
                        header=source.header,
                        field=source.health_field,
                        connections=connections,
                        errors=True,
                    ),
                    lambda seen: set(seen) == {version_id},
                    within=within,
                    what=f"version {version_id} on {connections} consecutive fresh connections to {environment.origin}",
                    forgive=(ClientTrouble,),
                )
            except Overdue as overdue:
                raise Refused(str(overdue)) from overdue
            except Unreachable as error:
                raise Refused(str(error)) from error


@contextmanager
def target(name: str, *, origin: str | None, connect: str | None, ca: str | None) -> Iterator[Target]:
    """The Worker of an environment, with wrangler's variables from the process. Raises Unusable."""
    supplied = {key: value for key, value in (("connect", connect), ("ca", str(Path(ca).resolve()) if ca else None)) if value}
    try:
        environment = load(name, variables=None, origin=origin, supplied=supplied)
    except EnvironmentProblem as problem:
        raise Unusable(str(problem).replace("--env", "environment")) from None
    if environment.worker is None:
        raise Unusable(f"{environment.name} names no Worker: add [promotion] to its file")
    missing = [variable for variable in (TOKEN, ACCOUNT) if not os.environ.get(variable)]
    if missing:
        raise Unusable(f"{' and '.join(missing)} must be set: a token that may deploy {environment.worker}, and its account")
    with tempfile.TemporaryDirectory(prefix="gonogo-") as home:
        platform = CloudflareWorker(
            environment.worker,
            wrangler=_wrangler(),
            account_id=os.environ[ACCOUNT],
            token=os.environ[TOKEN],
            home=Path(home),
            api=os.environ.get(BASE) or API,
            timeout=WITHIN,
        )
        yield Target(environment, environment.worker, platform)


def _access(environment: "Environment") -> Access | None:
    """What opens a wall, as far as the process has its secrets."""
    declared = environment.access.headers if environment.access else {}
    headers = {name: value for name, secret in declared.items() if (value := os.environ.get(secret.variable))}
    return Access.of(headers, environment.origin, environment.access_hosts) if headers else None


def _wrangler() -> list[str]:
    """How the pinned wrangler is called."""
    try:
        tools = toolchain()
    except ToolMissing as missing:
        raise Unusable(str(missing)) from missing
    return [str(tools.node), str(tools.wrangler)]
