"""A browser's way out through a proxy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import httpcore

from clients.errors import Unreachable
from clients.wire.proxies import Proxies

if TYPE_CHECKING:
    from playwright.sync_api import ProxySettings

# Playwright sends also what is for this machine through a proxy, unless its own rule for that stands ahead of others.
_THIS_MACHINE = ("<-loopback>", "localhost", "*.localhost", "127.0.0.0/8", "[::1]")


def way_out(proxies: Proxies, direct: Iterable[str] = ()) -> ProxySettings | None:
    """What Playwright is told; user and password go over its pipe and into no command line. ``direct`` are hosts without a proxy.

    :raises Unreachable: where the variable names no proxy that can be used.
    """
    try:
        proxy = proxies.towards("a.host.that.has.no.exception.invalid", 443)
    except httpcore.ProxyError as error:
        raise Unreachable("the proxy", "proxy", str(error)) from error
    if proxy is None:
        return None
    names = [*direct, *(name for entry in proxies.exceptions for name in _rules(entry))]
    told: ProxySettings = {"server": proxy.server, "bypass": ",".join([*_THIS_MACHINE, *names])}
    if proxy.user:
        told |= {"username": proxy.user, "password": proxy.password}
    return told


def _rules(entry: str) -> tuple[str, ...]:
    """An entry of NO_PROXY is for a name and all below it; a browser wants both said."""
    if "/" in entry or entry.startswith(("*", "[")) or entry.replace(".", "").replace(":", "").isdecimal():
        return (entry,)
    return (entry.removeprefix("."), f"*.{entry.removeprefix('.')}")
