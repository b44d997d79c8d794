"""The way every request of a run takes to its deployment."""

from collections.abc import Callable, Collection, Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from threading import Event, Lock

import httpx

from base.names import is_loopback
from clients.wire.access import AccessHeaders
from clients.wire.bounds import PAGE_BYTES
from clients.wire.exchange import Exchange
from clients.wire.network import RemappedTransport, Sockets, TransportPerThread, Way, parse_connect, tls_context, usable_address
from clients.wire.proxies import Proxies
from clients.wire.redaction import Redactor
from clients.wire.transport import Recording, RecordingTransport

__all__ = ["Exchange", "Wire"]

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_USER_AGENT = "gonogo (deployment verification)"


class Wire:
    """One per run: one TLS context, one redactor, listeners, and a client per actor.

    A TLS context costs about 20 ms, a client on a shared one next to nothing; a pool per client and thread avoids httpcore's pool scan
    (https://github.com/encode/httpcore/issues/1035).
    """

    def __init__(
        self,
        *,
        connect: str | None = None,
        own: Collection[str] | None = None,
        ca: Path | None = None,
        trust_system: bool | None = None,
        timeout: float = 15,
        retries: int = 1,
        before: Callable[[str, str, str], None] | None = None,
        after: Callable[[Exchange], None] | None = None,
        headers: Mapping[str, str] | None = None,
        access: AccessHeaders | None = None,
        secrets: Callable[[str], str] | None = None,
        redactor: Redactor | None = None,
        proxies: Proxies = Proxies(),  # noqa: B008 - immutable
    ) -> None:
        """
        :param connect: ``HOST:PORT`` that connections to the deployment go to, whatever their URL says (curl's ``--connect-to``).
        :param own: the deployment's hosts. Others (a mail provider's API, a store) keep their own addresses, and are trusted as the system
            trusts them, or ``ca``. None: every host counts as the deployment's.
        :param ca: CA certificates (PEM), in place of the system's unless ``trust_system``.
        :param timeout: seconds for connecting and for each read and write; an answer that drips may take four times as long.
        :param retries: how often a GET, HEAD or OPTIONS is sent again after a refused or cut connection; each is on the exchange.
        :param before: called with method, URL and source address ("" for the machine's own) before each sending, in the sender's thread;
            the place to pace, count, or raise.
        :param after: called with each exchange, in the sender's thread.
        :param headers: defaults of every client.
        :param access: what opens a wall in front of the deployment; added to requests to its hosts, whichever client sends them.
        :param secrets: a further redaction pass, over every text of an exchange.
        :param redactor: the redactor to use instead of one of its own.
        :param proxies: what stands on the way to others; with ``connect``, and to this machine, connections are direct.
        :raises ValueError: for a ``connect`` or ``ca`` that is of no use.
        """
        self.timeout = timeout
        self.redactor = redactor or Redactor(hide=secrets)
        self._connect_text, self._retries = connect or "", retries
        self._context = tls_context(ca, system=trust_system)
        self._headers = {"user-agent": _USER_AGENT, **(headers or {})}
        self._sockets, self._closed, self._lock = Sockets(), Event(), Lock()
        self._refused_addresses: dict[str, str] = {}
        self._way = Way(
            parse_connect(connect) if connect else None,
            None if own is None else frozenset(host.lower() for host in own),
            tls_context(ca, system=True) if ca is not None and own is not None and not trust_system else None,
            proxies,
        )
        self.redactor.learn(*(value for _, value in proxies.secrets))
        if access:
            self.redactor.learn(*access.headers.values())
        self._recording = Recording(
            self.redactor, before, after, self._closed, self._connect_text, str(ca or ""), timeout * 4, access, self._way
        )

    @property
    def closed(self) -> Event:
        """Set when the run was interrupted; hand it to what waits."""
        return self._closed

    @property
    def notes(self) -> tuple[str, ...]:
        """Source addresses that could not be used, each with the reason; those actors share the machine's own address."""
        with self._lock:
            return tuple(self._refused_addresses.values())

    def address(self, wanted: str | None) -> str:
        """The source address that an actor really gets: ``wanted``, or "" when it cannot be used (see :attr:`notes`)."""
        if not wanted:
            return ""
        with self._lock:
            if wanted not in self._refused_addresses:
                reason = usable_address(wanted, self._connect_text or None)
                if not reason:
                    return wanted
                self._refused_addresses[wanted] = reason
            return ""

    def client(
        self,
        base_url: str,
        *,
        origin: str | None = None,
        address: str | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        connections: int = 2,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = PAGE_BYTES,
    ) -> httpx.Client:
        """A client with its own cookie jar and its own connections; redirects are not followed.

        :param origin: sent as ``Origin`` with POST, PUT, PATCH and DELETE to the host of ``base_url``, unless the request brings its own.
        :param address: the source address wanted; where it cannot be used, the machine's own.
        :param most_bytes: of an answer's body, decoded; one request may ask for others (:func:`clients.wire.bounds.up_to`).
        """
        source = self.address(address)
        transport = RecordingTransport(
            TransportPerThread(
                lambda: RemappedTransport(
                    self._context,
                    self._sockets,
                    way=self._way,
                    address=source or None,
                    connections=connections,
                )
            ),
            self._recording,
            address=source,
            retries=self._retries if retries is None else retries,
            most_bytes=most_bytes,
        )

        host = httpx.URL(base_url).host

        def own_origin(request: httpx.Request) -> None:
            # To other hosts (a presigned upload) an actor speaks as a program; what a page may do there is for a browser to show.
            if origin is not None and request.method in _UNSAFE and request.url.host == host:
                request.headers.setdefault("origin", origin)

        made = httpx.Client(
            base_url=base_url,
            transport=transport,
            timeout=timeout or self.timeout,
            # Only what the wire decodes is asked for: httpx would ask for more wherever it finds the packages.
            headers={"accept-encoding": "gzip, deflate", **self._headers, **(headers or {})},
            event_hooks={"request": [own_origin]},
            follow_redirects=False,
            trust_env=False,
        )
        if base_url.startswith("http:") and is_loopback(host):
            # Browsers take and send Secure cookies there as well (https://www.w3.org/TR/secure-contexts/#localhost).
            made.cookies.jar.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
        return made

    def interrupt(self) -> None:
        """End every connection, also under a thread that waits for an answer, and send nothing any more; returns at once."""
        self._closed.set()
        self._sockets.shut()

    def close(self) -> None:
        """The end of the run: :meth:`interrupt`, and every socket is closed, also those of clients that nobody closed."""
        self.interrupt()
        self._sockets.close()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
