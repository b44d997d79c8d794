"""Stories of the front door: what it answers, how fast, and behind which lock."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from clients.health import Distribution, HealthClient
from clients.wire.attempts import Attempt, attempt
from clients.wire.caches import KeptAnswer
from clients.wire.tls import Handshake
from fixtures.deployment import Deployment
from fixtures.headers import PageHeaders
from fixtures.health import HealthEndpoint
from fixtures.mail_delivery import MailDelivery
from fixtures.members import Members
from fixtures.people import Announced, Owner
from fixtures.storage_objects import StorageObjects
from journeys import Cost, Journey, step, uses
from suites.auth.journeys import Outsiders


class Vitals(Journey, cost=Cost(requests=1), expected=0.5):
    """Somebody asks how the deployment is."""

    health = uses(HealthEndpoint)

    @step
    def answer(self) -> HealthClient:
        """Asks once."""
        return self.health.read()


class Pulse(Journey, cost=Cost(requests=40), expected=2.0, quiet=True):
    """Many ask how the deployment is, a few at a time."""

    health = uses(HealthEndpoint)

    @step(deadline=120)
    def distribution(self) -> Distribution:
        """Asks as often as declared."""
        sample = self.health.sample()
        times = f"p50 {sample.p50:.0f} ms, p95 {sample.p95:.0f} ms, max {sample.max:.0f} ms" if sample.milliseconds else "no answer"
        self.figure(f"health   {sample.requests} requests: {times}, {len(sample.errors)} failed")
        self.note("distribution", sample.histogram())
        return sample


class Lock(Journey, expected=0.5):
    """Somebody looks at the TLS of the front door."""

    deployment = uses(Deployment)

    @step(independent=True)
    def handshake(self) -> Handshake:
        """Shakes hands as a browser would."""
        return self.deployment.handshake()

    @step(independent=True)
    def outdated(self) -> Handshake:
        """Offers TLS 1.1 only."""
        return self.deployment.handshake("TLSv1.1")


class Facade(Journey, expected=0.5):
    """Somebody looks at the headers of pages."""

    headers_due = uses(PageHeaders)
    deployment = uses(Deployment)

    @step
    def headers(self) -> Mapping[str, Mapping[str, str]]:
        """Reads the headers of each declared page: the origin's first one, where the file names none."""
        return {page: self.deployment.page_headers(page) for page in self.headers_due.settings.path}


class Edge(Journey, expected=1.0, cost=Cost(requests=4)):
    """Somebody holds what caches in front of the deployment keep against what the version gives out."""

    deployment = uses(Deployment)

    @step(deadline=120)
    def kept(self) -> tuple[KeptAnswer, ...]:
        """Asks for the declared pages and what they load; where a cache answers, past it as well."""
        return self.deployment.kept_answers()


class CrossExamination(Journey, after=(Announced, Owner, Outsiders), expected=5.0):
    """The services that the health answer speaks of are asked directly."""

    health = uses(HealthEndpoint, "services")
    members = uses(Members)
    storage = uses(StorageObjects, optional=True)
    provider = uses(MailDelivery, optional=True)

    @step(independent=True, deadline=60)
    def database(self) -> Attempt:
        """Somebody signs in as nobody: the deployment has to look that up."""
        return self.other(Outsiders).unknown_user

    @step(independent=True, deadline=120)
    def files(self) -> Attempt:
        """Lists a member's files; where nothing does, asks for one."""
        assert self.storage, "only checks that require [storage.objects] ask for this"
        storage, owner = self.storage, self.other(Owner).person
        return attempt(lambda: storage.works(owner))

    @step(independent=True, deadline=120)
    def mail(self) -> Attempt:
        """Waits for a mail that the deployment sends; where nobody signs up, asks its provider."""
        assert self.provider, "only checks that require [mail.delivery] ask for this"
        if not self.members.standing and self.members.announces:
            _ = self.other(Announced).mail
            return Attempt(None)
        return attempt(self.provider.ask)


class OtherServices(Journey, expected=1.0):
    """The services that the health answer speaks of and that no member needs are asked directly."""

    health = uses(HealthEndpoint, "services.others")

    @step(deadline=120)
    def asked(self) -> dict[str, Attempt]:
        """Asks each that is declared, by its capability."""
        return {each: attempt(partial(self.health.ask_service, each)) for each in self.health.other_services}
