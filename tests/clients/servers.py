"""Small real servers for the clients' tests: plain or TLS, on a port of the system's choice, recording what arrives."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Arrived:
    """A request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    sni: str


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/plain"),)


@dataclass
class Server:
    """A running server; ``routes`` by path (without query), each a function of the request."""

    port: int
    ca: Path
    arrived: list[Arrived] = field(default_factory=list)
    routes: dict[str, Callable[[Arrived], Answer | None]] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def connect(self) -> str:
        return f"127.0.0.1:{self.port}"

    def hold(self, arrived: Arrived) -> Answer:
        """A route that answers only when the test ends."""
        self.released.wait(30)
        return Answer()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Failed handshakes and cut connections are what some tests are about."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sni = str(getattr(self.connection, "asked_for", ""))
            arrived = Arrived(self.command, self.path, headers, body, self.client_address[0], sni)
            server.arrived.append(arrived)
            route = server.routes.get(self.path.partition("?")[0])
            given = route(arrived) if route else Answer(404)
            if given is None:
                # Not an answer: cut the connection.
                self.close_connection = True
                return
            head = [f"HTTP/1.1 {given.status} X", *(f"{name}: {value}" for name, value in given.headers)]
            head.append(f"content-length: {len(given.body)}")
            data = given.body if self.command != "HEAD" else b""
            self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + data)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(folder: Path, *names: str, tls: bool = True) -> Iterator[Server]:
    """A server with a certificate for ``names``, signed by a CA of its own."""
    authority = trustme.CA()
    ca = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    server = Server(0, ca)
    http = _Quiet(("127.0.0.1", 0), _handler(server))
    server.port = http.server_port
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)

        def remember(secure: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            setattr(secure, "asked_for", name or "")  # noqa: B010 - an attribute of our own on the socket

        context.sni_callback = remember
        # The handshake is left to the handler's thread: a client that never speaks must not stop the others.
        http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
        thread.join(5)
