"""What a platform has to offer: for a rollback drill, and for a promotion as far as it can. In words of no platform."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, ClassVar, Protocol, Self

from clients.errors import Unsupported
from clients.platforms.bindings import Bound, Planned


@dataclass(frozen=True)
class Share:
    """A version's share of the traffic, in percent."""

    version_id: str
    percentage: float


@dataclass(frozen=True)
class Release:
    """One deployment: which versions were put live together, when and why. Its id is not a version's id.

    ``message`` is the one that it was made with, whole up to 100 bytes: a drill's is its mark (:mod:`clients.platforms.drill_mark`).
    """

    id: str
    shares: tuple[Share, ...]
    created: datetime
    source: str = ""
    author: str = ""
    message: str = ""

    @property
    def version_ids(self) -> tuple[str, ...]:
        return tuple(share.version_id for share in self.shares)

    @property
    def sole(self) -> str | None:
        """The version that has all of the traffic; ``None`` while it is split."""
        return self.shares[0].version_id if len(self.shares) == 1 and self.shares[0].percentage == 100 else None

    def beside(self, version_id: str, live: str) -> bool:
        """Whether ``live`` has all of the traffic, and ``version_id`` stands beside it with none."""
        return {(share.version_id, share.percentage) for share in self.shares} == {(version_id, 0), (live, 100)}

    @property
    def shown(self) -> str:
        """What is live, for people."""
        return ", ".join(f"{share.version_id} {share.percentage:g} %" for share in self.shares)


@dataclass(frozen=True)
class Version:
    """An uploaded version: immutable. ``secrets`` are the names bound to it, ``None`` where the platform was not asked for them.

    ``bound`` is what it finds in its environment, ``None`` where the platform does not say it.
    """

    id: str
    created: datetime
    number: int | None = None
    source: str = ""
    tag: str = ""
    message: str = ""
    secrets: frozenset[str] | None = field(default=None)
    bound: Bound | None = None


@dataclass(frozen=True)
class Setting:
    """Something that a platform has to be told besides the name of the service.

    ``key`` is its key in ``[deploy.rollback]``, where the file names a variable that holds it; ``variable`` is where whoever promotes has
    it in the process: who verifies must not need what may promote.
    """

    key: str
    variable: str
    required: bool = True


@dataclass(frozen=True)
class Configuration:
    """The platform's own configuration file for an upload, read by whoever hands it in."""

    path: Path
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Upload:
    """What a new version is made of.

    ``artifact`` is a file or a folder, ``main`` the module in a folder that the service starts with; the version carries ``message`` and
    ``tag``. ``environment`` names the part of the configuration that is put live, where it has several. ``variables`` are plain text, on
    top of those of the configuration: no place for secrets.
    """

    artifact: Path
    message: str
    configuration: Configuration | None = None
    environment: str | None = None
    main: str | None = None
    tag: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tooling:
    """How a platform is asked, and with what.

    ``home`` is a private folder for what its tool keeps, ``timeout`` the seconds for one question; ``cancelled`` is set when the run is
    interrupted, and whatever is under way ends then; ``started`` is told the process id of each tool that is started.
    """

    home: Path
    timeout: float = 60
    cancelled: Event | None = None
    started: Callable[[int], None] | None = None


class Deployments(Protocol):
    """The deployments of one service.

    Every method raises :class:`~clients.errors.DeploymentRefused` when the platform says no,
    :class:`~clients.errors.Unreachable` when it does not answer, :class:`~clients.errors.PlatformMalformed` when the answer cannot be
    read, :class:`~clients.errors.Cancelled` after an interrupt. What is no version id raises ValueError before the platform is asked.
    """

    @abstractmethod
    def current(self) -> Release:
        """What is live now."""
        ...

    @abstractmethod
    def history(self) -> tuple[Release, ...]:
        """The latest deployments, newest first."""
        ...

    @abstractmethod
    def versions(self) -> tuple[Version, ...]:
        """The latest versions, newest first."""
        ...

    @abstractmethod
    def version(self, version_id: str) -> Version:
        """One version with its details."""
        ...

    @abstractmethod
    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        """Put an earlier version live by the platform's rollback; returns what is live then.

        :raises SecretsDiffer: where secrets go back with the version, unless ``secrets_may_change``.
        """
        ...

    @abstractmethod
    def deploy(self, version_id: str, message: str) -> Release:
        """Put a version live at 100 %; returns what is live then. Raises SecretsDiffer where that would change secrets."""
        ...


class Platform(Deployments):
    """One service on a platform. A platform is one such class in a module of its own beside this one: nothing else lists it.

    What only a promotion asks for (:meth:`planned`, :meth:`upload`, :meth:`deploy_beside`, :meth:`override`) it may leave as it is here:
    the command then says that this platform cannot do it, or goes without a plan.
    """

    name: ClassVar[str]
    """What ``platform`` in an environment's file calls it."""
    settings: ClassVar[tuple[Setting, ...]]
    """What it has to be told."""
    version_ids: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
    """What the id of a version looks like."""
    service: str
    """The service's name there."""

    @classmethod
    @abstractmethod
    def open(cls, service: str, settings: Mapping[str, str], tooling: Tooling) -> Self:
        """The client for a service, with ``settings`` by their keys: those that are required are there.

        It asks nobody yet. Raises Unavailable when this machine lacks the platform's tool.
        """
        ...

    def planned(self, wanted: Upload) -> Planned | None:
        """What the version of such an upload would be bound to, found out before anything is uploaded; None where that cannot be said.

        :raises Misconfigured: as :meth:`upload` does.
        """
        del wanted
        return None

    def upload(self, wanted: Upload) -> Version:
        """Upload exactly this artifact as a new version without traffic.

        :raises Misconfigured: when the version would consist of anything else; nothing is uploaded then.
        :raises Unsupported: where the platform makes versions in another way.
        """
        raise self._unsupported(f"take {wanted.artifact.name} as a version without traffic")

    def deploy_beside(self, version_id: str, live: str, message: str) -> Release:
        """Give a version none of the traffic, beside the live one: it answers whoever asks with :meth:`override`, and nobody else.

        :raises Unsupported: where a version without traffic cannot be asked for.
        """
        del message
        raise self._unsupported(f"put {version_id} beside {live}")

    @classmethod
    def override(cls, service: str, version_id: str) -> Mapping[str, str] | None:
        """Request headers that ask for one version of a service; None where the platform has no such thing.

        One that cannot be honoured may be ignored: read what answered.
        """
        del service, version_id
        return None

    @classmethod
    def explicit(cls, version_id: str) -> str:
        """The id itself. Raises ValueError for what is none: without an explicit id a platform would choose one."""
        if not cls.version_ids.fullmatch(version_id):
            raise ValueError(f"{version_id[:80]!r} is not a version id; record one with current() or history() first")
        return version_id

    def _unsupported(self, what: str) -> Unsupported:
        return Unsupported(f"the platform {self.name} cannot {what}: {self.service} has to be promoted in another way")


def previous_version(history: Iterable[Release], current: str) -> str | None:
    """The newest version other than ``current`` that once had all of the traffic; ``None`` when the history holds none."""
    return next((release.sole for release in history if release.sole not in (None, current)), None)
