"""Other origins: pages of declared sites may ask who is signed in, and no others."""

from __future__ import annotations

import allure
import pytest

from suites.auth.journeys import Pages

pytestmark = [allure.epic("Authentication"), allure.feature("Other origins"), pytest.mark.requires("auth.cors")]


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.cors.origins")
@allure.severity(allure.severity_level.CRITICAL)
def test_declared_origin_may_ask(pages: Pages) -> None:
    """A page of a declared origin may send requests with cookies and read the answers."""
    refused = [origin for origin, asked in pages.declared.items() if not asked.allows(origin)]
    assert not refused, f"browsers will not let pages of {', '.join(refused)} ask with cookies"


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.cors.origins")
@allure.severity(allure.severity_level.CRITICAL)
def test_browsers_question_is_answered(pages: Pages) -> None:
    """Ahead of a request with JSON the browser's question is answered with a success that allows it."""
    for origin, asked in pages.declared.items():
        assert asked.ahead.status < 300, f"the question ahead of a request from {origin} was answered with {asked.ahead.status}"
        allowed = asked.ahead.headers.get("access-control-allow-headers", "").lower()
        assert "content-type" in allowed, f"pages of {origin} may not send JSON: access-control-allow-headers is {allowed or 'missing'}"


@pytest.mark.safe_in_production
@pytest.mark.requires("auth.cors.origins")
@allure.severity(allure.severity_level.NORMAL)
def test_answers_say_that_they_depend_on_the_origin(pages: Pages) -> None:
    """An answer that names the asking origin says so to caches (Vary: Origin)."""
    silent = [origin for origin, asked in pages.declared.items() if "origin" not in asked.answer.headers.get("vary", "").lower()]
    assert not silent, f"answers to {', '.join(silent)} do not say Vary: Origin"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_foreign_origin_may_not_read(pages: Pages) -> None:
    """A page of an origin that nobody declared cannot read who is signed in."""
    allowed = [origin for origin, asked in pages.foreign.items() if asked.admits(origin)]
    assert not allowed, f"browsers let pages of {', '.join(allowed)} read who is signed in"
