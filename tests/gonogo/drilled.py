"""A made-up platform in memory, with a clock that tests step: what is live there, who has put it there, and how it behaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clients.errors import DeploymentRefused, Trouble
from clients.platforms.base import Platform, Release, Share, Version

WANTED, SWITCHED, OTHER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc")
"""The version from before a drill, the one that the drill has switched to, and one that a person may deploy."""
BEGINNING = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """The time everywhere but where a test sets a clock wrong; `at` is what happens at a second, once."""

    seconds: float = 0.0
    at: dict[float, Callable[[], object]] = field(default_factory=dict)
    ours: float = 0.0
    """s by which this machine's clock is ahead."""

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for moment in sorted(moment for moment in self.at if moment <= self.seconds):
            self.at.pop(moment)()

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.now().timestamp()

    def now(self, _zone: object = None) -> datetime:
        return BEGINNING + timedelta(seconds=self.seconds + self.ours)

    def platform_now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.seconds)


def _unasked(*_: object, **__: object) -> Version:
    raise AssertionError("nobody asks for versions here")


class Memory(Platform):
    """Keeps releases, newest last. `failing` answers that often with 5xx; `late` is a rollback that lands that many looks later."""

    name = "memory"
    settings = ()
    service = "shop"
    open = _unasked  # type: ignore[assignment]
    versions = _unasked  # type: ignore[assignment]
    version = _unasked

    def __init__(self, clock: Clock) -> None:
        self.clock, self.releases, self.failing, self.looks = clock, list[Release](), 0, 0
        self.before_look: dict[int, Callable[[], object]] = {}
        self.failing_deploys = 0
        self.before_deploy: Callable[[], object] = lambda: None
        self.put(WANTED, "released")

    def put(self, version_id: str, message: str = "", *, ago: float = 0.0) -> None:
        """As somebody who asks nobody."""
        made = self.clock.platform_now() - timedelta(seconds=ago)
        self.releases.append(Release(f"r{len(self.releases)}", (Share(version_id, 100),), made, message=message))

    @property
    def live(self) -> str | None:
        return self.releases[-1].sole

    def current(self) -> Release:
        self.looks += 1
        self.before_look.pop(self.looks, lambda: None)()
        if self.failing:
            self.failing -= 1
            raise self._trouble("deployments status")
        return self.releases[-1]

    def history(self) -> tuple[Release, ...]:
        return tuple(reversed(self.releases))

    def deploy(self, version_id: str, message: str) -> Release:
        self.before_deploy()
        if self.failing_deploys:
            self.failing_deploys -= 1
            raise self._trouble("versions deploy")
        self.put(self.explicit(version_id), message)
        return self.releases[-1]

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        return self.deploy(version_id, message)

    def _trouble(self, what: str) -> Trouble:
        return DeploymentRefused("memory", f"{what} (shop)", 1, "", "503 Service Unavailable")
