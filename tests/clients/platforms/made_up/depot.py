"""The platform Depot: a host that keeps what it serves in one file for each service, in a folder that `api` names."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from base.waiting import Overdue, until
from clients.errors import DeploymentRefused, PlatformMalformed, Unreachable
from clients.platforms.base import Platform, Release, Setting, Share, Tooling, Version

T = TypeVar("T")


class Depot(Platform):
    """One service. See :class:`clients.platforms.base.Deployments` for what the methods raise."""

    name = "depot"
    settings = (Setting("api", "DEPOT_FOLDER"),)

    def __init__(self, service: str, folder: Path, tooling: Tooling) -> None:
        self.service, self._tooling = service, tooling
        self._file, self._lock = folder / f"{service}.json", folder / f"{service}.lock"

    @classmethod
    def open(cls, service: str, settings: Mapping[str, str], tooling: Tooling) -> Self:
        """Needs no tool."""
        return cls(service, Path(settings["api"]), tooling)

    def current(self) -> Release:
        return self.history()[0]

    def history(self) -> tuple[Release, ...]:
        return self._read("releases", lambda content: tuple(_release(entry) for entry in reversed(content["releases"])))

    def versions(self) -> tuple[Version, ...]:
        return self._read("versions", lambda content: tuple(_version(entry) for entry in reversed(content["versions"])))

    def version(self, version_id: str) -> Version:
        self.explicit(version_id)
        found = next((version for version in self.versions() if version.id == version_id), None)
        if found is None:
            raise self._refused("version", "NOT_FOUND", f"there is no version {version_id}")
        return found

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        """The same as :meth:`deploy`: a version brings no secrets along, so none can change."""
        return self.deploy(version_id, message)

    def deploy(self, version_id: str, message: str) -> Release:
        self.version(version_id)
        content = self._read("releases", lambda content: content)
        entry = {"id": f"r{len(content['releases'])}", "at": datetime.now(UTC).isoformat(), "shares": {version_id: 100}, "why": message}
        try:
            self._file.write_text(json.dumps({**content, "releases": [*content["releases"], entry]}), encoding="utf-8")
        except OSError as error:
            raise self._refused("deploy", "READ_ONLY", str(error.strerror)) from error
        # Done is what is live, and not what was answered.
        live = self.current()
        if live.sole != version_id:
            raise self._refused("deploy", "NOT_LIVE", f"{version_id} was asked for, but live is {live.shown}")
        return live

    def _read(self, what: str, of: Callable[[Any], T]) -> T:
        """A part of the file, once nobody writes to it."""
        within, cancelled = self._tooling.timeout, self._tooling.cancelled
        try:
            until(self._lock.exists, lambda locked: not locked, within=within, what="the end of a change", cancelled=cancelled)
            return of(json.loads(self._file.read_text(encoding="utf-8")))
        except Overdue as overdue:
            raise Unreachable(self.name, "timeout", str(overdue)) from overdue
        except OSError as error:
            raise Unreachable(self.name, "name", f"{self._file.name} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            raise PlatformMalformed("depot", f"{what} ({self.service})", 0, f"a depot's {what}") from None

    def _refused(self, what: str, code: str, message: str) -> DeploymentRefused:
        return DeploymentRefused("depot", f"{what} ({self.service})", 1, code, message)


def _release(entry: Mapping[str, Any]) -> Release:
    shares = tuple(Share(str(version), float(share)) for version, share in entry["shares"].items())
    return Release(entry["id"], shares, datetime.fromisoformat(entry["at"]), message=entry["why"])


def _version(entry: Mapping[str, Any]) -> Version:
    return Version(entry["id"], datetime.fromisoformat(entry["at"]), message=entry["why"])
