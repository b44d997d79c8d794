"""No secret leaves a run: every route by which secrets get into artifacts is walked, and nothing is found in what the run leaves.

The secrets are written down behind gonogo's back (leaky/plugin.py), so that one which it never heard of is found here. Controls: without
its scrub the same checks are a leak, and each route is named.
"""

from __future__ import annotations

import json
import secrets as tokens
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from environments.loading import locate
from reports.scan import Hit, scan
from reports.secrets import Secrets
from sandbox import Sandbox
from tests.end_to_end.command import Ended, verify
from tests.end_to_end.leaky.canaries import IN_BROWSER, ROUTES, variable

HERE = Path(__file__).parent / "leaky"
# All that a careless person can switch on.
WORST = (
    *("--showlocals", "--show-capture=all", "--log-level=DEBUG", "--log-file-level=DEBUG"),
    *("-o", "junit_logging=all", "-o", "junit_family=xunit1"),
)
# With every change: people with passwords, cookies, mailed links, signed addresses and a browser, in two workers, which tell each other
# what is secret. What all other checks leave is searched at night, and by every run itself.
PART = (
    "suites/health",
    "suites/auth/test_sign_up.py",
    "suites/auth/test_sessions.py",
    "suites/auth/test_password_reset.py",
    "suites/storage/test_round_trip.py",
    "suites/browser/test_first_day.py",
)
# What no scrub has to hide: httpx and pydantic show no credentials, and cookies and properties are hidden where they come from.
KEPT = {"authorization_header", "basic_password", "secret_str_compared", "browser_cookie", "record_property"}


@dataclass(frozen=True)
class Leaky:
    """A run with the leaky checks, the canary of each route, and what the plugin wrote down: value -> what it is."""

    ended: Ended
    canaries: dict[str, str]
    seen: dict[str, str]

    def search(self, *places: Path) -> list[Hit]:
        """Everything secret in these places."""
        known = Secrets()
        for name, value in self.canaries.items():
            known.register(name, value)
        for value, what in self.seen.items():
            known.register(what, value)
        return scan(places, known)


def play(folder: Path, sandbox: Sandbox, *words: str, scrub: bool = True) -> Leaky:
    """A run over the leaky checks, with everything switched on that leaks."""
    checks, out = folder / "app" / "leaky_checks", folder / "out"
    checks.mkdir(parents=True)
    for path in HERE.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("tests.end_to_end.leaky", checks.name)
        (checks / {"plugin.py": "conftest.py", "checks.py": "test_leaks.py"}.get(path.name, path.name)).write_text(text, encoding="utf-8")
    target = folder / "app" / "local.toml"
    target.write_text(f'extends = ["{checks.name}"]\n{locate("local").read_text(encoding="utf-8")}', encoding="utf-8")
    canaries = {route: tokens.token_hex(16) for route in ROUTES}
    variables = {variable(route): value for route, value in canaries.items()}
    seen = folder / "seen.jsonl"
    ended = verify(
        out,
        *("-c", "pyproject.toml", f"--env={target}", "--sandbox", sandbox.connection.run),
        *words,
        str(checks),
        *WORST,
        f"--junit-xml={out}/pytest.xml",
        f"--log-file={out}/pytest.log",
        env={**variables, "PYTHONPATH": str(folder / "app"), "LEAKY_SEEN": str(seen), "LEAKY_NO_SCRUB": "" if scrub else "1"},
        within=400,
    )
    lines = [json.loads(line) for line in seen.read_text(encoding="utf-8").splitlines()]
    return Leaky(ended, canaries, {value: kind for kind, value in lines})


@pytest.mark.parametrize(
    ("suites", "workers"),
    [
        (PART, "2"),
        pytest.param(("suites",), "0", marks=pytest.mark.nightly),
        pytest.param(("suites",), "2", marks=pytest.mark.nightly),
    ],
    ids=["part", "whole-alone", "whole-workers"],
)
def test_run_leaves_no_secret(tmp_path: Path, sandbox: Sandbox, suites: tuple[str, ...], workers: str) -> None:
    """Suites and all leaks: the verdict is about the checks, and nothing in the run's folder or on the terminal is secret."""
    leaky = play(tmp_path, sandbox, *suites, "-n", workers)
    ended = leaky.ended
    assert ended.status == 1, ended.said
    assert {f"leaks::{route}" for route in ("compared_dict", "printed", "browser")} <= ended.ended_as("failed"), ended.said
    kinds = Counter(what.partition(" ")[0] for what in leaky.seen.values())
    mailed = {"text": 2, "address": 3} if suites == PART else {"text": 3, "address": 4}
    least = {"password": 4, "cookie": 4, "variable": 4, "field": 4, "browser": 1, **mailed}
    assert all(kinds[kind] >= number for kind, number in least.items()), kinds
    assert ended.ended_as("passed") >= {"auth.sessions::member_signs_in", "storage.round_trip::bytes_survive_a_round_trip"}, ended.said
    assert leaky.search(ended.out) == []
    assert {path.name for path in (ended.out / "publish").iterdir()} >= {"ledger.jsonl", "report.html", "junit.xml"}
    _plant(leaky)
    terminal = tmp_path / "terminal.txt"
    terminal.write_text(ended.text, encoding="utf-8")
    assert {hit.secret for hit in leaky.search(terminal)} <= {"parameter_id"}, "a name of a check is shown as it is"


def _plant(leaky: Leaky) -> None:
    """The search that found nothing finds what is put there now, in every kind of file."""
    value = leaky.canaries["printed"]
    planted = []
    for name in ("report.html", "ledger.jsonl", "junit.xml", "summary.md", "verdict.json", "history.jsonl"):
        with (leaky.ended.out / "publish" / name).open("a", encoding="utf-8") as file:
            file.write(f"<!-- {value} -->")
        planted.append(leaky.ended.out / "publish" / name)
    trace = next(path for path in (leaky.ended.out / "allure-results").iterdir() if path.suffix == ".zip")
    with zipfile.ZipFile(trace, "a") as archive:
        archive.writestr("planted", value)
    assert len({hit.where.partition("!")[0] for hit in leaky.search(*planted, trace)}) == 7


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.nightly)])
def test_each_route_is_a_leak_without_the_scrub(tmp_path: Path, sandbox: Sandbox, workers: str) -> None:
    """The control: what the scrub hides is really there, each route is found and named, and nothing may be uploaded."""
    leaky = play(tmp_path, sandbox, "suites/health", "-n", workers, scrub=False)
    ended = leaky.ended
    assert ended.status == 6, ended.said
    told = {record.secret for record in ended.ledger if record.kind == "leak"}
    assert {variable(route) for route in ROUTES if route not in KEPT} <= told
    assert ended.headline.startswith("LEAK"), ended.said
    assert not (ended.out / "publish").exists()
    assert not (ended.out / "report.html").exists()
    assert leaky.search(ended.out / "verdict.json", ended.out / "summary.md", ended.out / "ledger.jsonl") == []
    assert {hit.secret for hit in leaky.search(ended.out / "allure-results")} >= set(IN_BROWSER) - KEPT
    assert "[hidden LEAKY_RECORD_PROPERTY_TOKEN]" in (ended.out / "pytest.xml").read_text(encoding="utf-8")
