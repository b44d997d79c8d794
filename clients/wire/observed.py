"""One look at a page or an answer: what a cache in between would have to obey, and what stands there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from clients.wire.caches import kept_by
from clients.wire.numbers import whole


@dataclass(frozen=True)
class ObservedResponse:
    """An answer as it was seen; its text stays out of ``repr``. Header names are in lower case."""

    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    sets_cookies: bool = False
    authorized: bool = False

    @property
    def may_be_kept(self) -> bool:
        """Whether a shared cache may keep it and hand it to somebody else (RFC 9111, 3 and 5.2.2); heuristics count as yes.

        The answer to a request with an Authorization header may be kept only if it says so itself (RFC 9111, 3.5).
        """
        said = _directives(self.headers.get("cache-control", "")).keys()
        return not said & {"private", "no-store"} and (not self.authorized or bool(said & {"public", "s-maxage", "must-revalidate"}))

    @property
    def asks_to_be_kept(self) -> bool:
        """Whether it says itself that shared caches may keep it for a while, or hand it out unasked (RFC 9111, 5.2.2 and 5.3; RFC 9213)."""
        if not self.may_be_kept:
            return False
        said = _directives(self.headers.get("cache-control", ""))
        for name in ("cdn-cache-control", "surrogate-control"):
            if _lifetime(_directives(self.headers.get(name, ""))):
                return True
        if "no-cache" in said:
            return False
        lifetime = _lifetime(said)
        if lifetime is None:
            return "public" in said or ("expires" in self.headers and _expires(self.headers))
        return lifetime > 0

    @property
    def from_cache(self) -> str:
        """The header by which a cache says that it had this answer already, empty when none does."""
        return kept_by(self.headers)


@dataclass(frozen=True)
class Admission:
    """A sign-up or sign-in that was answered: below which path, with which status, after how many seconds."""

    path: str
    status: int
    seconds: float


def _directives(value: str) -> dict[str, str]:
    parts = (part.partition("=") for part in value.split(","))
    return {name.strip().lower(): text.strip().strip('"') for name, _, text in parts if name.strip()}


def _lifetime(said: Mapping[str, str]) -> int | None:
    """Seconds for which a shared cache may hand it out; None where it does not say."""
    return whole(said.get("s-maxage", said.get("max-age", "")))


def _expires(headers: Mapping[str, str]) -> bool:
    """Whether it is good until later than now, by its own clock where it shows one. What is no time is the past."""
    try:
        until = parsedate_to_datetime(headers["expires"])
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return until > now
    except (TypeError, ValueError):
        return False


def observe(http: httpx.Client, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> ObservedResponse:
    """Ask once; a redirection is an answer as well. Raises Unreachable."""
    response = http.request(method, path, headers=dict(headers or {}))
    named = {name.lower(): value for name, value in response.headers.items()}
    authorized = "authorization" in response.request.headers
    return ObservedResponse(path, response.status_code, named, response.text, "set-cookie" in response.headers, authorized)
