"""Assets: what pages load arrives as what it is, and belongs to this environment."""

from __future__ import annotations

import allure
import pytest

from clients.browser.assets import hosts_named, local_addresses, unset_parts
from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from suites.browser.journeys import Assets, OnAPhone, Visit

pytestmark = [
    allure.epic("Browser"),
    allure.feature("Assets"),
    pytest.mark.requires("browser"),
    pytest.mark.safe_in_production,
]


@allure.severity(allure.severity_level.CRITICAL)
def test_assets_load_with_their_type(assets: Assets) -> None:
    """Scripts, styles, pictures and fonts arrive with the type that they are used as."""
    wrong = [str(each) for each in assets.loaded if not each.fits]
    assert not wrong, f"pages load what is not there, or has another type: {'; '.join(wrong)}"


@allure.severity(allure.severity_level.NORMAL)
def test_unknown_script_is_not_found(assets: Assets) -> None:
    """A script that is not there is not found; a page in its place would fail later, and stranger."""
    unknown = assets.unknown
    assert unknown.status in (404, 410), f"a script that no build has was answered with {unknown.status} {unknown.media_type}"


@allure.severity(allure.severity_level.CRITICAL)
def test_scripts_name_no_machine_of_the_build(assets: Assets, browser_pages: BrowserPages) -> None:
    """No script has an address built in that only the machine it was built on can mean."""
    found = {
        where: [each for each in local_addresses(text) if each not in browser_pages.settings.hosts]
        for where, text in assets.scripts.items()
    }
    said = [f"{where} names {', '.join(addresses)}" for where, addresses in found.items() if addresses]
    assert not said, f"built with another machine's addresses: {'; '.join(said)}"


@allure.severity(allure.severity_level.CRITICAL)
def test_scripts_name_no_other_environment(assets: Assets, deployment: Deployment) -> None:
    """No script names a host of another environment."""
    found = {where: hosts_named(text, deployment.foreign_hosts) for where, text in assets.scripts.items()}
    said = [f"{where} names {host} (environment {deployment.foreign_hosts[host]})" for where, hosts in found.items() for host in hosts]
    assert not said, f"built for another environment: {'; '.join(said)}"


@allure.severity(allure.severity_level.NORMAL)
def test_no_address_has_parts_that_were_never_set(visit: Visit, on_a_phone: OnAPhone) -> None:
    """No page asks for an address with a part that was not there when it was built, such as `undefined`."""
    asked = dict.fromkeys([*visit.seen.requests, *on_a_phone.seen.requests])
    broken = [request for request in asked if unset_parts(request.partition(" ")[2])]
    assert not broken, f"pages ask for {'; '.join(broken)}"
