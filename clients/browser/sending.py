"""What a page sends when a form is sent, told apart from all else that pages send: beacons, polls, events."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlsplit

from playwright.sync_api import Error, Page, Request, Response

_CALLS = frozenset({"document", "fetch", "xhr"})
_TICK = 25.0
"""ms between two looks."""
_SETTLES = 0.5
"""s in which an answer that led to another page is there."""


@dataclass(frozen=True)
class Submitted:
    """How a form was sent: the status of the answer to it, None where none was seen; whether another page followed; what else failed."""

    status: int | None
    moved: bool
    failed: tuple[str, ...] = ()

    @property
    def through(self) -> bool:
        """Whether it was sent, and nobody said no."""
        return self.moved if self.status is None else self.status < 400


class Sent:
    """Listens for the answer to a form in which one of ``typed`` stands; without any, to whatever changes something."""

    def __init__(self, typed: Sequence[str], host: str) -> None:
        self.status: int | None = None
        self._forms = {form.lower() for text in typed for form in (text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1])}
        self._host = host

    def answered(self, response: Response) -> None:
        """For Playwright: an answer has come. The first that is the form's counts."""
        request = response.request
        if self.status is None and self._is_it(request):
            self.status = response.status

    def wait(self, page: Page, address: str, within: float) -> None:
        """Until it was answered, or another page is there, or so many seconds have passed."""
        until, moved = time.monotonic() + within, False
        while self.status is None and time.monotonic() < until:
            if not moved and page.url != address:
                moved, until = True, min(until, time.monotonic() + _SETTLES)
            page.wait_for_timeout(_TICK)

    def _is_it(self, request: Request) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS") or request.resource_type not in _CALLS:
            return False
        if not self._forms:
            return _kin(urlsplit(request.url).hostname or "", self._host)
        try:
            body = request.post_data_buffer or b""
        except Error:  # it is gone with its page
            return False
        text = body.decode("utf-8", errors="replace").lower()
        return any(form in text for form in self._forms)


def _kin(one: str, other: str) -> bool:
    """Whether two hosts are of one site, as far as their names say."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}") or one.split(".")[-2:] == other.split(".")[-2:]
