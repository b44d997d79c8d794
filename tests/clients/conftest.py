"""What the clients' tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from clients.wire.wire import Wire
from tests.clients.servers import Server, serving

Wires = Callable[..., Wire]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Server]:
    """A TLS server that two port-less names lead to."""
    with serving(tmp_path, "staging.fm5.test", "files.fm5.test") as server:
        yield server


@pytest.fixture
def wires() -> Iterator[Wires]:
    """Makes wires, and closes them at the end of the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(Wire(**options))
