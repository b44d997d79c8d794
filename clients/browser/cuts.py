"""Connections that were cut under a browser: which requests they cost, and which of those were answered when asked again.

A browser asks once. Where the network between it and the deployment drops a connection, a program would ask again, once, for what is safe
to repeat (https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods); a visitor presses the reload button.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

SAFE = frozenset({"GET", "HEAD"})
_CUT = ("ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_REFUSED")

Repeated = Callable[[str, str, str], None]
"""Hears of a request that was repeated: method, URL, and why."""


def is_cut(failure: str) -> bool:
    """Whether Chromium's words for a failure say that the connection was cut or refused, and nothing about the answer.

    >>> is_cut("net::ERR_CONNECTION_RESET"), is_cut("net::ERR_CERT_DATE_INVALID")
    (True, False)
    """
    return any(name in failure for name in _CUT)


@dataclass
class Cuts:
    """Safe requests of a browser whose connection was cut, and what became of them."""

    repeated: Repeated | None = None
    _open: dict[str, str] = field(default_factory=dict)
    _closed: set[str] = field(default_factory=set)

    def failed(self, method: str, url: str, failure: str) -> None:
        """A request has failed."""
        if method in SAFE and is_cut(failure) and url not in self._closed:
            self._open[url] = failure

    def answered(self, url: str) -> None:
        """An address was answered; if it was cut before, that is history."""
        failure = self._open.pop(url, None)
        if failure is not None:
            self._closed.add(url)
            self.note(url, f"the browser's connection was cut ({failure})")

    def note(self, url: str, why: str) -> None:
        """An address was asked for once more, and answered."""
        if self.repeated:
            self.repeated("GET", url, why)

    @property
    def pending(self) -> tuple[str, ...]:
        """Addresses that were cut and not answered since."""
        return tuple(self._open)

    def forgives(self, url: str, failure: str) -> bool:
        """Whether a failure is one that ended with an answer when asked again, once."""
        return url in self._closed and is_cut(failure)
