"""A browser's way past a wall, and what it hears from the answers it gets.

Neither ``extra_http_headers`` nor ``route.continue_(headers=...)`` may carry a bypass secret: the first goes to every host that a page asks
(https://github.com/microsoft/playwright/issues/21811), the second also follows each redirection to another host
(https://github.com/microsoft/playwright/issues/32939; measured). Chromium's own interception, asked of the browser as a whole and for the
deployment's addresses alone, does neither, and covers pop-ups, frames and workers
(https://chromedevtools.github.io/devtools-protocol/tot/Fetch/). A WebSocket's handshake cannot be intercepted: it goes without the headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clients.wire.access import AccessHeaders

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Request, Response

Headers = Iterable[tuple[str, str]]
Answered = Callable[[str, str, int, Headers, bytes], object]
"""Method, address, status, headers (without cookies) and body (of the pages that were opened; else empty)."""


def let_through(browser: Browser, access: AccessHeaders) -> None:
    """Every request of this browser to the deployment carries the headers of ``access`` from now on, and no other request does.

    Such a request waits for this thread to use the browser.
    """
    from playwright.sync_api import Error

    session = browser.new_browser_cdp_session()

    def paused(event: dict[str, Any]) -> None:
        asked = event["request"]
        opening = access.for_url(asked["url"])
        own = {name: value for name, value in asked["headers"].items() if name.lower() not in access.headers}
        headers = [{"name": name, "value": value} for name, value in {**own, **opening}.items()]
        with suppress(Error):  # the page was left meanwhile
            session.send("Fetch.continueRequest", {"requestId": event["requestId"], "headers": headers})

    session.on("Fetch.requestPaused", paused)
    patterns = [{"urlPattern": f"{place}/*", "requestStage": "Request"} for place in access.places]
    session.send("Fetch.enable", {"patterns": patterns})


def listen(context: BrowserContext, answered: Answered) -> None:
    """``answered`` hears of every answer, and of every page that was opened once more with its body."""
    from playwright.sync_api import Error

    def headed(response: Response) -> None:
        if response.from_service_worker:  # which had asked for it itself, and was heard then
            return
        answered(response.request.method, response.url, response.status, tuple(response.headers.items()), b"")

    def ended(request: Request) -> None:
        with suppress(Error):  # the page was left, or a worker asked: there is no body to look at
            if not request.is_navigation_request() or request.frame.parent_frame is not None:
                return
            response = request.response()
            if response is not None and response.status not in range(300, 400) and not response.from_service_worker:
                pairs = tuple((pair["name"], pair["value"]) for pair in response.headers_array())
                answered(request.method, response.url, response.status, pairs, response.body())

    context.on("response", headed)
    context.on("requestfinished", ended)
