"""Which addresses `--origin` may name: whoever chooses the address would be sent what the file's secret variables hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from environments.schema.hosts import open_suffix

if TYPE_CHECKING:
    from environments.schema.environment import Environment

_PORTS = {"http": 80, "https": 443}
# As it is written, to the last character: no user, no escape, no other alphabet, no dot at the end, which other readers may take otherwise.
_PLACE = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)*)(:(?P<port>[0-9]+))?/?")
_SHOWN = 120


def is_own(origin: str, content: Mapping[str, Any]) -> bool:
    """Whether the file names this address itself: as its origin, or a host of its own under the origin's scheme and port."""
    asked, own = _place(origin), _place(str(content.get("origin", "")))
    if asked is None or own is None:
        return str(content.get("origin", "")).lower().rstrip("/") == origin.lower().rstrip("/")
    hosts = content.get("hosts", [])
    named = [own[1], *(str(host).lower() for host in (hosts if isinstance(hosts, list) else []))]
    return (asked[0], asked[2]) == (own[0], own[2]) and asked[1] in named


def is_preview(origin: str, previews: Iterable[str]) -> bool:
    """Whether one of the patterns allows it: over https, on its usual port."""
    asked = _place(origin)
    return asked is not None and (asked[0], asked[2]) == ("https", 443) and any(_fits(asked[1], pattern) for pattern in previews)


def refused(environment: Environment) -> list[str]:
    """Why the origin that was given in place of the file's may not be verified, if so."""
    sent = sorted({secret.variable for secret in environment.secrets_sent})
    allowed = is_preview(environment.origin, environment.previews)
    if not (sent or environment.previews) or (allowed and not _anybodys(environment)):
        return []
    shown = environment.origin if len(environment.origin) <= _SHOWN else f"{environment.origin[:_SHOWN]}..."
    named = ", ".join(sent[:5]) + (f" and {len(sent) - 5} more" if len(sent) > 5 else "")
    would = f"it would be sent what {named} {'hold' if len(sent) > 1 else 'holds'}" if sent else "previews names others"
    host = 'such as previews = ["pr-7.acme.example"] or ["*.previews.acme.example"], over https on port 443'
    return [f"--origin: {shown} is not allowed by the file, and {would}: name its host in previews, {host}"]


def _anybodys(environment: Environment) -> bool:
    """Whether the host lies at or below a domain, itself below every pattern that fits, in which anybody can have one.

    `*.amazonaws.com` is nobody's own pattern for `x.s3.amazonaws.com`. A platform that is asked which hosts are the project's knows better.
    """
    if environment.deployments is not None:
        return False
    suffix = open_suffix(environment.host)
    fitting = [pattern for pattern in environment.previews if _fits(environment.host, pattern)]
    return all("*" in pattern and len(suffix) >= len(pattern.partition(".")[2]) for pattern in fitting)


def _place(origin: str) -> tuple[str, str, int] | None:
    found = _PLACE.fullmatch(origin.lower()) if origin.isascii() else None
    if found is None:
        return None
    return found["scheme"], found["host"], int(found["port"] or _PORTS[found["scheme"]])


def _fits(host: str, pattern: str) -> bool:
    """`*.` in front stands for one label or more, any other `*` for a part of a label."""
    first, _, rest = pattern.partition(".")
    if first == "*":
        return host.endswith(f".{rest}")
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z0-9-]*"), host) is not None
