"""The service that a step is about: its environment's file, the platform's client, and the wire to its front door."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from base.waiting import until
from clients.errors import Overdue, Unavailable, Unreachable
from clients.errors import Trouble as ClientTrouble
from clients.platforms.base import Platform
from clients.platforms.registry import named, open_platform
from clients.wire.access import AccessHeaders
from environments import EnvironmentProblem, load
from fixtures.previews import demand_known
from gonogo.promotion.errors import StepRefused, UnusableInput

if TYPE_CHECKING:
    from environments import Environment

WITHIN = 180.0
FRESH = 5


@dataclass(frozen=True)
class PromotionTarget:
    """One environment's service."""

    environment: "Environment"
    service: str
    platform: Platform

    def converge(self, version_id: str, connections: int = FRESH) -> None:
        """Until so many consecutive fresh connections are answered by this version. Raises StepRefused at the environment's deadline."""
        from clients.served import served  # with httpx, 0.1 s: most steps ask the platform alone
        from clients.wire.proxies import Proxies
        from clients.wire.wire import Wire

        environment = self.environment
        source = environment.version
        if source is None:
            raise UnusableInput(f"{environment.name} does not say where its version can be read: add [version] to its file")
        path, within = environment.health_path, environment.limits.converge_seconds
        ca, own = Path(environment.ca) if environment.ca else None, environment.moved_hosts
        with Wire(connect=environment.connect, own=own, ca=ca, proxies=Proxies.of(os.environ), access=_access(environment)) as wire:
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
                raise StepRefused(str(overdue)) from overdue
            except Unreachable as error:
                raise StepRefused(str(error)) from error


@contextmanager
def target(
    name: str, versions: Sequence[str] = (), *, origin: str | None, connect: str | None, ca: str | None
) -> Iterator[PromotionTarget]:
    """The service of an environment; what its platform has to be told comes from variables of the process. Raises UnusableInput.

    `versions` are ids of versions there, as somebody has given them. Raises clients.errors.Misconfigured for an unknown platform.
    """
    supplied = {key: value for key, value in (("connect", connect), ("ca", str(Path(ca).resolve()) if ca else None)) if value}
    try:
        environment = load(name, variables=None, origin=origin, supplied=supplied, foreign=False)
    except EnvironmentProblem as problem:
        raise UnusableInput(str(problem).replace("--env", "environment")) from None
    platform, service = named(environment.platform), environment.service
    if service is None:
        raise UnusableInput(f"{environment.name} names no service: add [promotion] to its file")
    for version in versions:
        if not platform.version_ids.fullmatch(version):
            raise UnusableInput(f"{version[:80]!r} is not the id of a version on {platform.name}")
    settings = {setting.key: value for setting in platform.settings if (value := os.environ.get(setting.variable))}
    missing = [setting.variable for setting in platform.settings if setting.required and setting.key not in settings]
    if missing:
        raise UnusableInput(f"{' and '.join(missing)} must be set: what {platform.name} has to be told by whoever may deploy {service}")
    with tempfile.TemporaryDirectory(prefix="gonogo-") as home:
        try:
            client = open_platform(platform.name, service, settings, home=Path(home), timeout=WITHIN)
        except Unavailable as lacking:
            raise UnusableInput(str(lacking)) from lacking
        yield PromotionTarget(environment, service, client)


def _access(environment: "Environment") -> AccessHeaders | None:
    """What opens a wall, as far as the process has its secrets. Raises UnusableInput where the origin is not known to be the project's."""
    declared = environment.access.headers if environment.access else {}
    headers = {name: value for name, secret in declared.items() if (value := os.environ.get(secret.variable))}
    if headers:
        try:
            demand_known(environment, variables=os.environ)
        except EnvironmentProblem as problem:
            raise UnusableInput(str(problem)) from None
    return AccessHeaders.of(headers, environment.origin, environment.access_hosts) if headers else None
