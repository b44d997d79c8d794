"""Which version a deployment runs right now, asked the way its users would."""

import os
from collections.abc import Mapping
from pathlib import Path

from clients.errors import Inconclusive, Misconfigured, Trouble
from clients.platforms.registry import named
from clients.served import served
from clients.wire.access import AccessHeaders
from clients.wire.exchange import Exchange
from clients.wire.proxies import Proxies
from clients.wire.walls import Wall
from clients.wire.wire import Wire
from environments import Environment, EnvironmentProblem
from fixtures.previews import demand_known
from reports.errors import ReportError
from reports.ticket import Described, Live, Rejected, Rejection

CONNECTIONS = 5


def live(
    environment: Environment, *, connections: int = CONNECTIONS, version_override: str | None = None, described: Described | None = None
) -> Live:
    """What each of so many fresh connections answers with; `version_override` asks for one version that stands beside the live one.

    `described` is what the platform says about it. Raises Rejected when the environment does not say where its version is,
    ReportError when one version of it cannot be asked for, clients.errors.Trouble when no answer came or it names no version.
    """
    source = environment.version
    if source is None:
        text = f"{environment.name} does not say where its version can be read: add [version] to its file and verify again"
        raise Rejected(Rejection.LIVE_UNREADABLE, text)
    path = environment.health_path
    headers = _override(environment, version_override) if version_override else {}
    walls: list[Wall] = []

    def watch(exchange: Exchange) -> None:
        walls.extend([exchange.wall] if exchange.wall else [])

    ca, own = Path(environment.ca) if environment.ca else None, environment.moved_hosts
    with Wire(
        connect=environment.connect, own=own, ca=ca, proxies=Proxies.of(os.environ), access=_access(environment), after=watch
    ) as wire:
        try:
            seen = served(
                wire,
                environment.origin,
                path,
                header=source.header,
                field=source.health_field,
                connections=connections,
                headers=headers,
            )
        except Trouble as trouble:
            if walls:
                raise Inconclusive(f"{environment.host} answers with {walls[0].what}: {walls[0].fix}") from trouble
            raise
    return Live(seen, described)


def _override(environment: Environment, version: str) -> Mapping[str, str]:
    """The headers that ask for one version. Raises ReportError where nothing could."""
    if environment.service is None:
        raise ReportError(f"{environment.name} names no service to ask for a version of: add [promotion] to its file")
    try:
        headers = named(environment.platform).override(environment.service, version)
    except Misconfigured as unknown:
        raise ReportError(f"{environment.name}: {unknown}") from None
    if headers is None:
        raise ReportError(f"--override: the platform {environment.platform} cannot be asked for one version of {environment.service}")
    return headers


def _access(environment: Environment) -> AccessHeaders | None:
    """What opens a wall, as far as whoever asks has its secrets: an environment without walls needs none.

    Raises ReportError where the origin is not known to be a deployment of the project.
    """
    declared = environment.access.headers if environment.access else {}
    headers = {name: value for name, secret in declared.items() if (value := os.environ.get(secret.variable))}
    if headers:
        try:
            demand_known(environment, variables=os.environ)
        except EnvironmentProblem as problem:
            raise ReportError(str(problem)) from None
    return AccessHeaders.of(headers, environment.origin, environment.access_hosts) if headers else None
