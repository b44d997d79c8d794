"""Whether a browser is quiet: nothing that its pages asked for by themselves is still under way.

Not Playwright's ``networkidle``: a sound page that keeps a request open, or asks for news every moment, is never idle in its sense
(https://playwright.dev/python/docs/api/class-page#page-wait-for-load-state discourages it for that reason).
"""

import time

from playwright.sync_api import BrowserContext, Page, Request

WITHIN = 2.0
"""s that a page is given to become quiet."""
_CALM = 0.5  # s without a new request
# What stays open as long as the page does.
_STREAMS = frozenset({"eventsource", "websocket"})


class Quiet:
    """Listens to the requests of a browser, its pop-ups and workers among them."""

    def __init__(self, context: BrowserContext) -> None:
        self._under_way: set[Request] = set()
        self._last = 0.0
        context.on("request", self._began)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)

    def wait(self, page: Page, *, within: float = WITHIN) -> None:
        """Until nothing is under way and nothing new was asked for half a second; ``within`` seconds at most: not all pages ever are."""
        until = time.monotonic() + within
        while (now := time.monotonic()) < until and (self._under_way or now - self._last < _CALM):
            page.wait_for_timeout(50)  # Playwright hears of requests only while it is asked for something

    def _began(self, request: Request) -> None:
        self._last = time.monotonic()
        if request.resource_type not in _STREAMS:
            self._under_way.add(request)

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
