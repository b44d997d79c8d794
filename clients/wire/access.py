"""Past a wall: headers that open it, and the only addresses that ever see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class AccessHeaders:
    """Headers with bypass secrets. They go to ``hosts`` under scheme and port of ``origin``: to no third party, and not in the clear.

    A redirection is an address of its own: it is asked for with or without the headers by where it leads to, not by where it came from.
    ``plain`` are headers that go the same way and are no secret (which version is asked for).
    """

    headers: Mapping[str, str] = field(repr=False)
    origin: str
    hosts: frozenset[str]
    plain: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, headers: Mapping[str, str], origin: str, hosts: Iterable[str] = (), *, plain: Mapping[str, str] | None = None
    ) -> AccessHeaders:
        """Access to ``origin``, and to further ``hosts`` that are the deployment's own."""
        secret, open_ = ({name.lower(): value for name, value in given.items()} for given in (headers, plain or {}))
        return cls(secret, origin, frozenset({*hosts, urlsplit(origin).hostname or ""}), open_)

    @property
    def places(self) -> tuple[str, ...]:
        """Scheme, host and port of every address that may see them, as a URL begins there."""
        own = urlsplit(self.origin)
        port = f":{own.port}" if own.port and own.port != _PORTS.get(own.scheme) else ""
        return tuple(f"{own.scheme}://{host}{port}" for host in sorted(self.hosts))

    def admits(self, url: str) -> bool:
        """Whether the headers may be sent there."""
        asked, own = urlsplit(url), urlsplit(self.origin)
        try:
            same = (asked.scheme, asked.port or _PORTS.get(asked.scheme)) == (own.scheme, own.port or _PORTS.get(own.scheme))
        except ValueError:  # a port that is none
            return False
        return same and (asked.hostname or "").lower() in self.hosts

    def for_url(self, url: str) -> Mapping[str, str]:
        """The headers for a request to this address; none where they must not be seen."""
        return {**self.headers, **self.plain} if self.admits(url) else {}
