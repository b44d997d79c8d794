"""Codes by mail: a code is for one address, for a few tries, and until the next one is sent."""

from __future__ import annotations

import allure
import pytest

from fixtures.auth_by_mail import CodeSignIn
from suites.auth.journeys import Guessing, Renewing

pytestmark = [allure.epic("Authentication"), allure.feature("Codes by mail"), pytest.mark.requires("auth.code")]


@allure.severity(allure.severity_level.BLOCKER)
def test_made_up_code_is_refused(guessing: Guessing) -> None:
    """A code that nobody was sent lets nobody in, and is no error of the deployment's."""
    let_in = [entrance for entrance in guessing.made_up if entrance.who]
    assert not let_in, f"{len(let_in)} of {len(guessing.made_up)} made-up codes signed in {let_in[0].who}"
    failed = [str(each.answer.refusal) for each in guessing.made_up if each.answer.status is not None and each.answer.status >= 500]
    assert not failed, f"a made-up code is an error of the deployment's: {failed[0]}"


@allure.severity(allure.severity_level.BLOCKER)
def test_code_of_somebody_else_is_refused(guessing: Guessing) -> None:
    """A code that was just sent to another address lets nobody in."""
    entrance = guessing.somebody_elses
    who = entrance.who if entrance is not None else None
    assert who is None, f"a code that was mailed to somebody else signed in {who}"


@allure.severity(allure.severity_level.CRITICAL)
def test_right_code_is_refused_after_too_many_tries(guessing: Guessing, code_sign_in: CodeSignIn) -> None:
    """After the declared number of wrong codes the right one is refused as well: a code cannot be guessed."""
    entrance, tries = guessing.right_one, code_sign_in.settings.attempts
    assert entrance is None or entrance.who is None, f"after {tries} wrong codes the right one still signs in: codes can be guessed"


@pytest.mark.requires("auth.code.newest_only")
@allure.severity(allure.severity_level.CRITICAL)
def test_older_code_is_void(renewing: Renewing) -> None:
    """As soon as another code was sent, the one before lets nobody in."""
    older = renewing.older
    assert older is None or older.who is None, "a code still signs in when another one was mailed"


@pytest.mark.requires("auth.code.newest_only")
@allure.severity(allure.severity_level.MINOR)
def test_older_code_stays_void(renewing: Renewing) -> None:
    """An older code lets nobody in when the newer one was used, either."""
    older, afterwards = renewing.older, renewing.older_afterwards
    if older is not None and older.who is not None:  # it was never void, which is another check's
        return
    assert afterwards is None or afterwards.who is None, "a code signs in when a newer one was mailed, and was used"


@pytest.mark.requires("auth.code.newest_only")
@allure.severity(allure.severity_level.CRITICAL)
def test_newest_code_lets_in(renewing: Renewing) -> None:
    """Whoever asks twice is let in by what came last."""
    assert renewing.newer.who == renewing.person.member.email, f"of two codes the newer one was {renewing.newer}"
