"""What the supervisor of a sandbox makes of the end of whoever started it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.reading import read
from sandbox.supervisor import Supervisor

GONE = -1
"""A parent that is nobody's."""


class Watching(Supervisor):
    """One that boots nothing; its holder is gone while it looks, and what happened before that is chosen."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, up: bool, detached: bool) -> None:
        super().__init__(
            {"state": str(folder), "run": str(folder / "run"), "kind": "up", "detached": detached, "system": read("fm5").content}
        )
        self.looks = 0
        self._up = up
        monkeypatch.setattr("sandbox.supervisor.select.select", self._select)

    def _select(self, *_: object) -> tuple[list[int], list[int], list[int]]:
        """The first look takes so long that the sandbox is up and the holder has gone; at the second, somebody says stop."""
        self.looks += 1
        self._ready, self._holder = self._up, GONE
        if self.looks == 2:
            self._stopping.set()
        return [], [], []

    def watch(self) -> int:
        """How often it has looked before it ended the sandbox."""
        self._watch()
        return self.looks

    def close(self) -> None:
        """Its pipe."""
        os.close(self._awake)
        os.close(self._wake)


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    """A supervisor under watch."""
    watching = Watching(tmp_path, monkeypatch, **request.param)
    yield watching
    watching.close()


@pytest.mark.parametrize("made", [{"up": True, "detached": True}], indirect=True)
def test_detached_sandbox_outlives_its_starter(made: Watching) -> None:
    """`up --detach` may be gone before the supervisor looks again: that was no end of the sandbox."""
    assert made.watch() == 2


@pytest.mark.parametrize(
    "made", [{"up": True, "detached": False}, {"up": False, "detached": True}], indirect=True, ids=["held", "starting"]
)
def test_sandbox_ends_with_its_holder(made: Watching) -> None:
    """One that is held, or not up yet, ends when nobody holds it any more."""
    assert made.watch() == 1


def test_end_of_the_pipe_is_the_end_of_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops a sandbox closes the pipe and lives on: the supervisor ends at once, instead of being killed for taking too long."""
    watching = Watching(tmp_path, monkeypatch, up=True, detached=False)
    looks: list[int] = []

    def select(*_: object) -> tuple[list[int], list[int], list[int]]:
        looks.append(0)
        if len(looks) == 2:
            watching._stopping.set()
        return looks[:1], [], []

    monkeypatch.setattr("sandbox.supervisor.select.select", select)
    monkeypatch.setattr("sandbox.supervisor.os.read", lambda *_: b"")
    watching._holder = os.getppid()
    watching._watch()
    watching.close()
    assert len(looks) == 1
