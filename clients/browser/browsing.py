"""What happens in a browser, recorded: every request, every error, a picture per step, a trace after signing in."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response, Route, WebSocket
from playwright.sync_api import Response as Answered
from playwright.sync_api import TimeoutError as WaitedInVain

from base.plain_text import plain
from clients.browser.assets import Loaded, media_type
from clients.browser.cuts import Cuts, Repeated, is_cut
from clients.browser.devices import Device
from clients.browser.quiet import Quiet
from clients.browser.recorded import Download, Screenshot, Seen, scrub_trace
from clients.browser.sending import Sent, Submitted
from clients.errors import Overdue, Refusal, Trouble, Unreachable
from clients.wire.attempts import LIMITED
from clients.wire.cookies import Cookie
from clients.wire.redaction import Redactor

__all__ = ["Answered", "Browsing", "Download", "Screenshot", "Seen", "WaitedInVain"]

_OVERTAKEN = ("interrupted by another navigation", "net::ERR_ABORTED")
"""What is said where the page itself leads elsewhere at the same moment."""
_TICK = 50.0
"""ms between two looks at a page."""
_QUOTED = 200
"""Characters of what a page says that a message repeats."""
_SAME_SITE: dict[str, Literal["Lax", "None", "Strict"]] = {"Lax": "Lax", "None": "None", "Strict": "Strict"}
_NETWORK_ERRORS = {
    "ERR_NAME_NOT_RESOLVED": ("name", "the name was not found"),
    "ERR_CONNECTION_REFUSED": ("refused", "the connection was refused"),
    "ERR_CONNECTION_RESET": ("reset", "the connection was cut"),
    "ERR_CONNECTION_CLOSED": ("reset", "the connection was cut"),
    "ERR_EMPTY_RESPONSE": ("reset", "the connection was cut before the answer ended"),
    "ERR_TIMED_OUT": ("timeout", "timed out"),
    "ERR_CONNECTION_TIMED_OUT": ("timeout", "timed out"),
    "ERR_CERT_": ("tls", "its TLS certificate is not accepted"),
    "ERR_SSL_": ("tls", "TLS failed"),
}
# A connection that broke, not a service that refused: browsers ask again by themselves only where a connection had worked before.


class Browsing:
    """One browser with one page, in one thread. Drive :attr:`page` with Playwright's own verbs, inside :meth:`step`."""

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        redactor: Redactor,
        timeout: float,
        device: Device = Device.DESKTOP,
        beside: "Callable[[Device], Browsing] | None" = None,
        repeated: Repeated | None = None,
    ) -> None:
        self.context, self.page, self.device = context, page, device
        self._cuts, self._quiet = Cuts(repeated), Quiet(context)
        self._held: list[Route] | None = None
        self._redactor, self._timeout, self._beside = redactor, timeout, beside
        self._console: list[tuple[str, str]] = []
        self._errors: list[str] = []
        self._failed: list[tuple[str, str]] = []
        self._refused: list[str] = []
        self._throttled: list[tuple[str, str]] = []
        self._dropped: dict[tuple[str, str], None] = {}
        self._own: set[str] = set()  # addresses that no page asked for, but this class
        self._requests: list[str] = []
        self._hosts: set[str] = set()
        self._loaded: list[Loaded] = []
        self._screenshots: list[Screenshot] = []
        self._trace: bytes | None = None
        self._tracing = False
        # On the context, so that pop-ups and workers are seen as well.
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._errors.append(self._clean(str(error.error))))
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)
        page.on("websocket", self._on_websocket)

    @contextmanager
    def step(self, title: str, *, picture: bool = True) -> Iterator[Page]:
        """One step of the visitor: pictured at its end, unless that would be one picture too many, and as it stood when it failed.

        :raises Overdue: when Playwright waited in vain, naming the address of the page and what was waited for.
        :raises Refusal: when meanwhile the deployment's rate limiter answered, and the step failed: that says nothing about what failed.
        :raises Unreachable: when a navigation found no server.
        """
        throttled = len(self._throttled)
        try:
            yield self.page
        except WaitedInVain as error:
            self._picture(f"{title} (failed)")
            self._blame_limiter(throttled)
            last = f"at {self._clean(self.page.url)}: {self._reason(error)}"
            raise Overdue(title, self._timeout, 1, last) from None
        except Error as error:
            self._picture(f"{title} (failed)")
            self._blame_limiter(throttled)
            raise self._trouble(title, error) from None
        except BaseException as error:
            self._picture(f"{title} (failed)")
            if isinstance(error, AssertionError):
                self._blame_limiter(throttled)
            raise
        if picture:
            self._picture(title)

    def let_in(self) -> None:
        """Raises Refusal when the deployment's rate limiter has answered any request so far: who is throttled sees no page as it is."""
        self._blame_limiter(0)

    def _blame_limiter(self, before: int) -> None:
        for method, url in self._throttled[before:]:
            raise Refusal(method, self._clean(urlsplit(url).path), LIMITED, message="the limiter throttles this machine") from None

    def open(self, address: str, *, quiet: bool = False, page: Page | None = None) -> Answered | None:
        """Open an address in the page, or in another one; once more when a connection was cut meanwhile, its own or one that it needs.

        With ``quiet`` what the page asks for by itself has a moment to come as well (:class:`clients.browser.quiet.Quiet`).
        Raises Playwright's errors, for :meth:`step` to tell.
        """
        target = page or self.page
        answer = self._went_to(target, address)
        if quiet:
            self._quiet.wait(target)
        return target.goto(address) if self._cuts.pending else answer

    def _went_to(self, target: Page, address: str) -> Answered | None:
        try:
            return target.goto(address)
        except WaitedInVain:
            raise
        except Error as error:
            if any(sign in error.message for sign in _OVERTAKEN):  # a form that was just sent leads on by itself
                target.wait_for_load_state()
                return target.goto(address)
            if not is_cut(error.message):
                raise
            with suppress(WaitedInVain):  # Chromium is on its way to its own page about the failure, which would cut the next attempt off
                target.wait_for_url("chrome-error://**", wait_until="commit", timeout=10_000)
            return target.goto(address)

    def learn(self, value: str, field: str) -> None:
        """What is about to be typed into a field is a secret: it is hidden wherever it occurs afterwards."""
        self._redactor.learn(value, what=f"typed into {field}")

    def shown(self, text: str) -> str:
        """What a page says, as a message may repeat it."""
        return plain(self._clean(text), _QUOTED)

    def submitted(self, press: Callable[[], object], *typed: str, within: float | None = None) -> Submitted:
        """Press what sends a form, and wait until it was sent and answered, or led to another page.

        :param typed: of what is sent, one of these stands in the form: a page also sends what no form is about.
        :param within: s; as long as a page is waited for, by default.
        """
        page, address = self.page, self.page.url
        sent = Sent(typed, urlsplit(address).hostname or "")
        since = len(self._refused), len(self._failed)
        page.context.on("response", sent.answered)
        try:
            press()
            sent.wait(page, address, self._timeout if within is None else within)
        finally:
            page.context.remove_listener("response", sent.answered)
        failed = [*self._refused[since[0] :], *(text for text, _ in self._failed[since[1] :])]
        return Submitted(sent.status, page.url != address, tuple(failed))

    def until(self, look: Callable[[], bool], within: float) -> bool:
        """Looks again and again, for so many seconds at most. Returns whether it was so; a page that is just left is not looked at."""
        until = time.monotonic() + within
        while True:
            with suppress(Error):
                if look():
                    return True
            if time.monotonic() > until:
                return False
            self.page.wait_for_timeout(_TICK)

    def text(self) -> str:
        """What can be read on the page."""
        return str(self.page.inner_text("body"))

    def beside(self, device: Device = Device.DESKTOP) -> "Browsing":
        """Somebody else's window in the same browser, in this thread: it shares no cookie, no storage and no cache with this one.

        It closes with the browser.
        """
        assert self._beside is not None, "this browsing was opened without a browser of its own"
        return self._beside(device)

    def keep(self, cookies: Iterable[Cookie], origin: str) -> None:
        """Come with the cookies of a session that was begun elsewhere, as the deployment at ``origin`` set them."""
        host = urlsplit(origin).hostname or ""
        for cookie in cookies:
            self._redactor.learn_cookie(cookie.value)
            # The leading dot is what tells a cookie for a domain from one for its host alone.
            domain = f".{cookie.domain}" if cookie.domain else host
            self.context.add_cookies(
                [
                    {
                        "name": cookie.name,
                        "value": cookie.value,
                        "domain": domain,
                        "path": cookie.path or "/",
                        "secure": cookie.secure,
                        "httpOnly": cookie.http_only,
                        "sameSite": _SAME_SITE.get(cookie.same_site, "Lax"),
                    }
                ]
            )

    def forget(self) -> None:
        """As somebody who comes for the first time: without cookies, and without what pages have stored."""
        self._learn_cookies()
        self.context.clear_cookies()
        with suppress(Error):  # a page that must not store anything has stored nothing
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")

    def hold_back(self, kind: str) -> None:
        """From now on requests for what the browser uses as ``kind`` (script, stylesheet, ...) wait, as on a slow line."""
        self._held = []

        def decide(route: Route) -> None:
            if self._held is None or route.request.resource_type != kind:
                route.continue_()
            else:
                self._held.append(route)

        self.context.route("**/*", decide)

    def let_through(self) -> None:
        """What was held back goes on, and nothing waits any more."""
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()

    def reload_past_caches(self) -> None:
        """Reload the page as Ctrl-Shift-R does: nothing that the browser has kept is used."""
        with self.page.expect_navigation(wait_until="load"):
            self.context.new_cdp_session(self.page).send("Page.reload", {"ignoreCache": True})

    def download(self, click: Callable[[], object]) -> Download:
        """Do what starts a download, and return the file. Raises AssertionError when the deployment refused it, Playwright's error else."""
        with self.page.expect_download() as pending:
            click()
        if failure := pending.value.failure():
            self._explain(pending.value.url)
            with self.page.expect_download() as pending:  # not refused: the connection was cut, and people click again
                click()
            self._cuts.note(pending.value.url, f"the browser's download ended ({failure})")
        return Download(pending.value.suggested_filename, Path(pending.value.path()).read_bytes())

    def _explain(self, address: str) -> None:
        """Chromium calls a refused download "canceled" and shows no answer to it: the page asks for it again, and is told the status."""
        self._own.add(address)
        with suppress(Error):  # no answer at all, so none that refuses
            status = int(self.page.evaluate("address => fetch(address).then(answer => answer.status)", address))
            assert status < 400, f"the link to download leads to {self._clean(urlsplit(address).path)}, which is answered with {status}"

    def start_trace(self) -> None:
        """Trace from here on. To be called after signing in, on a page without a filled-in form: a trace keeps what was typed."""
        self._learn_cookies()
        self.context.tracing.start(screenshots=True, snapshots=True, sources=False)
        self._tracing = True

    def stop_trace(self) -> bytes | None:
        """End the trace and return it, with cookies and all learnt secrets replaced; ``None`` when there is none."""
        if self._tracing:
            self._tracing = False
            self._learn_cookies()
            with tempfile.TemporaryDirectory(prefix="gonogo-trace-") as folder:
                path = Path(folder) / "trace.zip"
                self.context.tracing.stop(path=path)
                self._trace = scrub_trace(path.read_bytes(), self._redactor)
        return self._trace

    def seen(self) -> Seen:
        """The record so far; ends a running trace. Only this leaves the thread."""
        trace = self.stop_trace()
        self._ask_again()
        return Seen(
            console_errors=tuple(text for text, url in self._console if not self._excused(url, text)),
            page_errors=tuple(self._errors),
            failed_requests=tuple(text for text, url in self._failed if not self._cuts.forgives(url, text)),
            refused_requests=tuple(self._refused),
            throttled=tuple(f"{method} {self._clean(url)}" for method, url in self._throttled),
            dropped=tuple(self._dropped),
            requests=tuple(self._requests),
            hosts=frozenset(self._hosts),
            loaded=tuple(self._loaded),
            screenshots=tuple(self._screenshots),
            trace=trace,
        )

    def _excused(self, url: str, text: str) -> bool:
        return (
            url in self._own
            or self._cuts.forgives(url, text)
            or (str(LIMITED) in text and any(url == limited for _, limited in self._throttled))
        )

    def _ask_again(self) -> None:
        """What was cut on the way and not needed since is asked for once more: only what stays away is the deployment's."""
        for url in self._cuts.pending:
            tab = self.context.new_page()
            try:
                tab.goto(url)
            except Error:
                continue
            finally:
                tab.close()

    def _picture(self, title: str) -> None:
        try:
            if self._tracing:
                self._learn_cookies()
            png = self.page.screenshot(mask=[self.page.locator("input[type=password]")], timeout=5000)
        except Error:
            return  # the page is gone; its last picture stays the last
        self._screenshots.append(Screenshot(title, png))

    def _learn_cookies(self) -> None:
        for cookie in self.context.cookies():
            self._redactor.learn_cookie(cookie.get("value", ""), cookie.get("name", ""))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = urlsplit(message.location["url"]).path or message.location["url"]
            text = self._clean(f"{message.text} ({place})" if place else message.text)
            self._console.append((text, message.location["url"]))

    def _on_request(self, request: Request) -> None:
        self._note(request.method, request.url)

    def _on_websocket(self, socket: WebSocket) -> None:
        self._note("WebSocket", socket.url)

    def _note(self, method: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname:
            self._hosts.add(parts.hostname)
            self._requests.append(f"{method} {self._clean(url)}")

    def _on_failed(self, request: Request) -> None:
        # A page that is left cancels what it was loading; that is no failure of the deployment.
        if request.failure == "net::ERR_ABORTED":
            self._dropped[self._clean(request.url), request.resource_type] = None
        else:
            self._failed.append((f"{request.method} {self._clean(request.url)}: {request.failure}", request.url))
            self._cuts.failed(request.method, request.url, request.failure or "")

    def _on_response(self, response: Response) -> None:
        self._cuts.answered(response.url)
        kind, media = response.request.resource_type, media_type(response.headers.get("content-type", ""))
        if urlsplit(response.url).scheme in ("http", "https"):
            self._loaded.append(Loaded(self._clean(response.url), kind, response.status, media))
        if response.status == LIMITED:
            self._throttled.append((response.request.method, response.url))
        elif response.status >= 400 and response.url not in self._own:
            self._refused.append(f"{response.request.method} {self._clean(response.url)} -> {response.status}")

    def _clean(self, text: str) -> str:
        return self._redactor.text(text)

    def _reason(self, error: Error) -> str:
        # Playwright's call log repeats the values that were filled in; only what was waited for is kept.
        lines = error.message.splitlines()
        waits = [line.strip(" -") for line in lines[1:] if "waiting for" in line]
        return self._clean("; ".join([lines[0] if lines else "", *waits[:1]]))

    def _trouble(self, title: str, error: Error) -> Trouble:
        reason = self._reason(error)
        for name, (kind, cause) in _NETWORK_ERRORS.items():
            if f"net::{name}" in error.message:
                url = error.message.rpartition(" at ")[2].split()[0] if " at " in error.message else self.page.url
                return Unreachable(urlsplit(url).hostname or "the page", kind, cause)
        return Trouble(f"{title}: {reason}")
