"""`--sandbox`: a run verifies a sandbox that is already up, and leaves it running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import BootOptions, Sandbox, boot
from tests.end_to_end.command import verify


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that belongs to nobody's run."""
    with boot(config=BootOptions(kind="test")) as running:
        yield running


@pytest.mark.parametrize("words", [("-m", "smoke"), ("-m", "smoke", "-n", "2"), ("suites/rollback",)], ids=["alone", "workers", "drill"])
def test_running_sandbox_is_verified_and_left_running(sandbox: Sandbox, tmp_path: Path, words: tuple[str, ...]) -> None:
    """One process, two workers, the drill's pass: all of them use it, and it is there afterwards."""
    ended = verify(tmp_path / "out", "--env", "local", "--sandbox", sandbox.connection.run, "--no-report", *words)
    assert (ended.status, ended.verdict["kind"]) == (0, "pass"), ended.said
    assert ended.ended_as("passed"), ended.said
    sandbox.check()
    assert (Path(sandbox.connection.state) / "limits.json").is_file(), "the next run would not know what this one has used up"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--env", "local", "--sandbox", "up"), "--sandbox up: no sandbox is up: start one with `python -m sandbox up`"),
        (("--env", "local", "--sandbox", "0123456789ab"), "--sandbox 0123456789ab: no sandbox 0123456789ab is running"),
        (("--env", "staging", "--sandbox", "up"), "--sandbox up: --env staging is no environment of the sandbox"),
    ],
    ids=["nothing-up", "unknown", "real-environment"],
)
def test_what_cannot_be_attached_to_is_a_usage_error(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence, and nothing was run."""
    ended = verify(tmp_path / "out", *words, env={"GONOGO_STATE": str(tmp_path / "state")})
    assert ended.status == 4, ended.said
    assert said in ended.text, ended.said
