"""What belongs to a deployment: its origin and the hosts that are declared beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Origin:
    """Base URL of a deployment, and all host names that are its own."""

    url: str
    hosts: frozenset[str]
    in_clear: bool = False

    @classmethod
    def of(cls, url: str, hosts: Iterable[str] = (), *, in_clear: bool = False) -> Origin:
        """The origin at ``url``, with further ``hosts``; ``in_clear``: it answers over http on this machine, and is not asked for https."""
        return cls(url.rstrip("/"), frozenset({urlsplit(url).hostname or "", *hosts}), in_clear)

    def __str__(self) -> str:
        return self.url

    @staticmethod
    def hostname(url: str) -> str:
        """Host name of a URL, for messages that must not repeat a token in its query."""
        return urlsplit(url).hostname or "(no host)"

    @staticmethod
    def path(url: str) -> str:
        """Path of a URL, without the query and its tokens."""
        return urlsplit(url).path or "/"

    def has(self, host: str) -> bool:
        """Whether the host is the deployment's own."""
        return host.lower() in self.hosts

    def owns(self, url: str) -> bool:
        """Whether the URL is https (or http, where the deployment answers so on this machine) and on one of the deployment's hosts."""
        return urlsplit(url).scheme in ("https", *(["http"] if self.in_clear else [])) and self.has(self.hostname(url))

    def within(self, domain: str) -> bool:
        """Whether every host that a cookie for ``domain`` is sent to can only be the deployment's: the domain is one of its hosts."""
        return self.has(domain.removeprefix("."))
