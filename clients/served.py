"""Which version a deployment answers with, asked the way its users would: on fresh connections, past every cache."""

from collections.abc import Mapping

import httpx

from base.plain_text import plain_name
from clients.errors import Malformed
from clients.health import name_at, read
from clients.wire.caches import beside, kept_by, past_caches
from clients.wire.wire import Wire


def served(
    wire: Wire,
    origin: str,
    path: str,
    *,
    header: str | None = None,
    field: str | None = None,
    connections: int,
    headers: Mapping[str, str] | None = None,
    errors: bool = False,
) -> tuple[str, ...]:
    """The version that each of so many fresh connections answers with, in a response header or at a dotted path of the JSON answer.

    With `errors` an answer that is an error of the server counts if it names its version: the question is who answers, not how well.
    Raises Malformed when an answer names no version, is such an error, or came out of a cache; Unreachable when none came.
    """
    seen: list[str] = []
    for _ in range(connections):
        with wire.client(origin, headers={"cache-control": "no-cache", **(headers or {})}) as http:
            seen.append(_version(http, path, header, field, errors=errors))
    return tuple(seen)


def _version(http: httpx.Client, path: str, header: str | None, field: str | None, *, errors: bool) -> str:
    if field:
        health = read(http, path)
        if kept_by(health.headers):
            health = read(http, beside(path))
        status, kept, version = health.status, kept_by(health.headers), name_at(health.body, field)
    else:
        answer = past_caches(http, path)
        status, kept, version = answer.status_code, kept_by(answer.headers), answer.headers.get(header or "", "")
    if status >= 500 and not errors:
        raise Malformed("GET", path, status, "an answer of the live version", quote="an error")
    if kept:
        raise Malformed("GET", path, status, "an answer of the live version", quote=f"one out of a cache ({kept})")
    if not version:
        raise Malformed("GET", path, status, f"a version in {header or field}", quote="none")
    return plain_name(version)
