"""A forward proxy as offices have one: it knows CONNECT, leads to one place whatever is asked for, and may want to know who asks."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class OfficeProxy:
    """One under way; ``asked`` are the targets that it was asked for, ``refused`` counts whom it did not know."""

    to: tuple[str, int]
    user: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    refused: int = 0

    def serve(self, client: socket.socket) -> None:
        """One connection."""
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            lines = head.decode("latin-1").lower().split("\r\n")
            token = base64.b64encode(self.user.encode()).decode()
            if self.user and f"proxy-authorization: basic {token}".lower() not in lines:
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 X\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n")
                return
            self.asked.append(lines[0].split(" ")[1])
            with socket.create_connection(self.to) as target:
                client.sendall(b"HTTP/1.1 200 X\r\n\r\n")
                back = threading.Thread(target=_pump, args=(target, client), daemon=True)
                back.start()
                _pump(client, target)
                back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(port: int, user: str = "") -> Iterator[OfficeProxy]:
    """A proxy that leads to this port of 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = OfficeProxy(("127.0.0.1", port), user, listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=proxy.serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
