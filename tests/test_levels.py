"""The levels of testing: what a change does not play a night does, and the page says which and why."""

from __future__ import annotations

import os
import re
import shlex
import subprocess

import pytest

from tests.house import ROOT

LEFT_OUT = "-m 'not nightly'"
PAGE = ROOT / "docs" / "testing.md"


def told(*words: str) -> str:
    """What make would do for these words, told instead of done; also where it would start itself."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    text = subprocess.run(["make", "-n", *words], cwd=ROOT, env=outer, capture_output=True, text=True, check=True).stdout
    handed_on = [word for word in words if "=" in word]
    within = (told(*shlex.split(started), *handed_on) for started in re.findall(r"make --no-print-directory --keep-going ([^;\n]+)", text))
    return "\n".join([text, *within])


@pytest.mark.parametrize(("target", "left_out"), [("test", True), ("test-all", False)])
def test_both_processes_play_the_level(target: str, left_out: bool) -> None:
    """A change leaves out what is marked, in both processes, and a night leaves out nothing."""
    commands = [line for line in told(target).splitlines() if "/pytest" in line]
    assert len(commands) == 2
    assert [LEFT_OUT in command for command in commands] == [left_out, left_out]


def test_night_plays_runs_back_to_back() -> None:
    """Without and with a bad network, after all tests; a change plays neither."""
    assert re.findall(r"gonogo soak (\d+)( --jitter)?", told("test-all")) == [("3", ""), ("5", " --jitter")]
    assert "proving soak" not in told("test")


def test_every_night_plays_it() -> None:
    """The project's own workflow does, and opens an issue when it fails."""
    workflow = (ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    assert "run: make test-all" in workflow
    assert '[ "$TESTS" = success ]' in workflow


def test_what_a_change_leaves_out_is_on_the_page() -> None:
    """Each file with a marked test stands in the table, with what notices a break at once; and no other does."""
    marked = {
        path.relative_to(ROOT / "tests").as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"\bmark(s)?\.nightly\b", path.read_text(encoding="utf-8"))
    }
    assert marked
    assert set(re.findall(r"^\| `([\w/]+\.py)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) == marked
