"""First day: a person with a browser gets in, keeps a file, and leaves."""

from __future__ import annotations

import allure
import pytest

from fixtures.browser import BrowserPages
from fixtures.deployment import Deployment
from suites.browser.journeys import FirstDay, Visit

pytestmark = [allure.epic("Browser"), allure.feature("First day"), pytest.mark.requires("browser")]


@pytest.mark.smoke
@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_first_page_opens_cleanly(visit: Visit) -> None:
    """The first page opens, all that it asks for arrives, and the console stays empty."""
    assert visit.status == 200, f"the first page was answered with {visit.status}"
    assert not visit.seen.failed_requests, f"requests of the first page failed: {visit.seen.failed_requests}"
    assert not visit.seen.refused_requests, f"requests of the first page were refused: {visit.seen.refused_requests}"
    assert not visit.seen.console_errors, f"the first page wrote to the console: {visit.seen.console_errors}"
    assert not visit.seen.page_errors, f"a script of the first page failed: {visit.seen.page_errors}"


@allure.severity(allure.severity_level.BLOCKER)
def test_person_signs_in(first_day: FirstDay) -> None:
    """After signing up and confirming, the form signs the person in, and the page names them."""
    assert first_day.named_in(first_day.signed_in, first_day.person), "the page after signing in does not name the person"


@allure.severity(allure.severity_level.CRITICAL)
def test_person_stays_signed_in_after_a_reload(first_day: FirstDay) -> None:
    """The page still names the person after a reload."""
    assert first_day.named_in(first_day.reloaded, first_day.person), "the page after a reload does not name the person"


@pytest.mark.requires("browser.files")
@allure.severity(allure.severity_level.CRITICAL)
def test_person_gets_the_file_back(first_day: FirstDay) -> None:
    """The file that was uploaded with the form is downloaded with a click, byte for byte."""
    assert first_day.downloaded == first_day.file[1], "the downloaded file has other bytes"


@allure.severity(allure.severity_level.CRITICAL)
def test_person_is_gone_after_signing_out(first_day: FirstDay) -> None:
    """After signing out no page names the person."""
    assert not first_day.named_in(first_day.signed_out, first_day.person), "a page still names the person after signing out"


@allure.severity(allure.severity_level.CRITICAL)
def test_back_button_shows_nothing_personal(first_day: FirstDay) -> None:
    """After signing out the back button leads to no page that names the person, or their file."""
    shown = [*first_day.named_in(first_day.went_back, first_day.person)]
    shown += [first_day.file[0]] if first_day.file[0] in first_day.went_back else []
    assert not shown, f"the back button shows {' and '.join(shown)} after signing out: the page was kept by the browser"


@allure.severity(allure.severity_level.CRITICAL)
def test_console_stays_empty(first_day: FirstDay) -> None:
    """Nothing on the way writes an error to the browser's console."""
    assert not first_day.seen.console_errors, f"the console says: {first_day.seen.console_errors}"
    assert not first_day.seen.page_errors, f"a script failed: {first_day.seen.page_errors}"


@allure.severity(allure.severity_level.CRITICAL)
def test_no_undeclared_host_is_asked(first_day: FirstDay, deployment: Deployment, browser_pages: BrowserPages) -> None:
    """The pages ask no host but the deployment's own and those that are declared."""
    strays = sorted(host for host in first_day.seen.hosts if not deployment.origin.has(host) and host not in browser_pages.settings.hosts)
    said = [f"{host} (environment {deployment.foreign_hosts[host]})" if host in deployment.foreign_hosts else host for host in strays]
    assert not strays, f"the pages asked {', '.join(said)}"
