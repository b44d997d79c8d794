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
    # Older versions of better-auth (1.5.6) say nothing of their own answer: that is advice (below), unless it asks for being kept.
    own = neighbourhood.session_path
    kept = [look for look in personal if (look.asks_to_be_kept if look.path == own else look.may_be_kept)]
    said = sorted({f"{look.path} ({look.headers.get('cache-control', 'no cache-control')})" for look in kept})
    assert not said, f"caches may keep what is personal: {', '.join(said)}"


@allure.severity(allure.severity_level.MINOR)
def test_session_says_that_it_may_not_be_kept(neighbourhood: Neighbourhood) -> None:
    """The answer that says who is signed in tells caches not to keep it (Cache-Control: no-store, or private)."""
    silent = {view.look.headers.get("cache-control", "") for view in neighbourhood.views if view.silent(neighbourhood.session_path)}
    assert not silent, (
        f"{neighbourhood.session_path} is answered with {' and '.join(sorted(silent)) or 'no cache-control'}: "
        "send no-store with it, as current versions of better-auth do, before a cache is put in front"
    )


@allure.severity(allure.severity_level.CRITICAL)
def test_personal_answers_come_from_no_cache(neighbourhood: Neighbourhood) -> None:
    """No answer that shows a member, or sets a cookie, comes out of a cache."""
    personal = [view.look for view in neighbourhood.views if view.marks or view.look.sets_cookies]
    cached = sorted({f"{look.path} ({look.from_cache})" for look in personal if look.from_cache})
    assert not cached, f"personal answers came out of a cache: {', '.join(cached)}"
