"""A Worker of the team's, looked at and switched through the platform's API: wrangler would take a second for each look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clients.platforms.base import Release, Share
from sandbox import Connection
from sandbox.control import ask


@dataclass(frozen=True)
class Worker:
    """One Worker, by its script's name."""

    name: str
    connection: Connection

    @property
    def current(self) -> Release:
        """What is live now."""
        return self.history[0]

    @property
    def live(self) -> str:
        """The version that is live, alone."""
        live = self.current.sole
        assert live is not None, f"the traffic of {self.name} is split: {self.current.shown}"
        return live

    @property
    def history(self) -> list[Release]:
        """Its deployments, newest first."""
        return [_release(entry) for entry in self._asked("GET", "deployments")["deployments"]]

    @property
    def versions(self) -> list[str]:
        """The ids of its versions, newest first."""
        return [entry["id"] for entry in self._asked("GET", "versions?deployable=true")["items"]]

    def other_than(self, *versions: str) -> str:
        """The newest version that is none of these."""
        return next(version for version in self.versions if version not in versions)

    def message(self, version: str) -> str:
        """What a version says it was uploaded from."""
        return str(self._asked("GET", f"versions/{version}")["annotations"]["workers/message"])

    def deploy(self, version: str, message: str) -> Release:
        """Gives a version all of the traffic."""
        return self._deployed({version: 100}, message)

    def deploy_beside(self, version: str, live: str, message: str) -> Release:
        """Puts a version beside the live one, with none of the traffic."""
        return self._deployed({version: 0, live: 100}, message)

    def _deployed(self, shares: dict[str, int], message: str) -> Release:
        versions = [{"version_id": version, "percentage": share} for version, share in shares.items()]
        body = {"strategy": "percentage", "versions": versions, "annotations": {"workers/message": message}}
        return _release(self._asked("POST", "deployments", body))

    def _asked(self, method: str, path: str, body: object = None) -> Any:
        account = self.connection.variables["CLOUDFLARE_ACCOUNT_ID"]
        status, content = ask(self.connection, method, f"/client/v4/accounts/{account}/workers/scripts/{self.name}/{path}", body)
        assert status == 200, f"{method} {path} of {self.name} -> {status}: {content}"
        return content["result"]


def _release(entry: dict[str, Any]) -> Release:
    shares = tuple(Share(share["version_id"], share["percentage"]) for share in entry["versions"])
    return Release(entry["id"], shares, datetime.fromisoformat(entry["created_on"]))
