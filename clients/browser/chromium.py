"""Finding and starting a Chromium that reaches the deployment as the wire does."""

import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from base import children
from base.tools import chromium
from clients.browser.cuts import Repeated
from clients.browser.devices import Device, appearance
from clients.browser.driver import confine
from clients.browser.interception import Answered, let_through, listen
from clients.browser.spki import server_keys
from clients.browser.way_out import way_out
from clients.errors import Cancelled, Unavailable
from clients.wire.access import AccessHeaders
from clients.wire.network import parse_connect
from clients.wire.proxies import Proxies
from clients.wire.redaction import Redactor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from clients.browser.browsing import Browsing

__all__ = ["Chromium", "Device"]

# No sandbox of its own: it needs privileges that containers lack. The rest keeps Chromium from talking to anybody but the deployment.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """Starts browsers, each in the thread that asks; sync Playwright objects never leave their thread, so neither does a browsing."""

    def __init__(
        self,
        executable: Path | None = None,
        *,
        connect: str | None = None,
        ca: Path | None = None,
        hosts: Sequence[str] = (),
        redactor: Redactor | None = None,
        access: AccessHeaders | None = None,
        answered: Answered | None = None,
        repeated: Repeated | None = None,
        timeout: float = 15,
        headless: bool = True,
        home: Path | None = None,
        proxies: Proxies = Proxies(),  # noqa: B008 - immutable
        moves_all: bool = True,
    ) -> None:
        """
        :param executable: which browser; default: :func:`base.tools.chromium`, then Playwright's own.
        :param connect: ``HOST:PORT`` that *every* name resolves to, so that no request leaves for a host that was not declared. Such
            requests are recorded under the name they asked for.
        :param moves_all: where not, only the origin's name and ``hosts`` lead to ``connect``: a script of a CDN, an OAuth provider or a
            mail API keep their own addresses.
        :param ca: trust what this CA has signed for the origin and for ``hosts`` (see :mod:`clients.browser.spki`).
        :param redactor: hides secrets in what is recorded.
        :param access: what opens a wall in front of the deployment; added to requests to its hosts (:mod:`clients.browser.interception`).
        :param answered: hears of every answer, in the browser's thread.
        :param repeated: hears of every request that was repeated because its connection was cut, in the browser's thread.
        :param timeout: seconds for a navigation or an action.
        :param proxies: what stands on the way to others; with ``connect``, and to this machine, the browser goes directly.
        :param home: HOME of the browser; default: the caller's. Of the other variables it gets those of :func:`base.children.made`.
        """
        self._executable, self._connect, self._ca, self._hosts = executable, connect, ca, tuple(hosts)
        self._redactor, self._timeout, self._headless, self._home = redactor or Redactor(), timeout, headless, home
        self._access, self._answered, self._repeated = access, answered, repeated
        if access:
            self._redactor.learn(*access.headers.values())
        self._moves_all = moves_all
        self._proxies = Proxies() if connect and moves_all else proxies
        self._drivers: set[int] = set()
        self._interrupted = False

    @contextmanager
    def open(self, origin: str, device: Device = Device.DESKTOP) -> "Iterator[Browsing]":
        """A fresh browser with one empty page; relative addresses start at ``origin``. Closed at the end, whatever happened.

        A browser of its own for each thread costs half a second of processor time, measured, most of it Playwright's driver, which
        threads cannot share; :meth:`Browsing.beside` opens further windows in it.

        :raises Unavailable: without a Chromium.
        :raises Unreachable: when the origin does not answer, or shows a certificate that the CA does not vouch for.
        :raises Cancelled: after :meth:`interrupt`.
        """
        from playwright.sync_api import Error, sync_playwright  # half a second, and only journeys in a browser pay for it

        from clients.browser.browsing import Browsing

        confine()
        parts = urlsplit(origin)
        flags = self.flags(parts.hostname or "", parts.port or 443, tls=parts.scheme == "https")
        if self._interrupted:
            raise Cancelled("the run was interrupted before the browser started")
        manager = sync_playwright()
        with manager as playwright:
            driver = _pid(manager)
            self._drivers.add(driver)
            try:
                with self._launched(playwright, flags, parts.hostname or "") as browser:
                    if self._access:
                        let_through(browser, self._access)

                    def window(device: Device) -> Browsing:
                        context = browser.new_context(
                            base_url=origin, accept_downloads=True, locale="en-US", **appearance(device, browser.version)
                        )
                        context.set_default_timeout(self._timeout * 1000)
                        if self._answered:
                            listen(context, self._answered)
                        return Browsing(context, context.new_page(), self._redactor, self._timeout, device, window, self._repeated)

                    yield window(device)
            except Error as error:
                if self._interrupted:
                    raise Cancelled("the run was interrupted while the browser worked") from error
                raise
            finally:
                self._drivers.discard(driver)

    def flags(self, host: str, port: int = 443, *, tls: bool = True) -> tuple[str, ...]:
        """Chromium's command line for a deployment on ``host``."""
        flags = list(_FLAGS)
        if self._connect:
            address, port = parse_connect(self._connect)
            if self._moves_all:
                flags.append("--no-proxy-server")  # Chromium knows the proxy variables as well
            moved = ("*",) if self._moves_all else dict.fromkeys((host, *self._hosts))
            there = f"{f'[{address}]' if ':' in address else address}:{port}"
            flags.append(f"--host-resolver-rules={', '.join(f'MAP {name} {there}' for name in moved)}")
        if self._ca and tls:
            names = dict.fromkeys((host, *self._hosts))
            keys = server_keys(names, connect=self._connect, ca=self._ca, timeout=self._timeout, port=port, proxies=self._proxies)
            flags.append(f"--ignore-certificate-errors-spki-list={','.join(keys)}")
        return tuple(flags)

    def interrupt(self) -> None:
        """End all browsers, from any thread; the threads that use them get :class:`Cancelled`."""
        self._interrupted = True
        # Playwright leaves futures of the driver that is killed here; asyncio would complain of each below the run's last lines.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        for driver in tuple(self._drivers):
            if driver:
                # Chromium hangs on a pipe to Playwright's driver and ends with it.
                with suppress(ProcessLookupError):
                    os.kill(driver, signal.SIGKILL)

    @contextmanager
    def _launched(self, playwright: "Playwright", flags: Sequence[str], host: str) -> "Iterator[Browser]":
        executable = self._executable or chromium() or Path(playwright.chromium.executable_path)
        if not executable.is_file():
            raise Unavailable("no Chromium was found: install chromium or Google Chrome, or run `python -m playwright install chromium`")
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=list(flags),
            headless=self._headless,
            timeout=max(30.0, self._timeout) * 1000,
            env={**children.made(home=self._home, names=() if self._headless else children.DISPLAY)},
            proxy=way_out(self._proxies, (host, *self._hosts) if self._connect else ()),
            # Ctrl-C belongs to the run, which closes browsers itself.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        try:
            yield browser
        finally:
            if not self._interrupted:
                browser.close()


def _pid(manager: object) -> int:
    # Not public, hence careful: without it an interrupt waits for the browser's current action.
    process = getattr(getattr(getattr(manager, "_client", None), "_transport", None), "_proc", None)
    return int(getattr(process, "pid", 0) or 0)
