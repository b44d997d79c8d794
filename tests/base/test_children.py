"""Who is given the secrets of the process that runs gonogo: its own processes that read them, and nobody else (S5)."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from base import children
from base.tools import toolchain
from clients.browser import driver
from clients.errors import Unavailable
from clients.platforms.command import Command
from clients.platforms.drill_mark import DrillMark
from gonogo.run.drill_watchdog import guard
from reports.allure import RenderError, Tools, render
from reports.revisions import revision
from sandbox import BootOptions, boot
from sandbox.browser import launch
from sandbox.connection import MARKER, Connection
from sandbox.packages import _environment
from sandbox.processes import Processes, environment
from tests.gonogo import fakes

# What a shell, a CI or an account leaves in the environment: secret by name, secret by value only, and what changes how programs run.
FOREIGN = (
    "ACME_API_TOKEN",
    "ACME_DB_PASSWORD",
    "ACME_GREETING",
    "AWS_SECRET_ACCESS_KEY",
    "CLOUDFLARE_API_TOKEN",
    "DATABASE_URL",
    "GITHUB_TOKEN",
    "GONOGO_HANDED_DOWN",
    "GONOGO_VARIABLES",
    "LANGUAGE_MODEL_KEY",
    "LC_API_KEY",
    "NODE_OPTIONS",
    "PATH_TO_SECRETS",
    "PLAYWRIGHT_SERVICE_ACCESS_TOKEN",
    "PYTHONANYWHERE_API_TOKEN",
    "PW_TEST_CONNECT_HEADERS",
    "SSH_AUTH_SOCK",
)
NEEDED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
OUT = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR")
CONNECTION = Connection("127.0.0.1:1", "/nowhere/ca.pem", "http://127.0.0.1:1", "/nowhere", "of-this-test", {"KEPT_KEY": "value"})


class Started(Exception):
    """A program would have been started now."""


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> frozenset[str]:
    """Random values of variables that are for no program, beside those that every program needs."""
    values = {name: secrets.token_urlsafe(12) for name in FOREIGN}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for name in (*NEEDED, *OUT):
        monkeypatch.setenv(name, os.environ.get(name) or f"/of/{name}")
    return frozenset(values.values())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """Arguments and variables of the programs that would have been started."""
    found: list[tuple[str, dict[str, str]]] = []

    def popen(words: Any, *_: object, env: Mapping[str, str] | None = None, **__: object) -> NoReturn:
        found.append((" ".join(map(str, words)), dict(os.environ if env is None else env)))
        raise Started

    monkeypatch.setattr(subprocess, "Popen", popen)
    return found


def rendered(folder: Path) -> None:
    """Allure, on results that are not there."""
    with pytest.raises(RenderError):
        render(folder / "results", folder / "report.html", Tools(Path(sys.executable), folder / "cli.js"), title="t", facts={})


def opened(folder: Path) -> None:
    """A window on a sandbox."""
    launch(Connection("127.0.0.1:1", str(folder / "ca.pem"), "", str(folder), "of-this-test", {}), ["acme.example"], "https://acme.example")


def guarded(folder: Path) -> None:
    """The guard over a drill of a deployment that outlives the run."""
    with guard(fakes.run(folder, fakes.environment("staging", deploy={"rollback": fakes.ROLLBACK})), DrillMark("run-1", "v1", 60)):
        pass


def commanded(folder: Path) -> None:
    """A platform's tool."""
    Command(["wrangler"], home=folder / "home", environment={}, secrets=[]).run("whoami", within=1)


def spawned(folder: Path) -> None:
    """A service of the sandbox."""
    Processes().spawn(["node"], env=environment(folder, "of-this-test"), cwd=folder, log=subprocess.DEVNULL)


STARTERS: dict[str, Callable[[Path], object]] = {
    "git": revision,
    "browser window": opened,
    "drill's guard": guarded,
    "platform's tool": commanded,
    "sandbox's supervisor": lambda folder: boot(config=BootOptions(state=folder)),
    "sandbox's service": spawned,
}


