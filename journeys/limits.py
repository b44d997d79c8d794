"""Rate limits as an environment declares them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import urlsplit

#: What shares one count: a client address, one path of a client address, or everything that the run sends.
Per = Literal["address", "address and path", "run"]


@dataclass(frozen=True)
class Rule:
    """At most `max` requests, then none for `window` seconds after the last allowed one.

    `paths` and `hosts` are shell patterns (`/api/auth/sign-in*`); no hosts or methods means all of them.
    """

    name: str
    paths: tuple[str, ...]
    max: int
    window: float
    methods: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    per: Per = "address"

    def __post_init__(self) -> None:
        if self.max < 1 or self.window <= 0:
            raise ValueError(f"limit {self.name}: max must be 1 or more and window above 0 seconds, not {self.max} per {self.window:g} s")

    def covers(self, method: str, host: str, path: str) -> bool:
        """Whether a request falls under this limit."""
        return (
            any(fnmatchcase(path, pattern) for pattern in self.paths)
            and (not self.methods or method.upper() in self.methods)
            and (not self.hosts or any(fnmatchcase(host, pattern) for pattern in self.hosts))
        )

    def bucket(self, host: str, path: str, address: str) -> tuple[str, ...]:
        """The key of the count that a request adds to."""
        if self.per == "run":
            return (self.name,)
        return (self.name, address) if self.per == "address" else (self.name, address, host, path)


def split(url: str) -> tuple[str, str]:
    """Host and path of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.path or "/"
