"""A deployment that answers without end, or with more than anybody needs: raw sockets, for an HTTP server would not say such things."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Say = Callable[[bytes], None]
Kind = Callable[[Say], None]
HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
JSON = HEAD + b"content-type: application/json\r\n"


def plain(body: bytes, *headers: bytes) -> Kind:
    """A whole answer."""
    head = b"".join(header + b"\r\n" for header in (b"content-length: %d" % len(body), *headers))
    return lambda say: say(JSON + head + b"\r\n" + body)


def endless(before: bytes, piece: bytes, pause: float = 0.0) -> Kind:
    """The same piece for ever."""

    def kind(say: Say) -> None:
        say(before)
        while True:
            say(piece)
            time.sleep(pause)

    return kind


def packed(megabytes: int, wbits: int = 31) -> bytes:
    """So many MiB of spaces, in gzip (31), zlib (15) or bare deflate (-15)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(megabytes)) + packer.flush()


def coded(body: bytes, coding: bytes) -> Kind:
    """A whole answer that is said to be in this content coding."""
    return plain(body, b"content-encoding: " + coding)


_CHUNKED = JSON + b"transfer-encoding: chunked\r\n\r\n"
TOO_MUCH: dict[str, Kind] = {
    "B1 a chunked body without end": endless(_CHUNKED, b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
    "a body without length and end": endless(JSON + b"\r\n", b" " * 0x10000),
    "a body longer than is read": plain(b" " * ((2 << 20) + 1)),
    "B2 gzip that unfolds": coded(packed(8), b"gzip"),
    "zlib that unfolds": coded(packed(8, 15), b"deflate"),
    "bare deflate that unfolds": coded(packed(8, -15), b"deflate"),
    "gzip in gzip": coded(gzip.compress(packed(8)), b"gzip, gzip"),
    "many codings": coded(b"", b", ".join([b"gzip"] * 40)),
    "gzip of nothing, without end": endless(
        _CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n"), b"10000\r\n" + (gzip.compress(b"") * 3277)[:0x10000] + b"\r\n"
    ),
    "many headers": lambda say: say(JSON + b"".join(b"x-%d: y\r\n" % number for number in range(300)) + b"\r\n"),
    "large headers": lambda say: say(JSON + b"".join(b"x-%d: %s\r\n" % (number, b"y" * 7000) for number in range(10)) + b"\r\n"),
}
"""What ends with Excessive."""
NO_ANSWER: dict[str, Kind] = {
    "a header without end": endless(HEAD + b"x-endless: ", b"y" * 0x1000),
    "headers without end": endless(HEAD, b"x-y: z\r\n" * 500),
    "a status line without end": endless(b"HTTP/1.1 200 ", b"O" * 0x1000),
    "interim answers without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "headers that drip": endless(HEAD, b"x: y\r\n", 0.05),
    "B6 a body that drips": endless(_CHUNKED, b"1\r\n \r\n", 0.05),
    "trailers that drip": endless(_CHUNKED + b"0\r\n", b"x: y\r\n", 0.05),
    "a length that is a lie": lambda say: say(JSON + b"content-length: 100\r\n\r\n{}"),
    "a length of many digits": lambda say: say(JSON + b"content-length: " + b"9" * 5000 + b"\r\n\r\n{}"),
    "a chunk of many digits": lambda say: say(_CHUNKED + b"f" * 5000 + b"\r\n"),
    "two lengths": plain(b"{}", b"content-length: 7"),
    "a NUL in a header": plain(b"{}", b"x: \0"),
    "no HTTP at all": lambda say: say(b"\xff\xfe\0" * 100),
}
"""What ends with Unreachable."""


@contextmanager
def hostile(kind: Kind) -> Iterator[str]:
    """A server that answers every request in this way; the base URL of it."""

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # whoever asked has gone, as it should
            connection.recv(65536)
            kind(connection.sendall)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
