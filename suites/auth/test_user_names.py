"""User names: each is one member's."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Namesakes

pytestmark = [
    allure.epic("Authentication"),
    allure.feature("User names"),
    pytest.mark.requires("auth.email.user_names", "auth.email.sign_up"),
]


@allure.severity(allure.severity_level.BLOCKER)
def test_user_name_is_one_members(namesakes: Namesakes) -> None:
    """Signing up with a user name that a member has is refused."""
    assert namesakes.same.refused, f"signing up with a member's user name: {namesakes.same}"


@allure.severity(allure.severity_level.MINOR)
def test_user_name_is_the_same_in_capitals(namesakes: Namesakes) -> None:
    """Signing up with a member's user name in capitals is refused: nobody tells the two apart."""
    assert namesakes.in_capitals.refused, f"signing up with a member's user name in capitals: {namesakes.in_capitals}"


# better-auth's plugin looks at no origin there, as its sign-in by address does; newer versions take JSON alone, which no form can send.
@allure.severity(allure.severity_level.MINOR)
def test_foreign_origin_signs_nobody_in_by_name(namesakes: Namesakes) -> None:
    """A page on somebody else's site cannot sign a member in with a user name."""
    form = namesakes.lured
    assert not form.harm, f"{form.way} on a page of a foreign origin ({form.answered}) {form.harm} with a user name"
