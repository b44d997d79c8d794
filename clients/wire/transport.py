"""One transport per client: sends, retries what may be retried, records, and says in plain words why nothing came back."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from urllib.parse import urlsplit

import httpx

from clients.errors import Cancelled, Excessive, Malformed, Unreachable
from clients.platforms import errors
from clients.wire.access import AccessHeaders
from clients.wire.bounds import PAGE_BYTES, SLOWEST_UPLOAD, NotEncoded, Room, TooMuch, decoded, demand_headers, most_bytes
from clients.wire.exchange import Exchange
from clients.wire.network import Way, deadline
from clients.wire.received import Received
from clients.wire.redaction import Redactor, shown_path
from clients.wire.walls import Wall, recognise

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# The transport errors after which a safe request may be sent again: the connection failed, not the service.
_RETRIED_KINDS = frozenset({"refused", "reset"})
_RETRY_PAUSE = 0.2
_LONGEST_CAUSE = 120  # characters of what a library says: it may quote the answer
_TIMEOUTS = (
    (httpx.ConnectTimeout, "connect", "connecting"),
    (httpx.ReadTimeout, "read", "waiting for the answer"),
    (httpx.WriteTimeout, "write", "sending"),
    (httpx.PoolTimeout, "pool", "waiting for a free connection"),
)


@dataclass(frozen=True)
class Recording:
    """What a transport needs to know about its run."""

    redactor: Redactor
    before: Callable[[str, str, str], None] | None
    after: Callable[[Exchange], None] | None
    closed: Event
    connect: str
    ca: str
    longest: float
    access: AccessHeaders | None = None
    way: Way = field(default_factory=Way)
    room: Room = field(default_factory=Room)

    def moved_to(self, host: str) -> str:
        """Where a connection to the host goes in its place; empty where it goes there."""
        return self.connect if self.way.owns(host) else ""


class RecordingTransport(httpx.BaseTransport):
    """Wraps a transport; every request becomes one :class:`Exchange`, whether it was answered or not."""

    def __init__(
        self, inner: httpx.BaseTransport, recording: Recording, *, address: str, retries: int, most_bytes: int = PAGE_BYTES
    ) -> None:
        self._inner, self._recording, self._address, self._retries, self._most = inner, recording, address, retries, most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        recording = self._recording
        causes: list[str] = []
        held = 0.0  # s that it waited for its turn
        body = request.read()
        request = self._admitted(request)
        while True:
            if recording.before is not None:
                asked = time.perf_counter()
                recording.before(request.method, str(request.url), self._address)
                held += time.perf_counter() - asked
            if recording.closed.is_set():
                raise Cancelled(f"{request.method} {request.url.host} was not sent: the run was interrupted")
            started, clock = time.time(), time.perf_counter()
            try:
                response = self._answer(request, len(body))
            except Malformed as error:
                self._record(request, body, None, started, time.perf_counter() - clock, causes, str(error))
                raise
            except Unreachable as error:
                if recording.closed.is_set():
                    raise Cancelled(f"{request.method} {request.url.host} was ended: the run was interrupted") from error
                if error.kind in _RETRIED_KINDS and request.method in _SAFE and len(causes) < self._retries:
                    causes.append(error.cause)
                    recording.closed.wait(_RETRY_PAUSE)
                    continue
                self._record(request, body, None, started, time.perf_counter() - clock, causes, str(error))
                raise
            self._record(request, body, response, started, time.perf_counter() - clock, causes, "")
            response.extensions["held"] = held
            return response

    def close(self) -> None:
        self._inner.close()

    def _admitted(self, request: httpx.Request) -> httpx.Request:
        """The request with the headers that open a wall, where it goes to the deployment. A copy: what follows a redirection is built from
        the original, which has never seen them."""
        headers = self._recording.access.for_url(str(request.url)) if self._recording.access else {}
        if not headers:
            return request
        merged = httpx.Headers(request.headers.raw)
        merged.update(headers)
        return httpx.Request(request.method, request.url, headers=merged, stream=request.stream, extensions=request.extensions)

    def _answer(self, request: httpx.Request, sent: int) -> Received:
        """The whole answer, decoded. Raises Unreachable; Malformed where it is more than is read, or not encoded as it says."""
        limit = self._recording.longest + sent / SLOWEST_UPLOAD
        until, status = time.monotonic() + limit, 0
        try:
            # httpx times each read; a server that drips a byte now and then would never run into that.
            with deadline(until):
                answer = self._inner.handle_request(request)
                try:
                    status = answer.status_code
                    demand_headers(answer.headers.raw)
                    body = self._body(answer, most_bytes(request.extensions, self._most), until)
                finally:
                    answer.close()
        except (httpx.TransportError, OSError) as error:
            if isinstance(error, (httpx.TimeoutException, TimeoutError)) and time.monotonic() >= until:
                late = f"the answer did not end within {limit:g} s"
                raise Unreachable(request.url.host, "timeout", late, self._recording.moved_to(request.url.host)) from error
            raise explain(error, request, self._recording.moved_to(request.url.host)) from error
        except TooMuch as error:
            raise Excessive(request.method, shown_path(str(request.url)), status, str(error)) from None
        except NotEncoded as error:
            expected = f"a body in {error.coding}, as its Content-Encoding says"
            raise Malformed(request.method, shown_path(str(request.url)), status, expected, error.coding, "something else") from None
        if answer.has_redirect_location:
            try:  # httpx makes the next request of every redirection, followed or not, and others look at where it leads
                request.url.join(answer.headers["location"])
                _ = urlsplit(answer.headers["location"]).port
            except (httpx.InvalidURL, ValueError):
                expected = "a URL in its Location header"
                raise Malformed(request.method, shown_path(str(request.url)), status, expected, "a text", "that is none") from None
        return Received(answer.status_code, answer.headers.raw, body, answer.extensions)

    def _body(self, answer: httpx.Response, most: int, until: float) -> bytes:
        stream = answer.stream
        assert isinstance(stream, httpx.SyncByteStream)
        with self._recording.room.reserving(most, until, self._recording.closed.is_set) as reserve:
            body = bytearray()
            for piece in decoded(_in_time(stream, until), answer.headers.get("content-encoding", ""), most):
                body += piece
                reserve(len(body))
            return bytes(body)

    def _record(
        self,
        request: httpx.Request,
        body: bytes,
        response: Received | None,
        started: float,
        elapsed: float,
        causes: list[str],
        error: str,
    ) -> None:
        recording = self._recording
        if recording.after is None:
            return
        hide = recording.redactor
        # Bodies first: what is learnt from them may also stand in a header or URL.
        request_body = hide.body(body, request.headers.get("content-type", ""))
        status, headers, text = 0, hide.headers(()), ""
        wall: Wall | None = None
        said = ""
        if response is not None:
            status = response.status_code
            headers = hide.headers(_pairs(response.headers))
            text = hide.body(response.body, response.headers.get("content-type", ""))
            wall = recognise(status, _pairs(response.headers), response.body)
            said = str(errors.recognise(status, _pairs(response.headers), response.body) or "")
        recording.after(
            Exchange(
                method=request.method,
                url=hide.url(str(request.url)),
                request_headers=hide.headers(_pairs(request.headers)),
                request_body=request_body,
                status=status,
                response_headers=headers,
                response_body=text,
                started=started,
                elapsed=elapsed,
                address=self._address,
                retries=tuple(causes),
                error=error,
                connect=recording.moved_to(request.url.host),
                ca=recording.ca if recording.way.owns(request.url.host) else "",
                wall=wall,
                platform_error=said,
            )
        )


def explain(error: Exception, request: httpx.Request, connect: str = "") -> Unreachable:
    """A transport error of httpx as :class:`Unreachable`, with its cause in plain words."""
    kind, cause = _cause(error, request)
    return Unreachable(request.url.host, kind, cause, connect)


def _cause(error: Exception, request: httpx.Request) -> tuple[str, str]:
    timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
    for part, name, doing in _TIMEOUTS:
        if isinstance(error, part):
            return "timeout", f"timed out after {timeouts.get(name) or 0:g} s {doing}"
    if isinstance(error, httpx.ProxyError):
        return "proxy", str(error)
    if isinstance(error, httpx.RemoteProtocolError):
        if "disconnected" in str(error) or "closed connection" in str(error):
            return "reset", "the connection was cut before the answer ended"
        return "protocol", f"the answer is not HTTP/1.1: {' '.join(str(error).split())[:_LONGEST_CAUSE]}"
    return cause_of(error)


def cause_of(error: BaseException) -> tuple[str, str]:
    """The kind and the cause, in plain words, of a failed connection; the exception that the operating system raised is looked for."""
    for link in _chain(error):
        if isinstance(link, socket.gaierror):
            return "name", f"the name was not found ({link.strerror or link})"
        if isinstance(link, ssl.SSLCertVerificationError):
            return "tls", f"its TLS certificate is not accepted: {link.verify_message}"
        if isinstance(link, ConnectionRefusedError):
            return "refused", "the connection was refused"
        if isinstance(link, (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)):
            return "reset", "the connection was cut"
        if isinstance(link, ssl.SSLError):
            return "tls", f"TLS failed: {(link.reason or str(link)).replace('_', ' ').lower()}"
        if isinstance(link, OSError) and link.strerror:
            return "network", link.strerror[0].lower() + link.strerror[1:]
    return "network", str(error) or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _pairs(headers: httpx.Headers) -> list[tuple[str, str]]:
    return [(key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in headers.raw]


def _in_time(pieces: Iterator[bytes] | httpx.SyncByteStream, until: float) -> Iterator[bytes]:
    """The pieces until the monotonic second ``until``: many small ones may be there already, so that no read has to wait."""
    for piece in pieces:
        if time.monotonic() > until:
            raise TimeoutError
        yield piece
