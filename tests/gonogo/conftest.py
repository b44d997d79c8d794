"""What the tests of the fixtures share."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from base.waiting import until
from gonogo.plugin import options


def pytest_configure(config: pytest.Config) -> None:
    """The marks of checks are those that a run registers."""
    options.register_marks(config)


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """A run that concludes hears no Ctrl-C any more; whoever plays the tests is heard."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds, and says so when it does not."""

    def wait(holds: Callable[[], bool]) -> None:
        until(holds, bool, within=30, what="what the test waits for")

    return wait
