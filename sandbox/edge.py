"""One HTTPS request to a name of the sandbox: connects to the edge's address, speaks to the name (TLS server name and Host)."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is not."""
        return json.loads(self.body)


class _Connection(http.client.HTTPSConnection):
    """Connects elsewhere than to the name it speaks to."""

    def __init__(self, name: str, address: tuple[str, int], context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(name, timeout=timeout, context=context)
        self._address = address
        self._trust = context

    def connect(self) -> None:
        plain = socket.create_connection(self._address, self.timeout)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


def fetch(
    connect: str,
    ca: str,
    address: str,
    *,
    method: str = "GET",
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Answer:
    """Asks once, follows no redirect. A `body` is sent as JSON. Raises OSError or http.client.HTTPException when there is no answer."""
    parts = urlsplit(address)
    host, port = connect.rsplit(":", 1)
    connection = _Connection(parts.hostname or "", (host, int(port)), ssl.create_default_context(cafile=ca), timeout)
    sent = dict(headers or {})
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    try:
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body=content, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
