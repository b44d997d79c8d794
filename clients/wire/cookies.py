"""Cookies as a browser sees them: `Set-Cookie` with its attributes, parsed by RFC 6265 section 5.2.

Not `http.cookies`: its parser drops a cookie silently when it meets an attribute or a character it does not know, which is what a
check about attributes must not overlook.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

import httpx

from base.names import is_loopback
from clients.wire.numbers import whole


@dataclass(frozen=True)
class Cookie:
    """One cookie that a server has set; its value stays out of ``repr``. ``max_age`` is in seconds, 0 or less deletes it."""

    name: str
    value: str = field(repr=False)
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    domain: str = ""
    path: str = ""
    max_age: int | None = None
    expires: str = ""
    host: str = ""

    @property
    def cleared(self) -> bool:
        """The server took it away."""
        return (self.max_age is not None and self.max_age <= 0) or not self.value

    @property
    def host_only(self) -> bool:
        """Sent to the host that set it and to no other (no ``Domain``)."""
        return not self.domain

    @property
    def for_strangers(self) -> bool:
        """For a domain under which anybody can register hosts: a browser drops such a cookie."""
        return bool(self.domain) and not is_loopback(self.domain) and is_public_suffix(self.domain)

    @property
    def plain(self) -> str:
        """The value with its percent-encoding undone."""
        return unquote(self.value)


def parse(set_cookie: str, host: str = "") -> Cookie | None:
    """One ``Set-Cookie`` header; ``None`` when a browser would ignore it (no name)."""
    pair, _, rest = set_cookie.partition(";")
    name, equals, value = (part.strip() for part in pair.partition("="))
    if not equals or not name:
        return None
    given: dict[str, str] = {}
    for attribute in rest.split(";"):
        key, _, text = attribute.partition("=")
        if key.strip():
            given[key.strip().lower()] = text.strip()
    age = given.get("max-age", "")
    return Cookie(
        name=name,
        value=value,
        secure="secure" in given,
        http_only="httponly" in given,
        same_site=given.get("samesite", "").capitalize(),
        domain=given.get("domain", "").removeprefix(".").lower(),
        path=given.get("path", ""),
        max_age=whole(age),
        expires=given.get("expires", ""),
        host=host,
    )


def received(response: httpx.Response) -> list[Cookie]:
    """The cookies that an answer sets, in its order."""
    host = response.request.url.host
    parsed = (parse(header, host) for header in response.headers.get_list("set-cookie"))
    return [cookie for cookie in parsed if cookie is not None]


def put(http: httpx.Client, cookies: Iterable[Cookie], url: str) -> None:
    """Put cookies into a client's jar as if ``url``'s host had set them, whatever their age: what a thief of kept cookies does."""
    host = httpx.URL(url).host
    named = f"[{host}]" if ":" in host else host
    own = named if "." in host else f"{named}.local"  # so the jar calls a host without a dot, such as localhost
    for cookie in cookies:
        domain = cookie.domain if "." in cookie.domain else own
        http.cookies.set(cookie.name, cookie.value, domain=domain, path=cookie.path or "/")


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # loading the list costs some 30 ms

    return PublicSuffixList()


def is_public_suffix(domain: str) -> bool:
    """Whether ``domain`` is one under which anybody can register (``com``, ``workers.dev``): a cookie for it reaches strangers."""
    return bool(_suffixes().is_public(domain.removeprefix(".").lower()))


def registrable(host: str) -> str:
    """The part of a host name that somebody has registered (``fm5.test`` of ``www.fm5.test``); the host itself where there is none.

    Hosts that share it are one site: https://html.spec.whatwg.org/multipage/browsers.html#same-site
    """
    plain = host.lower()
    try:
        ipaddress.ip_address(plain)
    except ValueError:
        return str(_suffixes().privatesuffix(plain) or plain)
    return plain
