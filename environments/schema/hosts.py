"""Names and addresses of hosts: which can be, and which are this machine's own."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

LONGEST, LONGEST_LABEL = 253, 63
"""Characters of a name and of a part of it (https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)."""

_LABEL = re.compile(r"[a-z0-9_-]+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OWN_NAMES = frozenset({"localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"})
# Names for any address, tunnels, workspaces and machines of a cloud that https://publicsuffix.org/list/ does not know: who asks gets one.
_OPEN_BESIDES = frozenset(
    {
        *("nip.io", "sslip.io", "xip.io", "traefik.me", "backname.io", "nip.direct", "lvh.me", "localtest.me", "vcap.me"),
        *("loca.lt", "serveo.net", "lhr.life", "localhost.run", "tunnelto.dev", "pagekite.me", "bore.pub", "zrok.io", "pinggy.link"),
        *("pinggy.io", "loclx.io", "devtunnels.ms", "remote.it", "gitpod.io", "github.dev", "stackblitz.io", "webcontainer.io"),
        *("codesandbox.io", "glitch.me", "koyeb.app", "railway.app", "cloudworkstations.dev", "idx.dev", "e2b.dev", "modal.run"),
        *("cloudapp.azure.com", "amazonaws.com", "googleusercontent.com", "fastly.net", "b-cdn.net"),
    }
)
_THIS_NETWORK = ip_network("0.0.0.0/8")
# IPv6 addresses that end in one of IPv4: compatible ones, and those of translators.
_WITH_IPV4 = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))


def host_mistake(host: str) -> str:
    """Why no host has this name, empty where one may. IPv6 addresses stand without brackets here."""
    if ":" in host:
        return _address_mistake(host)
    name = host.removesuffix(".").lower()
    labels = name.split(".")
    if len(name) > LONGEST or any(len(label) > LONGEST_LABEL for label in labels):
        return f"a host name has at most {LONGEST} characters, and {LONGEST_LABEL} between dots"
    if not all(labels):
        return "a host name has something between its dots"
    if not all(_LABEL.fullmatch(label) for label in labels) or name.startswith("-"):
        return "a host name has letters, digits, hyphens and dots"
    if _NUMBER.fullmatch(labels[-1]):  # browsers and resolvers take it for an address, each in its own way
        return _address_mistake(name)
    return ""


def _address_mistake(text: str) -> str:
    if "%" in text:
        return "an address has no zone here"
    try:
        ip_address(text)
    except ValueError:
        return "an address is written as 192.0.2.1 or 2001:db8::1"
    return ""


def in_ascii(host: str) -> str:
    """A name with letters beyond ASCII as the network knows it (`xn--...`). Raises ValueError for one that no zone may have."""
    if host.isascii():
        return host
    import idna  # comes with httpx, which sends this very name

    return idna.encode(host.lower()).decode("ascii")


def is_open(domain: str) -> bool:
    """Whether anybody can have a host directly below this domain."""
    return domain == open_suffix(f"x.{domain}")


def open_suffix(host: str) -> str:
    """The longest domain above a host below which anybody can have one; empty where all of it is somebody's own."""
    from publicsuffixlist import PublicSuffixList  # loading the list costs some 30 ms

    above = host.partition(".")[2]
    if any(above == domain or above.endswith(f".{domain}") for domain in _OPEN_BESIDES):
        return above
    suffix = PublicSuffixList().publicsuffix(above) or ""
    return suffix if above else ""


def own_domain(host: str) -> str:
    """The shortest domain at or above a host that is somebody's own: `acme.co.uk` of `www.acme.co.uk`. Empty for an address, and for a
    name in which anybody may have another."""
    from publicsuffixlist import PublicSuffixList

    name = host.removesuffix(".").lower()
    if _address_mistake(name) == "" or ":" in name:
        return ""
    found = PublicSuffixList().privatesuffix(name) or ""
    return name if any(found == domain or found.endswith(f".{domain}") for domain in _OPEN_BESIDES) else found


def is_this_machine(host: str) -> bool:
    """Whether the name or address leads to the machine itself, wherever it is used."""
    name = host.strip("[]").removesuffix(".").lower()
    if name in _OWN_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and not address.is_loopback:
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _WITH_IPV4):
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    return address.is_loopback or address.is_unspecified or (isinstance(address, IPv4Address) and address in _THIS_NETWORK)
