"""`--sandbox` names one that is up, and one that fits. That a run verifies it and leaves it running is shown by test_shards.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import verify


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
