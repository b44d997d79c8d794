"""What pages load: whether it has the type that it is used as, and which addresses were built into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_SCRIPTS = frozenset({"text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript", "text/ecmascript"})
_FITTING: dict[str, Callable[[str], bool]] = {
    "script": lambda media: media in _SCRIPTS or media in ("application/json", "application/wasm"),
    "stylesheet": lambda media: media == "text/css",
    "image": lambda media: media.startswith("image/"),
    "font": lambda media: media.startswith(("font/", "application/font", "application/x-font", "application/vnd.ms-fontobject")),
    "manifest": lambda media: media in ("application/manifest+json", "application/json"),
}
# An address that only the machine of the build can mean. With its scheme: libraries compare host names with "localhost".
_LOCAL = re.compile(r"(?:https?|wss?)://(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])(?![\w-]|\.\w)(?::\d+)?", re.IGNORECASE)
# What string building makes of a value that is not there.
_UNSET = frozenset({"undefined", "null", "nan", "[object object]"})


@dataclass(frozen=True)
class Loaded:
    """Something that a page loaded: ``kind`` is what the browser used it as (script, stylesheet, image, font, ...)."""

    url: str
    kind: str
    status: int
    media_type: str

    @property
    def fits(self) -> bool:
        """Whether it arrived, as what it is used as. Kinds without types of their own always fit."""
        fitting = _FITTING.get(self.kind)
        return self.status < 400 and (self.status == 304 or fitting is None or fitting(self.media_type))

    def __str__(self) -> str:
        return f"{self.kind} {urlsplit(self.url).path} -> {self.status} {self.media_type or 'without a type'}"


@dataclass(frozen=True)
class Asset:
    """An address that was asked for without a browser, and what came back."""

    url: str
    status: int
    media_type: str
    text: str = field(repr=False, default="")

    def as_kind(self, kind: str) -> Loaded:
        """The same, to be judged as something that a page loads."""
        return Loaded(self.url, kind, self.status, self.media_type)


def media_type(header: str) -> str:
    """A ``Content-Type`` without its parameters."""
    return header.partition(";")[0].strip().lower()


def local_addresses(text: str) -> tuple[str, ...]:
    """Addresses in a script that only the machine it was built on can mean (``http://localhost:3000``)."""
    return tuple(sorted({found.group().lower() for found in _LOCAL.finditer(text)}))


def hosts_named(text: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """Which of these hosts a script names; ``fm5.test`` is not named by ``staging.fm5.test``."""
    lowered = text.lower()
    return tuple(sorted(host for host in hosts if re.search(rf"(?<![\w.-]){re.escape(host.lower())}(?![\w-]|\.\w)", lowered)))


def unset_parts(url: str) -> tuple[str, ...]:
    """Parts of an address that come from a value which was not there: ``https://undefined/api``, ``/files/undefined``."""
    address = urlsplit(url)
    parts = [address.hostname or "", *(unquote(part) for part in address.path.split("/"))]
    return tuple(part for part in parts if part.lower() in _UNSET)
