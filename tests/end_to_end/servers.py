"""Small deployments of nobody's: a TLS server that says it is well, and one that answers everything with a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.clients.servers import Answer, Arrived, Server

Route = Callable[[Arrived], Answer | None]
HOST = "acme.example"
PAGE = b"<!doctype html><html><head><title>Sign in to continue</title></head><body>Sign in</body></html>"


class Everywhere(dict[str, Route]):
    """Routes of a server that answers every path alike."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: object = None) -> Route:
        """The one route there is."""
        return lambda _: self._answer


def wall() -> Everywhere:
    """A sign-on page in front of everything."""
    return Everywhere(Answer(200, PAGE, (("content-type", "text/html; charset=utf-8"),)))


def healthy(**more: str) -> dict[str, Route]:
    """A health answer at /status, and nothing else."""
    body = json.dumps({"status": "ok", **more}).encode()
    return {"/status": lambda _: Answer(200, body, (("content-type", "application/json"),))}


def declare(file: Path, connect: str, ca: Path | None = None, *, before: str = "", after: str = "") -> Path:
    """Writes an environment file that declares `health` at that address. `before` and `after` are further lines of it."""
    lines = ['title = "Acme"', 'tier = "sandbox"', f'origin = "https://{HOST}"', f'connect = "{connect}"']
    lines += [f'ca = "{ca}"'] if ca else []
    file.write_text("\n".join([*lines, before, "[health]", 'path = "/status"', 'expect = { status = "ok" }', after, ""]), encoding="utf-8")
    return file


def declared(file: Path, server: Server, *, before: str = "", after: str = "") -> Path:
    """The same for a server under way."""
    return declare(file, server.connect, server.ca, before=before, after=after)
