"""What stands between clients and the deployment (walls, latency, caches, ...), switched on and off in a running sandbox.

Every kind is a file of `sandbox/cloud/edge/conditions/`, with its fields.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from sandbox.connection import Connection
from sandbox.errors import SandboxError

WITHIN = 10.0


class Conditions:
    """The conditions of one running sandbox. As a context manager it clears them at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Puts these in the place of those before, and returns them with their defaults.

        Raises SandboxError naming every unknown kind and every wrong field; then nothing has changed.
        """
        return self._ask("PUT", {"conditions": list(conditions)})

    def active(self) -> list[dict[str, Any]]:
        """What is switched on. Raises SandboxError when the sandbox does not answer."""
        return self._ask("GET")

    def clear(self) -> None:
        """Switches everything off. Raises SandboxError when the sandbox does not answer."""
        self._ask("DELETE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()

    def _ask(self, method: str, body: object = None) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._connection.variables['CLOUDFLARE_API_TOKEN']}", "Content-Type": "application/json"}
        plain = http.client.HTTPConnection(urlsplit(self._connection.api).netloc, timeout=WITHIN)
        try:
            plain.request(method, "/sandbox/conditions", body=None if body is None else json.dumps(body), headers=headers)
            answer = plain.getresponse()
            content: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SandboxError(f"the control plane of sandbox {self._connection.run} does not answer ({error}); is it still up?") from error
        finally:
            plain.close()
        if answer.status != 200:
            raise SandboxError(f"the sandbox refuses these conditions: {content.get('error', content)}")
        conditions: list[dict[str, Any]] = content["conditions"]
        return conditions