@pytest.mark.parametrize("starter", STARTERS)
def test_program_is_started_without_secrets(
    starter: str, tmp_path: Path, canaries: frozenset[str], started: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has where programs lie, and none of what is somebody's; nor do its arguments."""
    monkeypatch.setattr("sandbox.browser.key_pin", lambda _: "pin")
    monkeypatch.setattr("sandbox.browser.find_chromium", lambda: tmp_path / "chromium")
    monkeypatch.setenv("DISPLAY", ":0")
    with pytest.raises(Started):
        STARTERS[starter](tmp_path)
    ((words, given),) = started
    assert given["PATH"] == os.environ["PATH"]
    assert {name for name, value in given.items() if any(canary in value for canary in canaries)} == set()
    assert not any(value in words for value in (*canaries, *fakes.VARIABLES.values()))


def test_settings_of_a_program_are_what_it_needs(canaries: frozenset[str]) -> None:
    """Search path, home, language, time and temporary folder for all; proxies and authorities for what talks to others."""
    alone, outward = children.made(), children.made(network=True)
    assert alone.items() >= {name: os.environ[name] for name in NEEDED}.items()
    assert not set(OUT) & alone.keys()
    assert outward.items() >= {name: os.environ[name] for name in (*NEEDED, *OUT)}.items()
    assert not canaries & {*outward.values()}


def test_home_of_its_own_is_a_whole_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of the user's home that lie elsewhere are none of the program's then."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/of/the/user")
    assert children.made()["XDG_CONFIG_HOME"] == "/of/the/user"
    assert children.made(home=tmp_path)["HOME"] == str(tmp_path)
    assert "XDG_CONFIG_HOME" not in children.made(home=tmp_path)


def test_what_is_put_in_on_purpose_is_there() -> None:
    """A platform's token for its tool, for example; it goes before what this process has."""
    assert children.made(more={"CLOUDFLARE_API_TOKEN": "t", "PATH": "/p"}).items() >= {"CLOUDFLARE_API_TOKEN": "t", "PATH": "/p"}.items()


def test_browser_ends_with_its_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of a run that is marked passes the mark on: it is how a sandbox finds what it has to end."""
    monkeypatch.setenv(MARKER, "of-this-test")
    assert children.made()[MARKER] == "of-this-test"


def test_supervisor_is_no_part_of_another_run(
    tmp_path: Path, started: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be ended with that one."""
    monkeypatch.setenv(MARKER, "of-another")
    with pytest.raises(Started):
        boot(config=BootOptions(state=tmp_path))
    assert MARKER not in started[0][1]


def test_python_of_our_own_is_told_how_python_runs(canaries: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And how it reaches others; secrets come to it through a pipe, where it needs any."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert children.python().items() >= {"PYTHONDONTWRITEBYTECODE": "1", "HTTPS_PROXY": os.environ["HTTPS_PROXY"]}.items()
    assert not canaries & {*children.python().values()}


def test_own_process_that_reads_secrets_has_all(canaries: frozenset[str]) -> None:
    """All but what is taken out by name."""
    assert canaries <= {*children.whole().values()}
    assert "NODE_OPTIONS" not in children.whole("NODE_")


def test_npm_is_told_how_it_is_set_up(canaries: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own settings, whatever their case."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    made = _environment(toolchain())
    assert made["npm_config_registry"] == "http://127.0.0.1:1"
    assert not canaries & {*made.values()}


def test_driver_of_the_browser_gets_its_settings(canaries: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Playwright's browsers lie, and what it says of itself."""
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/browsers")
    assert driver.variables().items() >= {"PLAYWRIGHT_BROWSERS_PATH": "/browsers", "PW_LANG_NAME": "python"}.items()
    assert not canaries & {*driver.variables().values()}


def test_another_playwright_gets_no_secrets_by_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it would not ask for the variables in the known way, no browser is started."""
    monkeypatch.setattr("playwright._impl.transport.get_driver_env", dict)
    with pytest.raises(Unavailable, match="gives its driver all variables of the run: install the version"):
        driver.confine()
    monkeypatch.undo()
    driver.confine()
    driver.confine()


def test_report_is_rendered_without_secrets(tmp_path: Path, canaries: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Allure is told nothing of whoever runs it: no address of a CI gets into the report."""
    found: list[dict[str, str]] = []

    def run(*_: object, env: dict[str, str], **__: object) -> NoReturn:
        found.append(env)
        raise OSError(2, "not there")

    monkeypatch.setattr(subprocess, "run", run)
    rendered(tmp_path)
    assert found[0]["HOME"].startswith(str(tmp_path))
    assert not canaries & {*found[0].values()}
