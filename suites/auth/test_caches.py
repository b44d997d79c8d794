"""Caches: what is one member's own is kept by nobody in between, and shown to nobody else."""

from __future__ import annotations

import allure
import pytest

from suites.isolation.answers import Neighbourhood

pytestmark = [allure.epic("Authentication"), allure.feature("Personal answers"), pytest.mark.requires("members")]


@allure.severity(allure.severity_level.BLOCKER)
def test_nobody_is_shown_somebody_else(neighbourhood: Neighbourhood) -> None:
    """The same address, asked for by two members and a visitor in turns, shows each member to themselves only."""
    leaks = {f"{view.who} sees {whose} on {view.look.path}" for view in neighbourhood.views for whose in view.marks if whose != view.who}
    assert not leaks, f"members are shown to others: {'; '.join(sorted(leaks))}"


@allure.severity(allure.severity_level.CRITICAL)
def test_personal_answers_may_not_be_kept(neighbourhood: Neighbourhood) -> None:
    """An answer that shows a member, or sets a cookie, says that no shared cache may keep it."""
    personal = [view.look for view in neighbourhood.views if view.marks or view.look.sets_cookies]
    kept = sorted({f"{look.path} ({look.headers.get('cache-control', 'no cache-control')})" for look in personal if look.may_be_kept})
    assert not kept, f"caches may keep what is personal: {', '.join(kept)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_personal_answers_come_from_no_cache(neighbourhood: Neighbourhood) -> None:
    """No answer that shows a member, or sets a cookie, comes out of a cache."""
    personal = [view.look for view in neighbourhood.views if view.marks or view.look.sets_cookies]
    cached = sorted({f"{look.path} ({look.from_cache})" for look in personal if look.from_cache})
    assert not cached, f"personal answers came out of a cache: {', '.join(cached)}"
