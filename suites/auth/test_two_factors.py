"""Two factors: who has enabled a one-time code comes in with it, and with the password alone nobody does."""

from __future__ import annotations

import allure
import pytest

from fixtures.auth_two_factor import SecondFactor
from suites.auth.journeys import SecondStep

pytestmark = [allure.epic("Authentication"), allure.feature("Two factors"), pytest.mark.requires("auth.two_factor")]


@allure.severity(allure.severity_level.BLOCKER)
def test_password_alone_opens_no_session(second_step: SecondStep) -> None:
    """Whoever has only the password of a member with two factors is not signed in."""
    who = second_step.password_alone.who
    assert who is None, f"two factors are on, and the password alone signs in {who}"


@allure.severity(allure.severity_level.BLOCKER)
def test_wrong_code_is_refused(second_step: SecondStep) -> None:
    """A wrong one-time code after the right password lets nobody in, and is no error of the deployment's."""
    wrong = second_step.wrong
    if wrong is None:  # the password alone was enough, which is another check's
        return
    assert wrong.who is None, f"a wrong one-time code signs in {wrong.who}"
    assert wrong.answer.status is None or wrong.answer.status < 500, (
        f"a wrong one-time code is an error of the deployment's: {wrong.answer}"
    )


@allure.severity(allure.severity_level.BLOCKER)
def test_right_code_signs_in(second_step: SecondStep) -> None:
    """The password and the one-time code of now sign the member in."""
    right = second_step.right
    if right is None:
        return
    assert right.who == second_step.person.member.email, f"the right one-time code was {right}"


@allure.severity(allure.severity_level.MINOR)
def test_one_time_code_works_once(second_step: SecondStep) -> None:
    """A one-time code that was used lets nobody in again while it is still of its time (RFC 6238, 5.2)."""
    again = second_step.again
    assert again is None or again.who is None, "the same one-time code signs in twice: whoever has looked over a shoulder comes in as well"


@pytest.mark.requires("auth.two_factor.backup_codes")
@allure.severity(allure.severity_level.CRITICAL)
def test_backup_code_signs_in(second_step: SecondStep) -> None:
    """A member without the device of the one-time codes comes in with a backup code."""
    backup = second_step.by_backup
    assert backup is None or backup.who == second_step.person.member.email, f"a backup code was {backup}"


@pytest.mark.requires("auth.two_factor.backup_codes")
@allure.severity(allure.severity_level.BLOCKER)
def test_backup_code_works_once(second_step: SecondStep) -> None:
    """A backup code that was used lets nobody in again."""
    again = second_step.by_backup_again
    assert again is None or again.who is None, "a backup code that was used already signs in once more"


@pytest.mark.requires("auth.two_factor.attempts")
@allure.severity(allure.severity_level.CRITICAL)
def test_one_time_code_cannot_be_guessed(second_step: SecondStep, second_factor: SecondFactor) -> None:
    """After the declared number of wrong codes the right one is refused as well."""
    guessed, tries = second_step.guessed, second_factor.settings.attempts
    assert guessed is None or guessed.who is None, f"after {tries} wrong one-time codes the right one still signs in: it can be guessed"
