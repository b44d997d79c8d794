"""Which version a deployment runs right now, asked the way its users would."""

from pathlib import Path

import httpx

from clients.errors import Malformed
from clients.health import read
from clients.wire import Wire
from environments import Environment
from environments.sections import VersionSource
from reports.ticket import Ground, Live, Refused

CONNECTIONS = 5


def live(environment: Environment, *, connections: int = CONNECTIONS) -> Live:
    """What each of so many fresh connections answers with.

    Raises Refused when an answer names no version, is an error, or came out of a cache, and clients.errors.Trouble when none came.
    """
    source = environment.version
    if source is None:
        text = f"{environment.name} does not say where its version can be read: add [version] to its file and verify again"
        raise Refused(Ground.LIVE_UNREADABLE, text)
    path = environment.health.path if environment.health else "/"
    seen: list[str] = []
    with Wire(connect=environment.connect, ca=Path(environment.ca) if environment.ca else None) as wire:
        for _ in range(connections):
            with wire.client(environment.origin, headers={"cache-control": "no-cache"}) as http:
                seen.append(_version(http, path, source))
    return Live(tuple(seen))


def _version(http: httpx.Client, path: str, source: VersionSource) -> str:
    if source.health_field:
        health = read(http, path)
        status, age, version = health.status, health.age, str(health.at(source.health_field) or "")
    else:
        answer = http.get(path)
        age_said = answer.headers.get("age", "")
        status, age, version = answer.status_code, int(age_said) if age_said.isdecimal() else 0, answer.headers.get(source.header or "", "")
    if status >= 500:
        raise Malformed("GET", path, status, "an answer of the live version", quote="an error")
    if age:
        raise Malformed("GET", path, status, "an answer of the live version", quote=f"{age} seconds old, from a cache")
    if not version:
        raise Malformed("GET", path, status, f"a version in {source.header or source.health_field}", quote="none")
    return version
