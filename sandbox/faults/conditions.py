"""What stands between clients and the deployment (walls, latency, caches, ...), switched on and off in a running sandbox.

Every kind is a file of `sandbox/cloud/edge/conditions/`, with its fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from sandbox.connection import Connection
from sandbox.control import ask
from sandbox.errors import SandboxError


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
        status, content = ask(self._connection, method, "/sandbox/conditions", body)
        if status != 200:
            raise SandboxError(f"the sandbox refuses these conditions: {content.get('error', content)}")
        conditions: list[dict[str, Any]] = content["conditions"]
        return conditions
