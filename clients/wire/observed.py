"""One look at a page or an answer: what a cache in between would have to obey, and what stands there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from clients.wire.caches import kept_by


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
        said = {part.split("=")[0].strip().lower() for part in self.headers.get("cache-control", "").split(",")}
        return not said & {"private", "no-store"} and (not self.authorized or bool(said & {"public", "s-maxage", "must-revalidate"}))

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


def observe(http: httpx.Client, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> ObservedResponse:
    """Ask once; a redirection is an answer as well. Raises Unreachable."""
    response = http.request(method, path, headers=dict(headers or {}))
    named = {name.lower(): value for name, value in response.headers.items()}
    authorized = "authorization" in response.request.headers
    return ObservedResponse(path, response.status_code, named, response.text, "set-cookie" in response.headers, authorized)
