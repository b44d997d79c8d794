"""The stage: everything that journeys may ask of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from base.tools import axe, chosen_chromium, toolchain
from base.waiting import pause, until
from clients.browser.assets import Asset, media_type
from clients.browser.chromium import Chromium, Device
from clients.browser.pages import Inspector
from clients.errors import Overdue
from clients.health import Distribution, Health, read, sample
from clients.identity.better_auth import BetterAuth
from clients.identity.members import Member
from clients.identity.social import Authorization, ConsentPage
from clients.mail.mails import Mail
from clients.mail.resend import Resend
from clients.platforms.cloudflare import API, CloudflareWorker
from clients.storage.objects import AppObjects, Presigned
from clients.storage.s3 import S3Objects
from clients.wire.answers import expect, retry_after
from clients.wire.attempts import LIMITED, Attempt, attempt
from clients.wire.cookies import Cookie, put
from clients.wire.crowd import Readings, read_together
from clients.wire.looks import Admission
from clients.wire.network import parse_connect
from clients.wire.origin import Origin
from clients.wire.tls import Handshake, shake_hands
from environments import Tier
from fixtures.people import People, Person
from fixtures.residue import Residue
from fixtures.wiring import Wiring, access_to
from gonogo.plugin.declared import Declared
from gonogo.plugin.distribution import group_of
from gonogo.plugin.progress import PROGRESS, Progress
from gonogo.plugin.selection import journeys_of_item, not_applicable
from gonogo.run.gate import WIRING
from gonogo.run.state import FIGURES, KEPT, TEMPORARY, WRANGLER_HOME, Role, Run, run_of
from gonogo.run.versions import read_versions
from journeys import Journey, Scheduler

if TYPE_CHECKING:
    from clients.browser.browsing import Browsing

STAGE: pytest.StashKey[Stage] = pytest.StashKey()
_BEGUN: pytest.StashKey[set[str]] = pytest.StashKey()


class Stage(Declared):
    """The run, as journeys see it (the types they see are in ``suites/stage.py``)."""

    def __init__(self, run: Run, wiring: Wiring, scheduler: Scheduler, *, worker: int = 0, workers: int = 1) -> None:
        super().__init__(run)
        self._wiring, self.scheduler = wiring, scheduler
        self._started = datetime.fromtimestamp(run.started, UTC)
        self._people = People(run.environment, wiring, worker=worker, workers=workers)
        self.residue = Residue(run.out / "residue.jsonl", run.environment, self._people, run.secrets.redact)
        self.origin = Origin.of(run.environment.origin, run.environment.hosts)
        self._chromium: Chromium | None = None
        self._deployments: CloudflareWorker | None = None
        scheduler.stage = self
        scheduler.on_cancel(wiring.close)

    @property
    def standing(self) -> Member | None:
        auth = self._environment.auth
        if not (auth and auth.standing):
            return None
        member = Member("standing account", auth.standing.email.reveal(), auth.standing.password.reveal())
        self.residue.account(member, created=False)
        return member

    # --- people ---

    def visitor(self, role: str) -> Person:
        return self._people.visitor(role)

    def returning(self, member: Member, cookies: Sequence[Cookie] = (), *, origin: str | None = None, elsewhere: bool = False) -> Person:
        return self._people.returning(member, cookies, origin=origin, elsewhere=elsewhere)

    def account(self, member: Member, *, in_browser: bool = False, elsewhere: bool = False) -> None:
        if in_browser:
            self._wiring.spending.account()
        if elsewhere:
            self._wiring.spending.account_elsewhere()
        if self._environment.tier is Tier.PRODUCTION:
            raise PermissionError("accounts are not created where the tier is production: declare [auth.standing]")
        self.residue.account(member)

    def admissions(self) -> Sequence[Admission]:
        return [Admission(Origin.path(seen.url), seen.status, seen.elapsed) for seen in self._wiring.answered()]

    def in_vain(self) -> AbstractContextManager[None]:
        return self._wiring.spending.in_vain()

    def unpaced(self) -> AbstractContextManager[None]:
        return self._wiring.unpaced()

    def consent(self, authorization: Authorization, member: Member) -> str:
        with self._wiring.wire.client(authorization.url) as http:
            return ConsentPage(http).agree(authorization, member.name, member.email)

    def crowd(self, person: Person) -> Readings:
        member, cookies = person.member, person.cookies()

        def client(patience: float | None) -> httpx.Client:
            # What was cut is asked for again, as everywhere, and recorded; who leaves on purpose does not come back.
            http = self._wiring.wire.client(self.origin.url, retries=0 if patience else None, timeout=patience)
            put(http, cookies, self.origin.url)
            return http

        def read(http: httpx.Client) -> str:
            session = BetterAuth(http, self.email.base).session()
            if not cookies:
                return "" if session is None else "a visitor has a session"
            return "" if session and session.email == member.email else "the session is empty or somebody else's"

        return read_together(
            client,
            read,
            lambda http: BetterAuth(http, self.email.base).session(),
            after_another=20,
            side_by_side=20,
            giving_up=6,
            patience=0.004,
        )

    def device(self, person: Person) -> None:
        self.residue.device(person)

    def gone(self, member: Member) -> None:
        self.residue.gone(member)

    def object(self, member: Member, name: str) -> None:
        self._wiring.spending.object()
        self.residue.object(member, name)

    # --- the front door ---

    def read_health(self) -> Health:
        with self._wiring.wire.client(self.origin.url) as http:
            return read(http, self.health.path)

    def sample_health(self) -> Distribution:
        terms = self.health
        return sample(
            lambda: self._wiring.wire.client(self.origin.url),
            terms.path,
            requests=terms.requests,
            at_once=terms.at_once,
            cancelled=self._wiring.wire.closed,
        )

    def handshake(self, version: str | None = None) -> Handshake:
        environment = self._environment
        return shake_hands(
            environment.host,
            connect=parse_connect(environment.connect) if environment.connect else None,
            ca=Path(environment.ca) if environment.ca else None,
            only=version,
        )

    def page_headers(self, path: str) -> Mapping[str, str]:
        with self._wiring.wire.client(self.origin.url) as http:
            return {name.lower(): value for name, value in expect(http.get(path), 200, 301, 302, 303, 307, 308).headers.items()}

    def served_versions(self) -> list[str]:
        return read_versions(self._environment, self._wiring, self.rollback.fresh_connections)

    def await_served(self, version_id: str) -> None:
        terms = self.rollback
        until(
            self.served_versions,
            lambda seen: set(seen) == {version_id},
            within=terms.serve_within_seconds,
            what=f"version {version_id} on {terms.fresh_connections} consecutive fresh connections",
            cancelled=self._wiring.wire.closed,
        )

    # --- mail ---

    def mailbox(self) -> Resend:
        http = self._wiring.wire.client(self.delivery.api)
        return Resend(http, self.delivery.key.reveal(), cancelled=self._wiring.wire.closed)

    def mail_to(self, member: Member, subject: str) -> Mail:
        mailbox, within = self.mailbox(), self.delivery.within_seconds
        try:
            return mailbox.await_mail(member.email, self._started, within=within, accept=lambda mail: mail.subject == subject)
        except Overdue as overdue:
            seen = [mail.subject for mail in mailbox.for_recipient(member.email, self._started, full=False)]
            last = f"mails with the subject {', '.join(map(repr, seen))}" if seen else "no mail at all"
            raise Overdue(f"the mail {subject!r} to {member.email}", within, overdue.attempts, last) from None

    def mail_again(self, member: Member, subject: str, *, but: Mail) -> Mail:
        within = self.delivery.within_seconds
        return self.mailbox().await_mail(
            member.email, self._started, within=within, accept=lambda m: m.subject == subject and m.id != but.id
        )

    def mails_to(self, member: Member) -> Sequence[Mail]:
        return self.mailbox().for_recipient(member.email, self._started)

    def settled(self, mail: Mail) -> Mail:
        return self.mailbox().await_end(mail.id, within=self.delivery.within_seconds)

    # --- objects ---

    def bucket(self) -> S3Objects:
        assert self._environment.storage
        s3 = self._environment.storage.s3
        assert s3
        http = self._wiring.wire.client(s3.endpoint, retries=0)
        return S3Objects(http, s3.endpoint, s3.bucket, s3.access_key_id.reveal(), s3.secret_access_key.reveal())

    def anonymous_object(self, key: str) -> Attempt:
        assert self._environment.storage
        s3 = self._environment.storage.s3
        assert s3
        with self._wiring.wire.client(s3.endpoint) as http:
            return attempt(lambda: expect(http.get(f"{s3.endpoint}/{s3.bucket}/{quote(key)}")))

    def upload(self, ticket: Presigned, data: bytes, content_type: str) -> None:
        with self._wiring.wire.client(ticket.url, retries=0) as http:
            AppObjects(http).upload_presigned(ticket, data, http=http, headers={**ticket.headers, "content-type": content_type})

    # --- browser and platform ---

    @contextmanager
    def turn(self, path: str) -> Iterator[None]:
        url = f"{self.origin.url}{self.email.base}{path}"
        self._wiring.pacer.before("POST", url)
        try:
            yield
        finally:
            self._wiring.pacer.after("POST", url)

    def browser(self, device: Device = Device.DESKTOP) -> AbstractContextManager[Browsing]:
        if self._chromium is None:
            environment = self._environment
            self._chromium = Chromium(
                chosen_chromium(),
                connect=environment.connect,
                ca=Path(environment.ca) if environment.ca else None,
                hosts=tuple(environment.hosts),
                redactor=self._wiring.wire.redactor,
                access=access_to(environment, self._run.override),
                answered=self._wiring.answered_in_browser,
                repeated=self._wiring.repeated_in_browser,
                timeout=20,
                home=self._run.out / TEMPORARY / "home",
            )
            self.scheduler.on_cancel(self._chromium.interrupt)
        return self._chromium.open(self.origin.url, device)

    def inspector(self) -> Inspector:
        return Inspector(axe())

    def asset(self, url: str) -> Asset:
        with self._wiring.wire.client(self.origin.url) as http:
            response = http.get(url)
        return Asset(url, response.status_code, media_type(response.headers.get("content-type", "")), response.text)

    def deployments(self) -> CloudflareWorker:
        if self._deployments is None:
            self._deployments = self._worker_on_cloudflare()
        return self._deployments

    def _worker_on_cloudflare(self) -> CloudflareWorker:
        terms, tools = self.rollback, toolchain()
        home = self._run.out / WRANGLER_HOME
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return CloudflareWorker(
            terms.worker,
            wrangler=[str(tools.node), str(tools.wrangler)],
            account_id=terms.account.reveal(),
            token=terms.token.reveal(),
            home=home,
            api=terms.api.reveal() if terms.api else API,
            cancelled=self._wiring.wire.closed,
        )

    def guard(self, version_id: str) -> AbstractContextManager[None]:
        from gonogo.run.guard import guard  # with the drill only

        return guard(self._run, self.rollback, version_id)

    def kept(self, name: str) -> Path:
        return self._run.out / KEPT / name

    def figure(self, text: str) -> None:
        with (self._run.out / FIGURES).open("a", encoding="utf-8") as figures:
            figures.write(" ".join(text.split()) + "\n")

    def pause(self, seconds: float) -> None:
        pause(seconds, self._wiring.wire.closed)

    def wait_out(self, headers: Mapping[str, str]) -> None:
        said = retry_after(httpx.Response(LIMITED, headers=dict(headers)))
        self.pause(min(60.0, 10.0 if said is None else said) + 0.5)


def begin(session: pytest.Session, run: Run) -> None:
    """Raises the curtain: journeys that the selected checks need start together, ahead of the first check."""
    config = session.config
    progress = config.stash.setdefault(PROGRESS, Progress(config))
    scheduler = Scheduler(deadline=run.environment.limits.run_seconds, progress=progress.step)
    index, count = _worker(config)
    config.stash[STAGE] = Stage(run, config.stash[WIRING], scheduler, worker=index, workers=count)
    if run.role is not Role.WORKER:
        scheduler.start(_needed(session.items, run))


def _needed(items: Iterable[pytest.Item], run: Run) -> list[type[Journey]]:
    return list(dict.fromkeys(journey for item in items if not_applicable(item, run) is None for journey in journeys_of_item(item)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In a worker, the first check of a group starts the group's journeys together: no other worker plays them."""
    run, group = run_of(item.config), group_of(item)
    if run is None or run.role is not Role.WORKER or group is None or group in item.config.stash.setdefault(_BEGUN, set()):
        return
    item.config.stash[_BEGUN].add(group)
    item.config.stash[STAGE].scheduler.start(_needed((other for other in item.session.items if group_of(other) == group), run))


def _worker(config: pytest.Config) -> tuple[int, int]:
    given = getattr(config, "workerinput", None)
    return (int(given["workerid"].removeprefix("gw")), int(given["workercount"])) if given else (0, 1)


@pytest.fixture(scope="session")
def stage(pytestconfig: pytest.Config) -> Stage:
    """The stage of this process."""
    return pytestconfig.stash[STAGE]
