"""One sandbox for all whole runs that attach to one and leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import BootOptions, Sandbox, boot


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that belongs to nobody's run. Whoever changes what is deployed there, or what stands in front of it, puts it back.

    Runs that boot one of their own do so because that is what they are about.
    """
    with boot(config=BootOptions(kind="test")) as running:
        yield running
