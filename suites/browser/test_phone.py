"""Phone: a member with a small screen and a thumb gets in, sees their files, and leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import allure
import pytest

from clients.browser.pages import CONTRAST, NAMING
from clients.wire.marks import stands_in
from suites.browser.journeys import OnAPhone, Sight

pytestmark = [
    allure.epic("Browser"),
    allure.feature("Phone"),
    pytest.mark.requires("browser"),
    pytest.mark.safe_in_production,
]


def _screens(journey: OnAPhone) -> Iterator[Mapping[str, Sight]]:
    """First what anybody can see, then what members can: whoever cannot get in shall still hear of the form's fault, not of its effect."""
    yield journey.sights
    yield {"files": journey.files} if journey.files else {}


@allure.severity(allure.severity_level.CRITICAL)
def test_member_signs_in_on_a_phone(on_a_phone: OnAPhone) -> None:
    """The sign-in form works on a phone, and the page that follows names the member."""
    assert on_a_phone.named_in(on_a_phone.signed_in, on_a_phone.person), "the page after signing in on a phone does not name the member"


@allure.severity(allure.severity_level.NORMAL)
def test_pages_fit_a_phone(on_a_phone: OnAPhone) -> None:
    """No page is wider than the screen of a phone."""
    for sights in _screens(on_a_phone):
        wide = {title: sight.fit for title, sight in sights.items() if sight.fit.overflow}
        said = [f"{title} by {fit.overflow} px ({', '.join(fit.beyond) or 'no viewport is declared'})" for title, fit in wide.items()]
        assert not wide, f"pages are wider than a phone: {'; '.join(said)}"


@allure.severity(allure.severity_level.NORMAL)
def test_forms_can_be_hit_with_a_thumb(on_a_phone: OnAPhone) -> None:
    """Every field and button of a form is large enough for a finger."""
    for sights in _screens(on_a_phone):
        small = [f"{title}: {', '.join(sight.fit.small)}" for title, sight in sights.items() if sight.fit.small]
        assert not small, f"too small for a finger: {'; '.join(small)}"


@allure.severity(allure.severity_level.NORMAL)
def test_fields_and_buttons_have_names(on_a_phone: OnAPhone) -> None:
    """Every field, button and link has a name that a screen reader can say."""
    for sights in _screens(on_a_phone):
        nameless = [f"{title}: {barrier}" for title, sight in sights.items() for barrier in sight.barriers if barrier.rule in NAMING]
        assert not nameless, f"without a name: {'; '.join(nameless)}"


@allure.severity(allure.severity_level.NORMAL)
def test_pages_keep_nobody_out(on_a_phone: OnAPhone) -> None:
    """No page has a barrier that axe-core calls serious or critical, beside names and contrast."""
    for sights in _screens(on_a_phone):
        barriers = [
            (title, barrier) for title, sight in sights.items() for barrier in sight.barriers if barrier.rule not in NAMING | CONTRAST
        ]
        grave = [f"{title}: {barrier}" for title, barrier in barriers if barrier.grave]
        assert not grave, f"barriers: {'; '.join(grave)}"


@allure.severity(allure.severity_level.NORMAL)
def test_text_stands_out_from_its_ground(on_a_phone: OnAPhone) -> None:
    """All text has the contrast that WCAG's level AA asks for."""
    for sights in _screens(on_a_phone):
        pale = [f"{title}: {barrier}" for title, sight in sights.items() for barrier in sight.barriers if barrier.rule in CONTRAST]
        assert not pale, f"too pale: {'; '.join(pale)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_member_is_gone_after_signing_out_on_a_phone(on_a_phone: OnAPhone) -> None:
    """After signing out on a phone no page names the member."""
    assert not stands_in(on_a_phone.signed_out, on_a_phone.person.member.email), (
        "a page still names the member after signing out on a phone"
    )
