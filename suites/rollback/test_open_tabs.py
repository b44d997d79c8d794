"""Open tabs: whoever had a page open before a deploy goes on working after it."""

from __future__ import annotations

import allure
import pytest

from suites.rollback.journeys import Drill

pytestmark = [
    allure.epic("Deployment"),
    allure.feature("Open tabs"),
    pytest.mark.requires("deploy.rollback", "browser"),
    pytest.mark.drill,
]


@allure.severity(allure.severity_level.CRITICAL)
def test_tab_from_before_a_deploy_still_works(drill: Drill) -> None:
    """The form of a tab that was opened before a deploy signs the member in after it."""
    assert drill.named_in(drill.tab_afterwards, drill.person), "the tab that was opened before the deploy leads to a page that names nobody"


@allure.severity(allure.severity_level.CRITICAL)
def test_assets_of_the_version_before_still_answer(drill: Drill) -> None:
    """What a page of the older version loads still answers after a deploy, as what it is, or the page recovers."""
    gone = [part for part in drill.parts_afterwards if not part.fits]
    disguised = [str(part) for part in gone if part.status < 400]
    assert not disguised, f"after a deploy pages of the older version get something else: {'; '.join(disguised)}"
    assert not gone or drill.slow_tab_afterwards is None, (
        f"after a deploy pages of the older version miss {'; '.join(map(str, gone))}, and do not recover: {drill.slow_tab_afterwards}"
    )
