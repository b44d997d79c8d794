"""Journeys that leave secrets in their evidence."""

from __future__ import annotations

from clients.browser.browsing import Browsing
from journeys import Journey, step
from tests.end_to_end.leaky.canaries import canary


class Peeping(Journey, requires=("browser",)):
    """Somebody types, sends and keeps secrets in a browser that is traced from the beginning."""

    @step(deadline=90)
    def typed(self) -> int:
        """Everything that Playwright is known to write into a trace."""
        with self.stage.browser() as browsing:
            self._leak(browsing)
            seen = browsing.seen()
        assert seen.trace
        self.attach("trace", seen.trace, "application/zip")
        return len(seen.trace)

    def _leak(self, browsing: Browsing) -> None:
        page, context = browsing.page, browsing.context
        context.set_extra_http_headers({"x-leaky": canary("browser_header")})
        page.goto(self.stage.origin.url)
        browsing.start_trace()
        context.add_cookies([{"name": "leaky", "value": canary("browser_cookie"), "url": self.stage.origin.url}])
        page.set_content("<label>Code <input></label>")
        page.get_by_label("Code").fill(canary("browser_fill"))
        page.evaluate("key => { document.title = key }", canary("browser_evaluate"))
        page.goto(self.stage.origin.url)


class Telling(Journey, requires=("health",)):
    """A step that keeps a secret as evidence."""

    @step
    def told(self) -> str:
        """Keeps it."""
        self.note("what was said", f"said {canary('journey_evidence')}")
        return canary("journey_evidence")


peeping, telling = Peeping.fixture(), Telling.fixture()
