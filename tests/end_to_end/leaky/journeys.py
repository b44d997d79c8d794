"""Journeys that leave secrets in their evidence."""

from __future__ import annotations

from clients.browser.browsing import Browsing
from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from fixtures.health import HealthEndpoint
from journeys import Journey, step, uses
from tests.end_to_end.leaky.canaries import canary


class Peeping(Journey):
    """Somebody types, sends and keeps secrets in a browser that is traced from the beginning."""

    pages = uses(BrowserPages)
    deployment = uses(Deployment)

    @step(deadline=90)
    def typed(self) -> int:
        """Everything that Playwright is known to write into a trace."""
        with self.pages.open() as browsing:
            self._leak(browsing)
            seen = browsing.seen()
        assert seen.trace
        self.attach("trace", seen.trace, "application/zip")
        return len(seen.trace)

    def _leak(self, browsing: Browsing) -> None:
        page, context = browsing.page, browsing.context
        context.set_extra_http_headers({"x-leaky": canary("browser_header")})
        page.goto(self.deployment.origin.url)
        browsing.start_trace()
        context.add_cookies([{"name": "leaky", "value": canary("browser_cookie"), "url": self.deployment.origin.url}])
        page.set_content("<label>Code <input></label>")
        page.get_by_label("Code").fill(canary("browser_fill"))
        page.evaluate("key => { document.title = key }", canary("browser_evaluate"))
        page.goto(self.deployment.origin.url)


class Telling(Journey):
    """A step that keeps a secret as evidence."""

    health = uses(HealthEndpoint)

    @step
    def told(self) -> str:
        """Keeps it."""
        self.note("what was said", f"said {canary('journey_evidence')}")
        return canary("journey_evidence")
