"""Waits until a Worker says through the front door that it and everything it needs is up."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from sandbox.connection import Connection
from sandbox.edge import fetch
from sandbox.errors import SandboxError


def wait_until_healthy(connection: Connection, address: str, alive: Callable[[], None], within: float) -> None:
    """Asks `GET address` until it answers 200. `alive` may raise in between. Raises SandboxError with the last answer."""
    until = time.monotonic() + within
    while True:
        try:
            answer = fetch(connection.connect, connection.ca, address, timeout=5.0)
            if answer.status == 200:
                return
            seen, pause = f"status {answer.status}: {answer.body[:200].decode(errors='replace')}", 0.25
        except (OSError, http.client.HTTPException) as error:
            seen, pause = f"{type(error).__name__}: {error}", 0.01
        alive()
        if time.monotonic() > until:
            raise SandboxError(f"{address} was not healthy within {within:.0f} s; last: {seen}")
        time.sleep(pause)
