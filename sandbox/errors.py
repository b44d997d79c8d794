"""What can go wrong with the sandbox. Every message is one sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class SandboxError(Exception):
    """The sandbox cannot do what was asked; the message is meant for a person and needs no traceback."""


class SandboxDied(SandboxError):
    """A service of a running sandbox ended by itself.

    `service` is its name in the table of services, `status` its exit status (negative: the signal), `lines` the end of its log.
    """

    def __init__(self, service: str, status: int | None, lines: Sequence[str] = ()) -> None:
        self.service = service
        self.status = status
        self.lines = tuple(lines)
        how = "ended" if status is None else f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        text = f"the sandbox's {service} {how}"
        super().__init__("\n  ".join([text + (", its last words:" if self.lines else " without a word in its log"), *self.lines]))


class SandboxStopped(SandboxError):
    """The sandbox was stopped on request, but not by the one who asks."""

    def __init__(self) -> None:
        super().__init__("the sandbox was stopped from elsewhere (`python -m sandbox down`, or SIGTERM to its supervisor)")
