"""Health: the deployment says how it is, says it truly, and says it in time."""

from __future__ import annotations

import allure
import pytest

from fixtures.health import HealthEndpoint
from suites.health.journeys import CrossExamination, OtherServices, Pulse, Vitals

pytestmark = [allure.epic("Health"), allure.feature("Health answer"), pytest.mark.requires("health"), pytest.mark.safe_in_production]


@pytest.mark.smoke
@allure.severity(allure.severity_level.BLOCKER)
def test_deployment_says_that_it_is_healthy(vitals: Vitals, health_endpoint: HealthEndpoint) -> None:
    """The health answer is a success and has the declared values."""
    settings, answer = health_endpoint.settings, vitals.answer
    assert answer.status in settings.successes, f"health was answered with {answer.status}: {answer.summary() or 'an empty body'}"
    if settings.status_alone:
        return
    if settings.contains is not None:
        assert settings.contains in answer.text, f"the health answer lacks {settings.contains!r}: {answer.summary() or 'it is empty'}"
        return
    if settings.plain:
        declared = "no body" if settings.empty else repr(settings.text)
        assert answer.reads(settings.text or ""), f"the health answer reads {answer.summary()!r}, declared is {declared}"
        return
    said = {path: answer.at(path) for path in settings.expect}
    assert said == dict(settings.expect), f"the health answer says {said}, declared is {dict(settings.expect)}"
    odd = {path: answer.at(path) for path in settings.services if answer.at(path) not in settings.up}
    assert not odd, f"the health answer says of its services: {odd}; that they work reads {' or '.join(settings.up)}"


@pytest.mark.smoke
@allure.severity(allure.severity_level.CRITICAL)
def test_health_answer_has_the_declared_shape(vitals: Vitals, health_endpoint: HealthEndpoint) -> None:
    """Every declared field of the health answer is there and says something."""
    empty = [
        path
        for path in [*health_endpoint.settings.present, *health_endpoint.settings.services]
        if vitals.answer.at(path) in (None, "", [], {})
    ]
    assert not empty, f"the health answer lacks {', '.join(empty)}: {vitals.answer.summary()}"


@allure.severity(allure.severity_level.CRITICAL)
def test_health_answer_is_not_cached(vitals: Vitals) -> None:
    """The health answer is fresh: no cache stores it."""
    assert vitals.answer.age == 0, f"the health answer is {vitals.answer.age} s old: a cache stores it"
    cached = vitals.answer.kept_by
    assert not cached, f"the health answer comes out of a cache ({cached})"


@allure.severity(allure.severity_level.CRITICAL)
def test_health_answers_in_time(pulse: Pulse, health_endpoint: HealthEndpoint) -> None:
    """Of the sampled answers no more fail than the file allows, and at most two in forty take longer than the budget."""
    sample, settings = pulse.distribution, health_endpoint.settings
    assert len(sample.errors) <= settings.forgiven, (
        f"{len(sample.errors)} of {sample.requests} health requests were not answered with a success: {sample.causes}"
    )
    slowness = sample.slowness(settings.p95_ms, 2 * (settings.requests // 40 or 1))
    assert not slowness, slowness


def claims(vitals: Vitals, endpoint: HealthEndpoint, capability: str) -> dict[str, object]:
    """What the health answer says of the services that ``capability`` asks directly, where it says that they work."""
    said = {path: vitals.answer.at(path) for path, asked in endpoint.settings.services.items() if asked == capability}
    return {path: value for path, value in said.items() if value in endpoint.settings.up}


@pytest.mark.requires("health.services", "auth.email")
@allure.severity(allure.severity_level.CRITICAL)
def test_database_works_if_health_says_so(vitals: Vitals, cross_examination: CrossExamination, health_endpoint: HealthEndpoint) -> None:
    """If the health answer says that the database works, signing in as nobody is refused properly: it was looked up."""
    if claims(vitals, health_endpoint, "auth.email"):
        assert cross_examination.database.refused, f"health says the database is up, and signing in as nobody: {cross_examination.database}"


@pytest.mark.requires("health.services", "storage.objects")
@allure.severity(allure.severity_level.CRITICAL)
def test_storage_works_if_health_says_so(vitals: Vitals, cross_examination: CrossExamination, health_endpoint: HealthEndpoint) -> None:
    """If the health answer says that storage works, a member's files can be listed."""
    if claims(vitals, health_endpoint, "storage.objects"):
        assert cross_examination.files.refusal is None, f"health says storage is up, and listing files: {cross_examination.files}"


@pytest.mark.requires("health.services", "mail.delivery")
@allure.severity(allure.severity_level.CRITICAL)
def test_mail_works_if_health_says_so(vitals: Vitals, cross_examination: CrossExamination, health_endpoint: HealthEndpoint) -> None:
    """If the health answer says that mail works, the provider answers."""
    if claims(vitals, health_endpoint, "mail.delivery"):
        assert cross_examination.mail.refusal is None, f"health says mail is up, and the provider: {cross_examination.mail}"


@pytest.mark.requires("health.services.others")
@allure.severity(allure.severity_level.CRITICAL)
def test_other_services_work_if_health_says_so(vitals: Vitals, other_services: OtherServices, health_endpoint: HealthEndpoint) -> None:
    """If the health answer says that a service works that no member is needed to ask, it answers."""
    claimed = {each: asked for each, asked in other_services.asked.items() if claims(vitals, health_endpoint, each)}
    broken = {each: str(asked) for each, asked in claimed.items() if asked.refusal is not None}
    assert not broken, f"health says that these work: {broken}"
