"""Front door: transport and headers protect the people who come in."""

from __future__ import annotations

import allure
import pytest

from fixtures.deployment import Deployment
from fixtures.headers import PageHeaders
from suites.health.journeys import Facade, Lock

pytestmark = [allure.epic("Health"), allure.feature("Front door"), pytest.mark.safe_in_production]


@pytest.mark.smoke
@pytest.mark.requires("origin.https")
@allure.severity(allure.severity_level.BLOCKER)
def test_certificate_is_trusted(lock: Lock) -> None:
    """The certificate is for this host, from a trusted authority, and valid for another week."""
    assert lock.handshake.refusal is None, f"the TLS handshake failed: {lock.handshake.refusal}"
    assert lock.handshake.days_left is not None
    assert lock.handshake.days_left >= 7, f"the certificate ends in {lock.handshake.days_left} days"


@pytest.mark.requires("origin.https")
@allure.severity(allure.severity_level.CRITICAL)
def test_modern_tls_is_spoken(lock: Lock) -> None:
    """The deployment speaks TLS 1.2 or 1.3."""
    assert lock.handshake.version in ("TLSv1.2", "TLSv1.3"), f"the deployment speaks {lock.handshake.version}"


@pytest.mark.requires("origin.https")
@allure.severity(allure.severity_level.NORMAL)
def test_outdated_tls_is_refused(lock: Lock) -> None:
    """A client that offers nothing newer than TLS 1.1 is turned away."""
    assert lock.outdated.refusal is not None, f"the deployment speaks {lock.outdated.version}"


@pytest.mark.requires("headers")
@allure.severity(allure.severity_level.CRITICAL)
def test_pages_carry_the_security_headers(facade: Facade, page_headers: PageHeaders, deployment: Deployment) -> None:
    """Every declared security header is on the declared pages (the first one), with the declared value (over http none asks for https)."""
    without = {"strict-transport-security"} if deployment.origin.in_clear else set()
    wrong = [
        f"{name} is {given.get(name.lower(), 'missing')!r}{'' if page == '/' else f' on {page}'}, declared is {part!r}"
        for page, given in facade.headers.items()
        for name, part in page_headers.settings.expected.items()
        if name.lower() not in without and part.lower() not in given.get(name.lower(), "").lower()
    ]
    assert not wrong, "; ".join(wrong)
