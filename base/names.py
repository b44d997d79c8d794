"""Names and addresses of hosts: which of them are this machine's own."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a name or address is one of this machine that nobody else reaches (https://www.rfc-editor.org/rfc/rfc6761#section-6.3).

    For what is allowed there alone. What leads here by any other way of writing it is `environments.schema.hosts.is_this_machine`.
    """
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # another name
        return False
