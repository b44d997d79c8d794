"""What a platform has to offer for a rollback drill, in words of no platform."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Share:
    """A version's share of the traffic, in percent."""

    version_id: str
    percentage: float


@dataclass(frozen=True)
class Release:
    """One deployment: which versions were put live together, when and why. Its id is not a version's id."""

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
    """An uploaded version: immutable. ``secrets`` are the names bound to it, ``None`` where the platform was not asked for them."""

    id: str
    created: datetime
    number: int | None = None
    source: str = ""
    tag: str = ""
    message: str = ""
    secrets: frozenset[str] | None = field(default=None)


class Deployments(Protocol):
    """The deployments of one service.

    Every method raises :class:`~clients.errors.DeploymentRefused` when the platform says no,
    :class:`~clients.errors.Unreachable` when it does not answer, :class:`~clients.errors.Malformed` when the answer cannot be read,
    :class:`~clients.errors.Overdue` after its time-out, :class:`~clients.errors.Cancelled` after an interrupt.
    """

    def current(self) -> Release:
        """What is live now."""
        ...

    def history(self) -> tuple[Release, ...]:
        """The latest deployments, newest first."""
        ...

    def versions(self) -> tuple[Version, ...]:
        """The latest versions, newest first."""
        ...

    def version(self, version_id: str) -> Version:
        """One version with its details."""
        ...

    def roll_back(self, version_id: str, message: str) -> Release:
        """Put an earlier version live by the platform's rollback; returns what is live then."""
        ...

    def deploy(self, version_id: str, message: str) -> Release:
        """Put a version live at 100 %; returns what is live then."""
        ...


def previous_version(history: Iterable[Release], current: str) -> str | None:
    """The newest version other than ``current`` that once had all of the traffic; ``None`` when the history holds none."""
    return next((release.sole for release in history if release.sole not in (None, current)), None)
