"""Names and addresses: which of them are this machine's own."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own, which is reached without leaving it."""
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
