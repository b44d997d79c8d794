"""Apps of other shapes than ours: the healthy one passes, its broken siblings fail by the right check with words that lead to the cause."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.apps import played
from tests.end_to_end.command import Ended, verify

ALL = played.names()
PAIRS = [(name, sibling) for name in ALL for sibling in played.broken(name)]
TODAYS = PAIRS[dt.datetime.now(dt.UTC).date().toordinal() % len(PAIRS)]
"""An app, and one of its broken siblings: played with every change, by turns; all of them at night."""
BY_TURNS = [pytest.param(name, marks=[] if name == TODAYS[0] else [pytest.mark.nightly]) for name in ALL]
SIBLINGS = [
    pytest.param(name, sibling, marks=[] if (name, sibling) == TODAYS else [pytest.mark.nightly], id=f"{name}: {sibling.fault}")
    for name, sibling in PAIRS
]


def verified(name: str, folder: Path, fault: str = "") -> Ended:
    """The app is started, verified by its file, and ended."""
    with played.declared(name, folder, fault) as (file, around):
        return verify(folder / "out", f"--env={file}", "--no-report", env=around.run)


@pytest.mark.parametrize("name", ALL)
def test_file_is_short_and_there_is_a_broken_sibling(name: str) -> None:
    """What a team has to write down about an app fits on a page."""
    assert played.lines(name) <= played.LINES
    assert played.broken(name)


@pytest.mark.parametrize("name", BY_TURNS)
def test_healthy_app_passes(name: str, tmp_path: Path) -> None:
    """By nothing but its file; what is advice is said, and decides nothing."""
    ended = verified(name, tmp_path)
    assert ended.status == 0, ended.said
    assert ended.verdict["kind"] == "pass"
    assert played.advised(name) <= {reason["check"] for reason in ended.verdict["advisory"]}, ended.said


@pytest.mark.parametrize(("name", "sibling"), SIBLINGS)
def test_broken_app_fails_by_the_right_check(name: str, sibling: played.Broken, tmp_path: Path) -> None:
    """The first reason is the cause."""
    ended = verified(name, tmp_path, sibling.fault)
    assert ended.status == 1, ended.said
    first = next(iter(ended.failures), "")
    assert first == sibling.check, ended.said
    assert sibling.says in ended.failures[first], ended.said
