"""Whether the network of this machine works: can anybody be reached at all?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from clients.network import parse_connect


def reachable(addresses: Sequence[str], *, within: float = 5) -> tuple[str, ...]:
    """Those of the ``HOST:PORT`` addresses that accept a connection within so many seconds; nothing is sent, and all are asked at once.

    :raises ValueError: for an address that is none.
    """
    targets = [parse_connect(address) for address in addresses]
    if not targets:
        return ()
    with ThreadPoolExecutor(len(targets), thread_name_prefix="control") as pool:
        accepted = pool.map(lambda target: _accepts(target, within), targets)
        return tuple(address for address, answered in zip(addresses, accepted, strict=True) if answered)


def _accepts(target: tuple[str, int], within: float) -> bool:
    try:
        with socket.create_connection(target, timeout=within):
            return True
    except OSError:
        return False
