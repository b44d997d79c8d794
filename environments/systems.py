"""Which files are environments of one system: a folder may hold those of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from environments.schema.hosts import is_this_machine, own_domain


def same_system(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two files, as they were read, are about one system: by the name that they give it with `system`; where neither gives one, by
    the sandbox's system that serves both, or by a domain of somebody's own that hosts of both lie in."""
    named = one.get("system"), other.get("system")
    if any(named):
        return named[0] == named[1]
    served = one.get("sandbox"), other.get("sandbox")
    if isinstance(served[0], dict) and isinstance(served[1], dict):
        return served[0].get("system") == served[1].get("system")
    return not _domains(one).isdisjoint(_domains(other))


def hosts_in(content: Mapping[str, Any]) -> Iterator[str]:
    """The host names that a file declares as its own, without those of this machine; nothing of it needs to be right."""
    further = content.get("hosts", [])
    for host in (_hostname(content.get("origin")), *(further if isinstance(further, list) else [])):
        if isinstance(host, str) and host and not is_this_machine(host):
            yield host


def _domains(content: Mapping[str, Any]) -> set[str]:
    return {domain for host in hosts_in(content) if (domain := own_domain(host))}


def _hostname(origin: object) -> str:
    try:
        return urlsplit(str(origin)).hostname or ""
    except ValueError:  # a bracket without its other half
        return ""
