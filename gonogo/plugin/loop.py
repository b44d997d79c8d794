"""The loop: what happens between the collection of checks and the first of them."""

from __future__ import annotations

import pytest

from gonogo.plugin.stage import begin
from gonogo.run.gate import admit, announce
from gonogo.run.state import run_of


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """The gate, then the journeys; checks follow, here or in workers. True ends the loop before it begins."""
    run = run_of(session.config)
    if run is not None and run.concludes:
        announce(session.config, run)
    if run is None or (session.testsfailed and not session.config.option.continue_on_collection_errors):
        return None
    if not admit(session.config, run):
        return True
    if run.plays:
        begin(session, run)
    return None
