"""Where a connection really goes: name remapping, source address, trust, and an end from outside.

httpx has no option for curl's ``--connect-to``; its transport takes no network backend either, though httpcore's pool does
(https://www.encode.io/httpcore/network-backends/). So the pool is built here. TLS is untouched by the remapping: SNI and the verified
name stay those of the URL.
"""

import socket
import ssl
import threading
import time
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import certifi
import httpcore
import httpx
from httpcore import SOCKET_OPTION

from base.names import is_loopback
from clients.wire.proxies import Proxies, dial

# Shorter than Node's 5 s, so that we never write on a connection that the server is about to close.
_KEEP_ALIVE = 3.0
_UNTIL: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def deadline(until: float) -> Iterator[None]:
    """What this thread reads and writes in here ends at the monotonic second ``until``: httpcore times each read by itself, so that
    headers, interim answers or a body that drip would keep it for ever."""
    token = _UNTIL.set(until)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def _patience(timeout: float | None, over: type[httpcore.TimeoutException]) -> float | None:
    """Seconds that one read or write may still take."""
    until = _UNTIL.get()
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise over
    return left if timeout is None else min(timeout, left)


def parse_connect(connect: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[v6]:PORT`` as a pair; :class:`ValueError` says what is wrong with it."""
    host, colon, port = connect.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"connect = {connect!r} is not HOST:PORT (for example 127.0.0.1:8443)")
    return host, int(port)


def tls_context(ca: Path | None = None, *, system: bool | None = None) -> ssl.SSLContext:
    """A verifying TLS context.

    :param ca: PEM file with one or more CA certificates to trust.
    :param system: trust the system's and Mozilla's CAs as well; default: only when no ``ca`` is given, as curl's ``--cacert`` does.
    :raises ValueError: when ``ca`` cannot be read as PEM certificates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is None or system:
        context.load_default_certs()
        # Pythons from python.org on macOS come without CAs.
        context.load_verify_locations(cafile=certifi.where())
    if ca is not None:
        try:
            context.load_verify_locations(cafile=str(ca))
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"the CA file {ca} cannot be read as PEM certificates: {error}") from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def usable_address(address: str, connect: str | None) -> str:
    """Why ``address`` cannot be a source address here, or an empty string when it can.

    A loopback address reaches loopback targets only, and macOS knows no loopback address but 127.0.0.1 until an alias is added.
    """
    target = parse_connect(connect)[0] if connect else ""
    if is_loopback(address) and not is_loopback(target):
        return f"{address} reaches only this machine, and the target is elsewhere"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    probe = socket.socket(family, socket.SOCK_STREAM)
    try:
        probe.bind((address, 0))
    except OSError as error:
        remedy = f"on macOS: sudo ifconfig lo0 alias {address}"
        return f"the operating system refuses {address} as a source address ({error.strerror}; {remedy})"
    finally:
        probe.close()
    return ""


class Sockets:
    """All open sockets of a run. :meth:`shut` ends them from another thread, and with them every read that waits on one."""

    def __init__(self) -> None:
        self._lock = Lock()
        # Strong references: an actor that is forgotten without being closed must not leave an unclosed socket to the garbage collector.
        self._open: set[socket.socket] = set()
        self.shut_down = False

    def add(self, opened: socket.socket) -> None:
        with self._lock:
            self._open.add(opened)
            late = self.shut_down
        if late:
            _shut(opened)

    def forget(self, closed: socket.socket) -> None:
        with self._lock:
            self._open.discard(closed)

    def shut(self) -> None:
        """End every connection; the sockets stay open, because a thread may be about to use one."""
        with self._lock:
            self.shut_down = True
            still_open = list(self._open)
        for opened in still_open:
            _shut(opened)

    def close(self) -> None:
        """Close every socket; for when no thread uses one any more."""
        self.shut()
        with self._lock:
            for opened in self._open:
                opened.close()
            self._open.clear()


