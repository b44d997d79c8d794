"""The situations in which pytest's exit code, Allure's quality gate or a team's own gate said yes, or blamed the wrong one.

Each is played for real, by the project's own command: against a small deployment of nobody's, or, where it takes a real app, against FM5 in
a sandbox. table.py says which are played with workers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.end_to_end.situations.app import ROWS as APP
from tests.end_to_end.situations.deployments import ROWS as DEPLOYMENTS
from tests.end_to_end.situations.rules import ROWS as RULES
from tests.end_to_end.situations.runners import ROWS as RUNNERS
from tests.end_to_end.situations.table import Play, Stage, plays

PLAYS = plays(APP, RUNNERS, DEPLOYMENTS, RULES)


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The selected rows, played beside each other."""
    params = (getattr(item, "callspec").params for item in request.session.items if hasattr(item, "callspec"))  # noqa: B009 - no type knows it
    chosen = [play for given in params if isinstance(play := given.get("play"), Play)]
    sandbox: Sandbox | None = request.getfixturevalue("sandbox") if any(play.situation.app for play in chosen) else None
    made = Stage(tmp_path_factory.mktemp("situations"), chosen, sandbox)
    yield made
    made.close()


@pytest.mark.parametrize("play", PLAYS)
def test_situation(play: Play, table: Stage) -> None:
    """Verdict, exit code and words are those of the row."""
    table.outcome(play)
