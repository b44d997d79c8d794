"""Answers without a network: a scripted service behind an httpx client."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

BASE = "https://staging.fm5.test"
Reply = httpx.Response | Callable[[httpx.Request], httpx.Response]


class Service:
    """Answers by ``"METHOD /path"``; several answers for one are given in turn, and the last one stays."""

    def __init__(self, routes: dict[str, Reply | Sequence[Reply]]) -> None:
        self.routes: dict[str, list[Reply]] = {
            key: [given] if isinstance(given, httpx.Response) or callable(given) else list(given) for key, given in routes.items()
        }
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        replies = self.routes.get(f"{request.method} {request.url.raw_path.decode().partition('?')[0]}")
        if not replies:
            return httpx.Response(404)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(request) if callable(reply) else copy(reply)

    def client(self, base: str = BASE) -> httpx.Client:
        return httpx.Client(base_url=base, transport=httpx.MockTransport(self.answer))

    def sent(self, at: int = -1) -> Any:
        """The JSON body of a request."""
        return json.loads(self.requests[at].content)


def copy(response: httpx.Response) -> httpx.Response:
    """A response can be handed out once only. As a stream, so that httpx measures its time."""
    return httpx.Response(response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(response.content))


def failing(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    return fail
