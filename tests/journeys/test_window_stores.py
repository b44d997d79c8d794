"""The file in which processes share what they sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from journeys import FileWindowStore
from journeys.windows import Window
from tests.journeys.clocks import SOON, SteppedClock

ROOT = Path(__file__).parents[2]
COUNTING = """
import sys
from pathlib import Path
from journeys.window_stores import FileWindowStore
from journeys.windows import Window

store = FileWindowStore(Path(sys.argv[1]))
for _ in range(200):
    with store.open() as windows:
        window = windows.setdefault("bucket", Window())
        window.count += 1
        window.last = store.now()
"""


def test_processes_exclude_each_other(tmp_path: Path) -> None:
    """No count is lost when several write at the same time."""
    path = tmp_path / "windows.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    children = [subprocess.Popen([sys.executable, "-c", COUNTING, str(path)], env=environment) for _ in range(3)]
    assert [child.wait(SOON) for child in children] == [0, 0, 0]
    with FileWindowStore(path).open() as windows:
        assert windows["bucket"].count == 600


def test_windows_survive_and_old_ones_are_forgotten(tmp_path: Path, clock: SteppedClock) -> None:
    """Also those from the future: the machine's clock was set back."""
    store = FileWindowStore(tmp_path / "windows.json", clock)
    kept = Window(count=2, last=store.now() - 5, in_flight=[store.now() - 1])
    with store.open() as windows:
        windows["kept"] = kept
        windows["old"] = Window(count=3, last=store.now() - 4000)
        windows["future"] = Window(count=3, last=store.now() + 4000)
    for _ in range(2):  # the second one finds what the first one wrote over a longer text
        with FileWindowStore(store.path, clock).open() as windows:
            assert windows == {"kept": kept}
    assert store.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bucket": 3}', '{"bucket": {"colour": 1}}'])
def test_damaged_file_counts_as_empty(tmp_path: Path, text: str) -> None:
    """And is repaired by the next write."""
    path = tmp_path / "windows.json"
    path.write_text(text)
    with FileWindowStore(path).open() as windows:
        assert windows == {}
        windows["bucket"] = Window(count=1, last=FileWindowStore(path).now())
    with FileWindowStore(path).open() as windows:
        assert windows["bucket"].count == 1
