"""The proxy that a network has to be left through, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY name it (lower case goes first, as with curl).

Everything is sent through a tunnel (CONNECT, https://www.rfc-editor.org/rfc/rfc9110#name-connect): TLS is spoken with the deployment, and
the proxy sees the host's name and nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

import httpcore

from base.names import is_loopback

_PORTS = {"http": 80, "https": 443}
_LONGEST_HEAD = 65536
HOW = "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"


@dataclass(frozen=True)
class Proxy:
    """One proxy; ``secure``: it is spoken to over TLS itself. ``variable`` says who named it."""

    variable: str
    host: str
    port: int
    secure: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What a message calls it: without user and password."""
        return f"the proxy {self.host}:{self.port} ({self.variable})"

    @property
    def server(self) -> str:
        """Its address as browsers want it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    @property
    def token(self) -> str:
        """User and password as they are sent; empty without."""
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode() if self.user else ""


@dataclass(frozen=True)
class Proxies:
    """The proxies of this machine, and who is reached without them."""

    https: str = field(default="", repr=False)
    http: str = field(default="", repr=False)
    exceptions: tuple[str, ...] = ()

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Proxies:
        """As the variables of a process name them; nothing is wrong before a proxy is needed."""

        def said(name: str) -> str:
            return variables.get(name, variables.get(name.upper(), "")).strip()

        return cls(said("https_proxy"), said("http_proxy"), tuple(said("no_proxy").lower().replace(",", " ").split()))

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """Names and values of what must be seen nowhere."""
        found: list[tuple[str, str]] = []
        for variable, url in (("HTTPS_PROXY", self.https), ("HTTP_PROXY", self.http)):
            try:
                proxy = _parsed(variable, url) if url else None
            except httpcore.ProxyError:
                found.append((variable, url))
                continue
            if proxy and proxy.password:
                written = urlsplit(url if "://" in url else f"http://{url}").netloc.rpartition("@")[0]
                found += [
                    (f"the password in {variable}", each) for each in (proxy.password, written, written.partition(":")[2], proxy.token)
                ]
        return tuple(found)

    def towards(self, host: str, port: int) -> Proxy | None:
        """The proxy on the way to a host, None where there is none; this machine is always reached directly.

        :raises httpcore.ProxyError: where the variable names none that can be used.
        """
        variable, url = ("HTTP_PROXY", self.http) if port == _PORTS["http"] else ("HTTPS_PROXY", self.https)
        if not url or is_loopback(host) or any(_excepts(entry, host.strip("[]").lower(), port) for entry in self.exceptions):
            return None
        return _parsed(variable, url)


def _excepts(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, colon, only = entry.rpartition(":")
    if colon and only.isdecimal() and ":" not in name.strip("[]"):
        if int(only) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:  # names
        entry = entry.removeprefix("*").removeprefix(".")
        return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _parsed(variable: str, url: str) -> Proxy:
    wrong = f"{variable} names no proxy that can be used: write {HOW}"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        raise httpcore.ProxyError(wrong) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise httpcore.ProxyError(f"{wrong} (http or https)")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(variable, parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "https", user, password)


def tunnel(proxy: Proxy, stream: httpcore.NetworkStream, host: str, port: int, timeout: float | None) -> None:
    """Asks the proxy at the other end of the stream to hand on everything to the host from now on.

    :raises httpcore.ProxyError: with a sentence, when it does not.
    """
    target = f"{f'[{host}]' if ':' in host else host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *([f"Proxy-Authorization: Basic {proxy.token}"] if proxy.token else [])]
    try:
        stream.write("\r\n".join([*lines, "", ""]).encode("latin-1"), timeout)
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            piece = stream.read(1, timeout)  # no more than the head: what follows is the deployment's
            if not piece:
                break
            head += piece
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise httpcore.ProxyError(f"{proxy.name} did not answer: {str(error) or type(error).__name__}") from error
    status = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[1:2]
    if status and status[0].isdecimal() and 200 <= int(status[0]) < 300:
        return
    if status == ["407"]:
        told = f"does not take the user and password that {proxy.variable} names" if proxy.user else "wants a user and a password"
        raise httpcore.ProxyError(f"{proxy.name} {told} (407): write {HOW}")
    answered = f"answers {status[0][:3]}" if status else "cut the connection"
    raise httpcore.ProxyError(f"{proxy.name} does not let this machine through to {target}: it {answered}")


def dial(
    backend: httpcore.NetworkBackend, proxies: Proxies, host: str, port: int, timeout: float | None, **options: object
) -> httpcore.NetworkStream:
    """A connection to a host, through the proxy on the way if there is one. Raises what httpcore raises."""
    proxy = proxies.towards(host, port)
    if proxy is None:
        return backend.connect_tcp(host, port, timeout, **options)  # type: ignore[arg-type]
    try:
        stream = backend.connect_tcp(proxy.host, proxy.port, timeout, **options)  # type: ignore[arg-type]
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise httpcore.ProxyError(f"{proxy.name} cannot be reached: {str(error) or type(error).__name__}") from error
    try:
        if proxy.secure:
            stream = stream.start_tls(httpcore.default_ssl_context(), proxy.host, timeout)
        tunnel(proxy, stream, host, port, timeout)
    except BaseException:
        stream.close()
        raise
    return stream
