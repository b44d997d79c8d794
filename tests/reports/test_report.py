"""The rendered report: one file that tells the verdict, and asks nothing of the network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from base import places
from reports import history
from reports.allure import RenderError, Tools, configuration, isolate, outside_resources, render
from reports.publish import Published, publish
from reports.secrets import Secrets
from tests.reports.ledgers import POLICY
from tests.reports.runs import VERSION, ledger, manifest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Seen:
    """A page, what it asked for, and what it complained about."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def published(raw_results: Path, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A run that failed, published."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(raw_results, folder / "raw")
    return publish(
        ledger(folder / "ledgers"), folder / "raw", folder / "out", policy=POLICY, manifest=manifest(), secrets=Secrets(), tools=tools
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that does nothing by itself."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def opened(published: Published, browser: Browser) -> Seen:
    """The report in a browser that records every request."""
    assert published.report, published.problem
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    seen = Seen(page, [], [])
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(published.report.as_uri())
    for shown in ("Confirmation is mailed", VERSION):
        page.get_by_text(shown).first.wait_for()
    return seen


def test_page_names_no_outside_resource(published: Published) -> None:
    """Nothing in the page would make a browser fetch anything from a host, and the analytics are gone."""
    assert published.report
    page = published.report.read_text()
    assert outside_resources(page) == []
    for trace in ("googletagmanager", "gtag(", "G-LNDJ3J7WT0"):
        assert trace not in page


def test_verdict_heads_the_report(opened: Seen) -> None:
    """The first thing a reader sees is the verdict, of what, and why; then the version and the counts."""
    text = opened.page.inner_text("body")
    order = ("FAIL", "1 of 6 required checks failed", VERSION, "What failed", "auth.sign_up::confirmation_is_mailed", "localhost:3000")
    places = [text.find(part) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)
    assert "local · https://" in text
    assert not opened.page.get_by_text("%", exact=False).first.is_visible(), "the share of passed checks is no verdict"
    assert "2 of 6 passed, 1 failed, 3 open" in " ".join(text.split())
    assert "41 requests, 2 mails, 3 accounts" in text


def test_failed_check_tells_what_why_and_what_now(opened: Seen) -> None:
    """A click on the failed check shows message, requirement, what to do, and the evidence."""
    opened.page.get_by_text("Confirmation is mailed").first.click()
    description = opened.page.frame_locator("iframe[title=Description]")
    description.get_by_text("What now.").wait_for()
    told = description.locator("body").inner_text()
    assert "Requirement. Every link in the mail stays on the hosts of the deployment." in told
    assert "pytest --env local suites/auth/test_sign_up.py::test_confirmation_is_mailed" in told
    text = opened.page.inner_text("body")
    assert text.index("a link in the mail leads to localhost:3000") < text.index("Description") < text.index("Test body")
    assert "What was sent and received" in text
    assert "Category: Deployment fault" in text


def test_categories_sort_by_whose_fault_it_is(opened: Seen) -> None:
    """Faults of the deployment come before what nobody knows, and that before what was not reached."""
    opened.page.goto(opened.page.url.split("#")[0] + "#categories")
    opened.page.get_by_text("Deployment fault").first.wait_for()
    text = opened.page.inner_text("body")
    names = ["Deployment fault", "Inconclusive: something stood in the way", "Not reached: an earlier step broke", "Not applicable"]
    assert sorted(names, key=text.index) == names


def test_report_asks_nothing_of_the_network(opened: Seen) -> None:
    """After all this clicking the browser has read the file, and its inlined parts, and nothing else; and nothing was refused."""
    assert [url[:60] for url in opened.requests if not url.startswith(("file://", "data:", "blob:"))] == []
    assert opened.complaints == []


def test_browser_refuses_what_a_report_would_fetch(published: Published, browser: Browser, tmp_path: Path) -> None:
    """Were evidence able to add an image from outside, the page's policy keeps the browser from asking for it."""
    assert published.report
    changed = tmp_path / "changed.html"
    changed.write_text(published.report.read_text().replace("<body>", '<body><img src="https://outside.test/pixel.png">', 1))
    assert outside_resources(changed.read_text()) == ["https://outside.test/pixel.png"]
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(changed.as_uri())
    page.get_by_text(VERSION).first.wait_for()
    assert any("outside.test" in text and "Content Security Policy" in text for text in refused)
    assert not any("ERR_NAME_NOT_RESOLVED" in text for text in refused)
    page.close()


def test_outside_resources_are_recognised() -> None:
    """The parser sees what loads by itself, and not what somebody has to follow."""
    page = (
        '<a href="https://a.test">a</a><script src="//b.test/x.js"></script><link href="https://c.test/x.css">'
        '<img src="data:image/png;base64,AA"><iframe src=" https://d.test"></iframe><script src="local.js"></script>'
    )
    assert outside_resources(page) == ["//b.test/x.js", "https://c.test/x.css", "https://d.test"]


def test_page_with_other_analytics_is_not_kept() -> None:
    """When a newer Allure builds its pages differently, the report is refused instead of shipped."""
    with pytest.raises(RenderError, match=r"it would load https://stats\.test/x\.js; pin allure"):
        isolate('<html><head></head><script src="https://stats.test/x.js"></script></html>')
    with pytest.raises(RenderError, match="it would load its analytics"):
        isolate("<html><head></head><script>load('googletagmanager')</script></html>")
    with pytest.raises(RenderError, match="it would load its analytics"):
        isolate("<html>no head to put the policy into</html>")


def test_no_quality_gate_is_configured(tmp_path: Path) -> None:
    """Allure's own gate says yes when nothing ran: it is not asked."""
    plain = json.dumps(configuration(tmp_path, "title", {}, tmp_path / "history.jsonl"))
    assert "qualityGate" not in plain
    assert '"historyLimit": 30' in plain


def test_history_grows_by_one_per_run(published: Published, raw_results: Path, tools: Tools, tmp_path: Path) -> None:
    """Each whole run adds a line to the history of its environment."""
    out, raw = tmp_path / "out", tmp_path / "raw"
    out.mkdir()
    shutil.copytree(raw_results, raw)
    first = Path(shutil.copy(published.folder / "history.jsonl", out))
    assert len(first.read_text().splitlines()) == 1
    publish(ledger(tmp_path / "ledgers"), raw, out, policy=POLICY, manifest=manifest(), secrets=Secrets(), tools=tools)
    assert len((out / "history.jsonl").read_text().splitlines()) == 2
    # The same where it is handed over: what was there counts, and stays as it is.
    handed = history.read(first)
    new = tmp_path / "new"
    publish(ledger(tmp_path / "again"), raw, new, policy=POLICY, manifest=manifest(), secrets=Secrets(), tools=tools, earlier=handed)
    assert len((new / "history.jsonl").read_text().splitlines()) == len(handed.splitlines()) + 1


def test_missing_node_is_one_sentence(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Node there is a sentence and no report."""
    (tmp_path / "results").mkdir()
    with pytest.raises(RenderError, match=r"the report was not rendered: cannot start .*nowhere.*; run `make setup`"):
        render(tmp_path / "results", tmp_path / "report.html", replace(tools, node=tmp_path / "nowhere"), title="x", facts={})
    monkeypatch.setattr(places, "NODE_MODULES", tmp_path)
    with pytest.raises(RenderError, match="allure is not installed; run `make setup`"):
        Tools.installed()


def test_failing_allure_is_one_sentence(tmp_path: Path, tools: Tools) -> None:
    """What Allure said is quoted when it ends badly."""
    (tmp_path / "results").mkdir()
    broken = tmp_path / "cli.js"
    broken.write_text("console.error('no such plugin'); process.exit(7)")
    with pytest.raises(RenderError, match="Allure ended with status 7: no such plugin"):
        render(tmp_path / "results", tmp_path / "report.html", replace(tools, allure=broken), title="x", facts={})


def test_allure_sees_no_secret(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allure is started without the run's environment: secrets are in it."""
    monkeypatch.setenv("RESEND_API_KEY", "re_planted_value")
    (tmp_path / "results").mkdir()
    spy = tmp_path / "cli.js"
    spy.write_text("console.error(Object.keys(process.env).sort().join(' ')); process.exit(1)")
    with pytest.raises(RenderError, match="status 1: HOME PATH$"):
        render(tmp_path / "results", tmp_path / "report.html", replace(tools, allure=spy), title="x", facts={})
