"""Whether the network of this machine works: can anybody be reached at all?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

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


def _accepts(target: tuple[str, int], within: float, proxies: Proxies) -> bool:
    try:
        dial(httpcore.SyncBackend(), proxies, *target, within).close()
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError, OSError):
        return False
    return True
