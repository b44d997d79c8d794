"""Stories of the front door: what it answers, how fast, and behind which lock."""

from __future__ import annotations

from collections.abc import Mapping

from clients.health import Distribution, Health
from clients.wire.attempts import Attempt, attempt
from clients.wire.tls import Handshake
from journeys import Cost, Journey, step
from suites.auth.journeys import Joining, Outsiders, Owner
from suites.stage import Stage


class Vitals(Journey, requires=("health",), cost=Cost(requests=1), expected=0.5):
    """Somebody asks how the deployment is."""

    stage: Stage

    @step
    def answer(self) -> Health:
        """Asks once."""
        return self.stage.read_health()


class Pulse(Journey, requires=("health",), cost=Cost(requests=40), expected=2.0, quiet=True):
    """Many ask how the deployment is, a few at a time."""

    stage: Stage

    @step(deadline=120)
    def distribution(self) -> Distribution:
        """Asks as often as declared."""
        sample = self.stage.sample_health()
        times = f"p50 {sample.p50:.0f} ms, p95 {sample.p95:.0f} ms, max {sample.max:.0f} ms" if sample.milliseconds else "no answer"
        self.stage.figure(f"health   {sample.requests} requests: {times}, {len(sample.errors)} failed")
        self.note("distribution", sample.histogram())
        return sample


class Lock(Journey, requires=("health",), expected=0.5):
    """Somebody looks at the TLS of the front door."""

    stage: Stage

    @step(independent=True)
    def handshake(self) -> Handshake:
        """Shakes hands as a browser would."""
        return self.stage.handshake()

    @step(independent=True)
    def outdated(self) -> Handshake:
        """Offers TLS 1.1 only."""
        return self.stage.handshake("TLSv1.1")


class Facade(Journey, requires=("headers",), expected=0.5):
    """Somebody looks at the headers of a page."""

    stage: Stage

    @step
    def headers(self) -> Mapping[str, str]:
        """Reads the headers of the origin's first page."""
        return self.stage.page_headers("/")


class CrossExamination(Journey, requires=("health.services",), after=(Joining, Owner, Outsiders), expected=5.0):
    """The services that the health answer speaks of are asked directly."""

    stage: Stage

    @step(independent=True, deadline=60)
    def database(self) -> Attempt:
        """Somebody signs in as nobody: the deployment has to look that up."""
        return self.other(Outsiders).unknown_user

    @step(independent=True, deadline=120)
    def storage(self) -> Attempt:
        """Lists a member's files."""
        return attempt(self.other(Owner).person.files.list)

    @step(independent=True, deadline=120)
    def mail(self) -> Attempt:
        """Waits for a mail that the deployment sends; where nobody signs up, asks its provider."""
        if self.stage.standing is None and self.stage.email.verification:
            _ = self.other(Joining).mail
            return Attempt(None)
        return attempt(lambda: self.stage.mailbox().list(limit=1))


vitals = Vitals.fixture()
pulse = Pulse.fixture()
lock = Lock.fixture()
facade = Facade.fixture()
cross_examination = CrossExamination.fixture()
