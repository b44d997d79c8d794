"""Magic links: what is clicked leads back here, and nobody can make one up."""

from __future__ import annotations

import allure
import pytest

from clients.wire.origin import Origin
from fixtures.auth_by_mail import LinkSignIn
from fixtures.deployment import Deployment
from suites.auth.journeys import Clicking

pytestmark = [allure.epic("Authentication"), allure.feature("Magic links"), pytest.mark.requires("auth.magic_link")]


@allure.severity(allure.severity_level.BLOCKER)
def test_altered_link_is_refused(clicking: Clicking) -> None:
    """A link that differs from a mailed one in one character lets nobody in."""
    assert clicking.altered.who is None, f"a link with another token signed in {clicking.altered.who}"


@allure.severity(allure.severity_level.CRITICAL)
def test_link_ends_on_the_declared_page(clicking: Clicking, deployment: Deployment, link_sign_in: LinkSignIn) -> None:
    """The click ends on the declared page of this deployment."""
    declared = link_sign_in.settings.landing
    assert deployment.origin.owns(clicking.landing), f"the link ended on {deployment.origin.hostname(clicking.landing)}"
    assert Origin.path(clicking.landing) == declared, f"the link ended on {Origin.path(clicking.landing)}, declared is {declared}"
