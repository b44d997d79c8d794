"""Identity: who can be a member of a deployment, and how they get in. One port, a module for each way.

A way in is a class of :class:`Identity`, with the capability that declares it; :mod:`clients.identity.registry` finds it by walking this
package. Suites over members, files, isolation and pages speak to this port alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import httpx

from base.passwords import new_password
from clients.creating import creates
from clients.errors import Unavailable
from clients.identity.members import Member
from clients.mail.mails import Mail
from clients.wire.cookies import Cookie
from clients.wire.observed import ObservedResponse, observe

LONGEST_PASSWORD = 128
"""Characters of a password where nothing else is declared."""
Inbox = Callable[[str, Callable[[], object]], Mail]
"""Does something that causes a mail, and reads it: ``inbox("reset", ask)``. The word is the kind of mail, as [mail.delivery] names its
subject."""


class Letters(Protocol):
    """The mails to one address, for whoever signs in by them."""

    def turn(self) -> AbstractContextManager[object]:
        """Nobody else asks for a mail to this address meanwhile: another one would make the last one void, or be taken for it."""

    def after(self, subject: str, ask: Callable[[], object]) -> Mail:
        """Does something that causes a mail, and reads the one that comes then. ``{code}`` stands for a code in the subject, and no
        subject for any. Raises Overdue."""


class _NoLetters:
    def turn(self) -> AbstractContextManager[object]:
        return nullcontext()

    def after(self, subject: str, ask: Callable[[], object]) -> Mail:
        del subject, ask
        raise Unavailable("nobody reads the mail here: that needs [mail.delivery]")


@dataclass(frozen=True)
class Limit:
    """One of the deployment's own rate limits: so many requests to each of these paths (a trailing * matches the rest), then none for
    ``window`` seconds."""

    paths: tuple[str, ...]
    max: int
    window: float


@dataclass(frozen=True)
class Paths:
    """Where the deployment takes what people send to come in; empty for what it has not got."""

    sign_in: str
    session: str
    sign_up: str = ""


@dataclass(frozen=True)
class Ending:
    """A request that ends the session it is sent with; with ``account``, it takes the account from whoever else uses it: another password,
    the end of all sessions, deletion."""

    method: str
    path: str
    account: bool = False


@dataclass(frozen=True)
class Kept:
    """What keeps somebody signed in: cookies, or headers that go with every request. Shown in no representation."""

    cookies: tuple[Cookie, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Kept({len(self.cookies)} cookies, {len(self.headers)} headers)"


class Person(ABC):
    """Somebody on one device. What keeps them signed in lives in ``http``: every client over it acts as this person.

    Methods raise :class:`~clients.errors.Refusal` when the deployment says no, :class:`~clients.errors.Malformed` when the answer is not
    what it promises, :class:`~clients.errors.Unreachable` when none comes.
    """

    further: Mapping[str, object] = MappingProxyType({})
    """What this person sends along when signing up, beside who they are: what the file says that newcomers send."""
    letters: Letters = _NoLetters()
    """The mails to this person, where they can be read."""

    def __init__(self, member: Member, http: httpx.Client) -> None:
        self.member, self.http = member, http

    @creates
    @abstractmethod
    def sign_up(self) -> object:
        """Create the account. Returns the answer, as far as it is understood."""

    def confirm(self, link: str) -> str:
        """Open the mailed link that confirms the address; returns where it ends."""
        raise Unavailable(f"nobody confirms an address here, and a link came: {link.partition('?')[0]}")

    @abstractmethod
    def sign_in(self) -> object:
        """Sign in, with the member's own password. Returns the answer, as far as it is understood."""

    @abstractmethod
    def whoami(self) -> str | None:
        """The e-mail address of whoever is signed in here; None when nobody is."""

    @abstractmethod
    def sign_out(self) -> None:
        """End the session."""

    def delete(self) -> None:
        """Delete the account of whoever is signed in here."""
        raise Unavailable("accounts cannot be deleted here")

    @abstractmethod
    def kept(self) -> Kept:
        """What keeps this person signed in here."""

    @abstractmethod
    def bring(self, kept: Kept) -> None:
        """Show up with what another device has kept."""

    def marks(self) -> tuple[str, ...]:
        """What tells this member from others where it stands in an answer."""
        return (self.member.email,)

    def cookies(self) -> list[Cookie]:
        """A copy of the cookies kept so far."""
        return list(self.kept().cookies)

    def look(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> ObservedResponse:
        """One look at a page or an answer, as this person."""
        return observe(self.http, path, method, headers)


class Identity(ABC):
    """One way in. ``settings`` is its section of the environment file."""

    capability: ClassVar[str]
    by_mail: ClassVar[bool] = False
    """Whether each sign-in is by a mail, and the first one makes the account."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @property
    @abstractmethod
    def paths(self) -> Paths:
        """Where people come in."""

    @abstractmethod
    def person(self, member: Member, http: httpx.Client) -> Person:
        """Somebody on a device of their own."""

    def signs_in_as(self, member: Member) -> str:
        """What a member writes into the first field of a sign-in form: the address, or a user name."""
        return member.email

    @property
    def confirms(self) -> bool:
        """Whether signing in is refused until a mailed link was followed."""
        return False

    @property
    def follows_links(self) -> bool:
        """Whether a mailed link can be followed, also where signing in does not wait for that."""
        return self.confirms

    @property
    def deletes(self) -> bool:
        """Whether a member can delete the account."""
        return False

    @property
    def recovers(self) -> bool:
        """Whether there is a way into an account whose password nobody has."""
        return False

    @property
    def needs_to_sweep(self) -> str:
        """What the file has to declare before accounts of earlier runs can be removed."""
        return f"[{self.capability}] has no way into an account whose password nobody knows"

    def new_password(self) -> str:
        """One that nobody has used before, within the bounds that the section declares, if it does."""
        bounds = (getattr(self.settings, name, None) for name in ("shortest_password", "longest_password"))
        shortest, longest = bounds
        return new_password(shortest or 0, longest or LONGEST_PASSWORD)

    @property
    def standing(self) -> Sequence[Member]:
        """Members who are there already."""
        return ()

    @property
    def secret_fields(self) -> Sequence[str]:
        """Dotted paths of secrets in what is sent and answered here, where their names do not say that they are: evidence hides them."""
        return ()

    @property
    def endings(self) -> Sequence[Ending]:
        """What is refused where it would be sent as somebody whom several journeys share."""
        return ()

    @property
    def limits(self) -> Sequence[Limit]:
        """The deployment's own rate limits for what goes through this port."""
        return tuple(Limit(tuple(f"{self.base}{path}" for path in rule.paths), rule.max, rule.window) for rule in self.settings.limits)

    @property
    def base(self) -> str:
        """What the paths of limits stand below."""
        return ""

    def costs(self) -> Mapping[str, Mapping[str, int]]:
        """What a POST to a path costs beside the request: ``{"/sign-up": {"accounts": 1, "mails": 1}}``."""
        paths = self.paths
        coming = {"sign_ups": 1, "accounts": 1, "mails": 1 if self.confirms else 0}
        return {**({paths.sign_up: coming} if paths.sign_up else {}), paths.sign_in: {"sign_ins": 1}}

    def recover(self, person: Person, inbox: Inbox) -> Member:
        """Get into an account whose password nobody has, and return it with a new one. ``person`` is signed in then."""
        del inbox
        raise Unavailable(f"there is no way into the account of {person.member.email} without its password")
