"""Edge: what caches in front of the deployment hand out."""

from __future__ import annotations

import allure
import pytest

from suites.health.journeys import Edge

pytestmark = [allure.epic("Health"), allure.feature("Edge"), pytest.mark.safe_in_production]


@allure.severity(allure.severity_level.CRITICAL)
def test_caches_keep_what_the_version_gives_out(edge: Edge) -> None:
    """What a cache in front keeps of the declared pages, their scripts and stylesheets is what the version under verification gives out."""
    stale = [f"{kept.address} comes out of a cache ({kept.told}): {kept.wrong}" for kept in edge.kept if kept.wrong]
    assert not stale, "; ".join(stale)
