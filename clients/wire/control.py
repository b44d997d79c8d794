"""Whether the network of this machine works: can anybody be reached at all?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial

from clients.wire.network import parse_connect
from clients.wire.together import together


def reachable(addresses: Sequence[str], *, within: float = 5) -> tuple[str, ...]:
    """Those of the ``HOST:PORT`` addresses that accept a connection within so many seconds; nothing is sent, and all are asked at once.

    :raises ValueError: for an address that is none.
    """
    targets = [parse_connect(address) for address in addresses]
    accepted = together([partial(_accepts, target, within) for target in targets], at_once=len(targets), name="control")
    return tuple(address for address, answered in zip(addresses, accepted, strict=True) if answered)


def _accepts(target: tuple[str, int], within: float) -> bool:
    try:
        with socket.create_connection(target, timeout=within):
            return True
    except OSError:
        return False