def _shut(opened: socket.socket) -> None:
    # Closing a descriptor does not wake a thread that reads from it; shutting the connection down does. Called on the base class,
    # because SSLSocket.shutdown() drops the TLS object under the reader's feet.
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


class _Stream(httpcore.NetworkStream):
    """A stream whose socket is known to :class:`Sockets`, also after the TLS handshake has replaced it.

    ``trust`` is the TLS context to use in place of the pool's, for a host that is none of the deployment's.
    """

    def __init__(self, inner: httpcore.NetworkStream, sockets: Sockets, trust: ssl.SSLContext | None = None) -> None:
        self._inner, self._sockets, self._trust = inner, sockets, trust
        self._socket: socket.socket = inner.get_extra_info("socket")
        sockets.add(self._socket)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _patience(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _patience(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._sockets.forget(self._socket)
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            patience = _patience(timeout, httpcore.ConnectTimeout)
            return _Stream(self._inner.start_tls(self._trust or ssl_context, server_hostname, patience), self._sockets)
        finally:
            # Replaced by the one that speaks TLS, or closed because the handshake failed.
            self._sockets.forget(self._socket)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


@dataclass(frozen=True)
class Way:
    """Where connections go. ``own`` are the deployment's hosts (None: every host): they alone are moved to ``connect``, and for others
    ``trust`` vouches, a TLS context."""

    connect: tuple[str, int] | None = None
    own: frozenset[str] | None = None
    trust: ssl.SSLContext | None = None
    proxies: Proxies = field(default_factory=Proxies)

    def owns(self, host: str) -> bool:
        """Whether the host is one of the deployment's."""
        return self.own is None or host.strip("[]").lower() in self.own

    def moves(self, host: str) -> bool:
        """Whether a connection to the host goes elsewhere."""
        return self.connect is not None and self.owns(host)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, sockets: Sockets, way: Way) -> None:
        self._inner, self._sockets, self._way = httpcore.SyncBackend(), sockets, way

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        way, trust, proxies = self._way, None if self._way.owns(host) else self._way.trust, self._way.proxies
        if way.connect and way.moves(host):
            (host, port), proxies = way.connect, Proxies()
        elif local_address and is_loopback(local_address) and not is_loopback(host):
            local_address = None  # an actor's address of this machine reaches nobody else
        patience = _patience(timeout, httpcore.ConnectTimeout)
        options = {"local_address": local_address, "socket_options": socket_options}
        return _Stream(dial(self._inner, proxies, host, port, patience, **options), self._sockets, trust)


class RemappedTransport(httpx.HTTPTransport):
    """httpx's transport over a pool that connects where it is told to."""

    def __init__(
        self,
        context: ssl.SSLContext,
        sockets: Sockets,
        *,
        way: Way,
        address: str | None,
        connections: int,
    ) -> None:
        # Not calling the base constructor: all it does is to build the pool that we replace. Its own proxies are left out on purpose: they
        # know no `connect`.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEEP_ALIVE,
            http1=True,
            http2=False,
            local_address=address,
            network_backend=_Backend(sockets, way),
        )


class TransportPerThread(httpx.BaseTransport):
    """A pool of its own for each thread that sends.

    httpcore 1.0.9 mixes up the connections of a pool that threads have to wait for: a request is read off a descriptor that another one has
    closed, or that is another connection's by now ("bad record type", "wrong version number"). Seen with 8 threads on a pool of 2.
    """

    def __init__(self, make: typing.Callable[[], httpx.BaseTransport]) -> None:
        self._make, self._own, self._lock = make, threading.local(), Lock()
        self._all: list[httpx.BaseTransport] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it over this thread's own pool."""
        transport: httpx.BaseTransport | None = getattr(self._own, "transport", None)
        if transport is None:
            transport = self._own.transport = self._make()
            with self._lock:
                self._all.append(transport)
        return transport.handle_request(request)

    def close(self) -> None:
        """Closes the pools of all threads."""
        with self._lock:
            closing, self._all = self._all, []
        for transport in closing:
            transport.close()
