"""Invitations: where not everybody may be a member, whoever was not invited does not become one."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Uninvited

pytestmark = [allure.epic("Authentication"), allure.feature("Invitations"), pytest.mark.requires("members.invitation")]


@allure.severity(allure.severity_level.BLOCKER)
def test_nobody_signs_up_uninvited(uninvited: Uninvited) -> None:
    """Whoever signs up without an invitation, or with one that was made up, is refused, or is answered as if and gets no account."""
    for how, each in uninvited.signed_up.items():
        if each.answer.refusal is None:
            assert how not in uninvited.made, f"anybody can sign up: {how} it was accepted, and an account was made"
        else:
            assert each.answer.refused, f"signing up {how}: {each.answer}"


@allure.severity(allure.severity_level.BLOCKER)
def test_uninvited_person_cannot_sign_in(uninvited: Uninvited) -> None:
    """The password that somebody chose whom nobody has invited signs nobody in."""
    for how, tried in uninvited.sign_ins.items():
        assert tried.refusal is not None, f"anybody can sign up: whoever did {how} is signed in with the password that they chose"
        assert tried.refused, f"signing in after signing up {how}: {tried}"
