"""What the tests of the fixtures share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from base.waiting import until
from gonogo.plugin import options


def pytest_configure(config: pytest.Config) -> None:
    """The marks of checks are those that a run registers."""
    options.register_marks(config)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds, and says so when it does not."""

    def wait(holds: Callable[[], bool]) -> None:
        until(holds, bool, within=30, what="what the test waits for")

    return wait
