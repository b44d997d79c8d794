"""What a journey may ask of the run. ``fixtures`` builds it; journeys see these types only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clients.browser.assets import Asset
from clients.browser.chromium import Device
from clients.browser.pages import Inspector
from clients.health import Distribution, Health
from clients.identity.better_auth import BetterAuth
from clients.identity.members import Member
from clients.identity.social import Authorization
from clients.mail.mails import Mail
from clients.mail.resend import Resend
from clients.platforms.base import Deployments
from clients.storage.objects import AppObjects, Presigned
from clients.storage.s3 import S3Objects
from clients.wire.attempts import Attempt
from clients.wire.cookies import Cookie
from clients.wire.crowd import Readings
from clients.wire.looks import Admission, Look
from clients.wire.origin import Origin
from clients.wire.tls import Handshake

if TYPE_CHECKING:
    from clients.browser.browsing import Browsing


class EmailTerms(Protocol):
    """[auth.email], as far as journeys need it."""

    @property
    def verification(self) -> bool: ...
    @property
    def landing(self) -> str: ...
    @property
    def reset_page(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def duplicates(self) -> str: ...
    @property
    def shortest_password(self) -> int: ...
    @property
    def longest_password(self) -> int: ...
    @property
    def session_days(self) -> float: ...
    @property
    def personal(self) -> Sequence[str]: ...


class JwtTerms(Protocol):
    """[auth.jwt]"""

    @property
    def token(self) -> str: ...
    @property
    def keys(self) -> str: ...
    @property
    def issuer(self) -> str | None: ...
    @property
    def audience(self) -> str | None: ...
    @property
    def minutes(self) -> float: ...


class ProviderTerms(Protocol):
    """[auth.oauth.github] and its like"""

    @property
    def client_id(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str]: ...


class OAuthTerms(Protocol):
    """[auth.oauth]"""

    @property
    def callback(self) -> str: ...
    @property
    def providers(self) -> Mapping[str, ProviderTerms]: ...


class CorsTerms(Protocol):
    """[auth.cors]"""

    @property
    def origins(self) -> Sequence[str]: ...


class HealthTerms(Protocol):
    """[health]"""

    @property
    def path(self) -> str: ...
    @property
    def expect(self) -> Mapping[str, str | bool | int]: ...
    @property
    def present(self) -> Sequence[str]: ...
    @property
    def services(self) -> Mapping[str, str]: ...
    @property
    def up(self) -> Sequence[str]: ...
    @property
    def requests(self) -> int: ...
    @property
    def at_once(self) -> int: ...
    @property
    def p95_ms(self) -> int: ...
    @property
    def error_percent(self) -> float: ...


class ObjectTerms(Protocol):
    """[storage.objects]"""

    @property
    def overwrite_seconds(self) -> float: ...
    @property
    def max_bytes(self) -> int | None: ...


class DeliveryTerms(Protocol):
    """[mail.delivery]"""

    @property
    def sender(self) -> str: ...
    @property
    def confirmation(self) -> str: ...
    @property
    def reset(self) -> str: ...
    @property
    def within_seconds(self) -> int: ...
    @property
    def settle_seconds(self) -> float: ...


class RollbackTerms(Protocol):
    """[deploy.rollback]"""

    @property
    def serve_within_seconds(self) -> int: ...
    @property
    def fresh_connections(self) -> int: ...


class LabelTerms(Protocol):
    """[browser.labels]"""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def create_account(self) -> str: ...
    @property
    def sign_in(self) -> str: ...
    @property
    def sign_out(self) -> str: ...
    @property
    def upload(self) -> str: ...


class BrowserTerms(Protocol):
    """[browser]"""

    @property
    def home(self) -> str: ...
    @property
    def sign_up(self) -> str: ...
    @property
    def sign_in(self) -> str: ...
    @property
    def files(self) -> str | None: ...
    @property
    def hosts(self) -> Sequence[str]: ...
    @property
    def labels(self) -> LabelTerms: ...


class Actor(Protocol):
    """Somebody who uses the deployment: a cookie jar, an address, and the clients over them."""

    @property
    def member(self) -> Member: ...
    @property
    def auth(self) -> BetterAuth: ...
    @property
    def files(self) -> AppObjects: ...

    def cookies(self) -> list[Cookie]:
        """A copy of the cookies kept so far."""

    def look(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Look:
        """One look at a page or an answer, as this person."""


class Stage(Protocol):
    """The run, as journeys see it."""

    @property
    def origin(self) -> Origin: ...
    @property
    def health(self) -> HealthTerms: ...
    @property
    def email(self) -> EmailTerms: ...
    @property
    def jwt(self) -> JwtTerms: ...
    @property
    def oauth(self) -> OAuthTerms: ...
    @property
    def cors(self) -> CorsTerms: ...
    @property
    def objects(self) -> ObjectTerms: ...
    @property
    def delivery(self) -> DeliveryTerms: ...
    @property
    def rollback(self) -> RollbackTerms: ...
    @property
    def browsing(self) -> BrowserTerms: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def run_id(self) -> str: ...
    @property
    def keeps_files(self) -> bool:
        """Whether [storage.objects] is declared."""

    @property
    def has_members(self) -> bool:
        """Whether [auth.email] is declared."""

    @property
    def has_pages(self) -> bool:
        """Whether [browser] is declared."""

    @property
    def reads_bucket(self) -> bool:
        """Whether [storage.s3] is declared: what the bucket holds can be looked at past the app."""

    @property
    def thorough(self) -> bool:
        """Depth nightly: more examples."""

    @property
    def standing(self) -> Member | None:
        """The account that exists, where accounts are not created."""

    def visitor(self, role: str) -> Actor:
        """Somebody new, with an address, a name and a password of their own."""

    def returning(self, member: Member, cookies: Sequence[Cookie] = (), *, origin: str | None = None, elsewhere: bool = False) -> Actor:
        """The same person on another device. ``cookies`` are what the device kept, ``origin`` is the page it speaks from, and
        ``elsewhere`` connects from another address, where the environment declares several."""

    def read_health(self) -> Health: ...
    def sample_health(self) -> Distribution: ...
    def handshake(self, version: str | None = None) -> Handshake:
        """A TLS handshake with the origin; ``version`` offers only that one."""

    def page_headers(self, path: str) -> Mapping[str, str]: ...
    def mailbox(self) -> Resend: ...
    def mail_to(self, member: Member, subject: str) -> Mail:
        """The mail with that subject, as soon as the provider has it. Raises Overdue."""

    def mails_to(self, member: Member) -> Sequence[Mail]:
        """Every mail of this run to that person."""

    def settled(self, mail: Mail) -> Mail:
        """The mail when what became of it is final. Raises Overdue."""

    def mail_again(self, member: Member, subject: str, *, but: Mail) -> Mail:
        """Another mail with that subject than the one at hand. Raises Overdue."""

    def consent(self, authorization: Authorization, member: Member) -> str:
        """On a stand-in's page, says that one is that member. Returns the address that leads back. Raises Refusal, Malformed."""

    def crowd(self, person: Actor) -> Readings:
        """Reads the person's session many times: one after another, side by side, and some that give up before the answer is there."""

    def admissions(self) -> Sequence[Admission]:
        """Every sign-up and sign-in of this process that was answered so far."""

    def in_vain(self) -> AbstractContextManager[None]:
        """What is sent in here asks for an account or a mail that must not come: it costs neither."""

    def unpaced(self) -> AbstractContextManager[None]:
        """What is sent in here does not wait for its turn under the limits: for a drill that uses one up."""

    def bucket(self) -> S3Objects: ...
    def upload(self, ticket: Presigned, data: bytes, content_type: str) -> None:
        """Uses an upload ticket, without any cookie. Raises Refusal."""

    def anonymous_object(self, key: str) -> Attempt:
        """An unsigned GET of an object."""

    def turn(self, path: str) -> AbstractContextManager[None]:
        """Waits for the turn of a request that a browser will send below the auth base, and keeps it until the answer is there."""

    def browser(self, device: Device = Device.DESKTOP) -> AbstractContextManager[Browsing]:
        """A browser of its own, in the calling thread."""

    def inspector(self) -> Inspector:
        """Looks at open pages: do they fit the screen, who is kept out. Raises Unavailable."""

    def asset(self, url: str) -> Asset:
        """An address of the deployment, asked for without a cookie; whatever the answer is, it is no refusal."""

    def deployments(self) -> Deployments: ...
    def served_versions(self) -> list[str]:
        """The version that each of the declared number of fresh connections answers with."""

    def await_served(self, version_id: str) -> None:
        """Until that version, and only that one, answers on consecutive fresh connections. Raises Overdue."""

    def guard(self, version_id: str) -> AbstractContextManager[None]:
        """Puts ``version_id`` back when the run ends inside, however it ends."""

    def kept(self, name: str) -> Path:
        """A file in the run's folder that the next run finds again: examples that failed once."""

    def figure(self, text: str) -> None:
        """A measured figure that the terminal shows at the end of the run, whatever the checks say of it."""

    def pause(self, seconds: float) -> None:
        """Waits, unless the run is cancelled."""

    def wait_out(self, headers: Mapping[str, str]) -> None:
        """Waits as long as a rate limiter asks for in the headers of its answer; ten seconds where it does not say, at most a minute."""

    def account(self, member: Member, *, in_browser: bool = False, elsewhere: bool = False) -> None:
        """Writes an account into the residue journal, before it exists; one that a browser creates, or signing in elsewhere, is counted
        here too."""

    def device(self, person: Actor) -> None:
        """Names a device that stays signed in: cleaning up needs no sign-in of its own then."""

    def gone(self, member: Member) -> None:
        """Somebody has left, and was seen to be gone: nothing of them needs to be removed."""

    def object(self, member: Member, name: str) -> None:
        """Writes an object into the residue journal, before it exists."""
