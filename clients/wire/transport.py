"""One transport per client: sends, retries what may be retried, records, and says in plain words why nothing came back."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

import httpx

from clients.errors import Cancelled, Unreachable
from clients.platforms import errors
from clients.wire.access import AccessHeaders
from clients.wire.exchange import Exchange
from clients.wire.redaction import Redactor
from clients.wire.walls import Wall, recognise

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# The transport errors after which a safe request may be sent again: the connection failed, not the service.
_RETRIED_KINDS = frozenset({"refused", "reset"})
_RETRY_PAUSE = 0.2
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


class RecordingTransport(httpx.BaseTransport):
    """Wraps a transport; every request becomes one :class:`Exchange`, whether it was answered or not."""

    def __init__(self, inner: httpx.BaseTransport, recording: Recording, *, address: str, retries: int) -> None:
        self._inner, self._recording, self._address, self._retries = inner, recording, address, retries

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
                response = self._answer(request, clock)
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

    def _answer(self, request: httpx.Request, clock: float) -> httpx.Response:
        limit = self._recording.longest
        try:
            answer = self._inner.handle_request(request)
            try:
                raw = b"".join(self._chunks(answer, clock, limit, request))
            finally:
                answer.close()
        except (httpx.TransportError, OSError) as error:
            raise explain(error, request, self._recording.connect) from error
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=httpx.ByteStream(raw), extensions=answer.extensions)

    def _chunks(self, answer: httpx.Response, clock: float, limit: float, request: httpx.Request) -> Iterator[bytes]:
        stream = answer.stream
        assert isinstance(stream, httpx.SyncByteStream)
        for chunk in stream:
            # httpx times each read; a server that drips a byte now and then would never run into that.
            if time.perf_counter() - clock > limit:
                raise Unreachable(request.url.host, "timeout", f"the answer did not end within {limit:g} s", self._recording.connect)
            yield chunk

    def _record(
        self,
        request: httpx.Request,
        body: bytes,
        response: httpx.Response | None,
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
            status, decoded = response.status_code, _decoded(response)
            headers = hide.headers(_pairs(response.headers))
            text = hide.body(decoded, response.headers.get("content-type", ""))
            wall = recognise(status, _pairs(response.headers), decoded)
            said = str(errors.recognise(status, _pairs(response.headers), decoded) or "")
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
                connect=recording.connect,
                ca=recording.ca,
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
        return "protocol", f"the answer is not HTTP/1.1: {error}"
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


def _decoded(response: httpx.Response) -> bytes:
    """The body without its content encoding; a copy is decoded, because the client decodes the original itself."""
    stream = response.stream
    assert isinstance(stream, httpx.ByteStream)
    raw = b"".join(stream)
    if not response.headers.get("content-encoding"):
        return raw
    try:
        return httpx.Response(200, headers={"content-encoding": response.headers["content-encoding"]}, content=raw).content
    except httpx.DecodingError:
        return raw
