"""Whether the network of this machine works: can anybody be reached at all?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_address

import httpcore

from clients.wire.network import parse_connect
from clients.wire.proxies import Proxies, dial
from clients.wire.together import together


def reachable(addresses: Sequence[str], *, within: float = 5, proxies: Proxies = Proxies()) -> tuple[str, ...]:  # noqa: B008 - immutable
    """Those of the ``HOST:PORT`` addresses that accept a connection within so many seconds; nothing is sent, and all are asked at once.

    Where a proxy stands on the way, it is asked to reach them.

    :raises ValueError: for an address that is none.
    """
    targets = [parse_connect(address) for address in addresses]
    accepted = together([partial(_accepts, target, within, proxies) for target in targets], at_once=len(targets), name="control")
    return tuple(address for address, answered in zip(addresses, accepted, strict=True) if answered)


def resolved(addresses: Sequence[str]) -> tuple[str, ...]:
    """The names among ``HOST:PORT`` addresses that are found, each once; an address of numbers needs nobody to be found.

    :raises ValueError: for an address that is none.
    """
    names = list(dict.fromkeys(host for host, _ in map(parse_connect, addresses) if not _is_number(host)))
    found = together([partial(_found, name) for name in names], at_once=len(names), name="control") if names else ()
    return tuple(name for name, known in zip(names, found, strict=True) if known)


def _found(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False


def _is_number(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _accepts(target: tuple[str, int], within: float, proxies: Proxies) -> bool:
    try:
        dial(httpcore.SyncBackend(), proxies, *target, within).close()
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError, OSError):
        return False
    return True
