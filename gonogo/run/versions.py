"""Which version answers: on every declared host, on consecutive fresh connections."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import httpx

from clients.errors import Inconclusive, Unreachable
from clients.wire.together import together
from clients.wire.walls import Wall, recognise
from environments import Environment
from fixtures.wiring import Wiring, at
from journeys import Cancelled
from reports.records import Version

NONE = "none"
# A round of agreeing connections may be luck while two versions still answer: so many rounds in a row are believed, more after a mixture.
CALM, CALM_AFTER_MIXTURE = 2, 3
PAUSE, LONGEST_PAUSE = 0.5, 3.0


class Walled(Inconclusive):
    """A wall answered in the deployment's place, so nobody knows which version runs behind it."""

    def __init__(self, wall: Wall, url: str, status: int) -> None:
        super().__init__(f"{url} answers with {wall.what}")
        self.wall, self.url, self.status = wall, url, status


@dataclass(frozen=True)
class Look:
    """One look at every declared host: the ids that its connections named, in order, and the hosts that did not answer."""

    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: Mapping[str, Unreachable] = field(default_factory=dict)
    nameless: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that was named."""
        return tuple(sorted({name for names in self.seen.values() for name in names}))

    @property
    def shown(self) -> str:
        """The ids for a message: with their hosts, when these differ."""
        if len({frozenset(names) for names in self.seen.values()}) > 1:
            return "; ".join(f"{host}: {' and '.join(sorted(set(names)))}" for host, names in self.seen.items())
        return " and ".join(self.ids) or NONE

    def records(self, where: Literal["before", "after"]) -> list[Version]:
        """What the ledger keeps of it: a record per host, or one of all ids where several were named."""
        source = "fresh connections"
        if len(self.ids) > 1:
            return [Version(where=where, ids=self.ids, source=source, host=", ".join(self.seen))]
        return [Version(where=where, ids=self.ids, source=source, host=host) for host in self.seen]


def read_versions(environment: Environment, wiring: Wiring, connections: int, host: str = "") -> list[str]:
    """The version that each of so many fresh connections to a host (default: the origin's) answers with, ``none`` where one says none.

    Empty when the environment does not say where it stands, and when no answer names one: then nothing is known. Raises Walled when
    something else answers.
    """
    if environment.version is None:
        return []
    return _known([_ask(environment, wiring, host or environment.host) for _ in range(connections)])


def look(environment: Environment, wiring: Wiring) -> Look:
    """Asks all declared hosts at once, each on so many fresh connections.

    Raises what the origin's own connections raise; other hosts may be silent.
    """
    source, named = environment.version, environment.version_hosts
    # Other declared hosts must be alive, and where their answers carry a version, it has to be the same.
    hosts = [*named, *sorted(environment.declared_hosts.difference(named))]
    asked = [host for host in hosts for _ in range(source.connections if source and (source.header or host in named) else 1)]

    def ask(host: str) -> str | Unreachable:
        try:
            return _ask(environment, wiring, host)
        except Unreachable as error:
            if host == environment.host:
                raise
            return error

    answers = list(zip(asked, together([partial(ask, host) for host in asked], at_once=environment.limits.at_once), strict=True))
    silent = {host: answer for host, answer in reversed(answers) if isinstance(answer, Unreachable)}
    found = {host: _known([answer for of, answer in answers if of == host and isinstance(answer, str)]) for host in hosts}
    seen = {host: tuple(ids) for host, ids in found.items() if ids and host not in silent}
    return Look(seen, silent, tuple(host for host in (source.hosts if source else ()) if not found[host] and host not in silent))


def _ask(environment: Environment, wiring: Wiring, host: str) -> str:
    """The version that one fresh connection answers with, ``none`` when it says none."""
    source, path = environment.version, environment.health.path if environment.health else "/"
    origin = environment.origin.replace(environment.host, host, 1)
    with wiring.wire.client(origin, headers={"cache-control": "no-cache"}) as http:
        answer = http.get(path)
    if wall := recognise(answer.status_code, answer.headers.multi_items(), answer.content):
        raise Walled(wall, origin + path, answer.status_code)
    if source is None:
        return NONE
    return str((answer.headers.get(source.header) if source.header else at(_object(answer), source.health_field or "")) or NONE)


def _known(ids: list[str]) -> list[str]:
    return ids if set(ids) != {NONE} else []


def settle(environment: Environment, wiring: Wiring, expected: str | None = None, say: Callable[[str], object] = lambda _: None) -> Look:
    """Looks until one version (the ``expected`` one, if any) answers everywhere, or `limits.converge_seconds` are over: the last look.

    Raises Cancelled when the run is interrupted meanwhile.
    """
    until = time.monotonic() + environment.limits.converge_seconds
    calm, needed, pause = 0, CALM, PAUSE
    while True:
        last = look(environment, wiring)
        if not last.seen and expected is None:
            return last
        calm = calm + 1 if arrived(last, expected) else 0
        if calm >= needed or (calm == 0 and time.monotonic() >= until):
            return last
        if calm == 0:
            if needed == CALM:
                wanted = f"version {expected}" if expected else "one version"
                say(f"waiting up to {environment.limits.converge_seconds} s until {wanted} answers everywhere (now: {last.shown})")
            needed = CALM_AFTER_MIXTURE
            pause = min(pause * 1.3, LONGEST_PAUSE, max(PAUSE, until - time.monotonic()))
        if needed == CALM:
            continue
        if wiring.wire.closed.wait(pause if calm == 0 else PAUSE):
            raise Cancelled("the run was interrupted while it waited for one version")


def arrived(seen: Look, expected: str | None) -> bool:
    """Whether one version, and the expected one, answered everywhere."""
    return len(seen.ids) == 1 and (expected is None or seen.ids == (expected,))


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}
