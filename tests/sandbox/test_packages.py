"""Node packages of an app's own: installed at the first boot of its system, and again when the lock has changed."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from base.tools import toolchain
from sandbox.connection import MARKER
from sandbox.errors import SandboxError
from sandbox.packages import BEGUN, install
from sandbox.processes import Processes
from sandbox.reading import read
from sandbox.system import System

MARKED = {MARKER: "of-this-test"}


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    """A system whose app has a package from a folder beside it, so that no registry is asked; npm's cache is its own."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_offline", "true")
    greeting, app = tmp_path / "app" / "greeting", tmp_path / "app"
    greeting.mkdir(parents=True)
    (greeting / "package.json").write_text(json.dumps({"name": "greeting", "version": "1.0.0", "type": "module", "exports": "./index.js"}))
    (greeting / "index.js").write_text("export const greeting = 'hello';\n")
    (app / "package.json").write_text(json.dumps({"name": "app", "private": True, "dependencies": {"greeting": "file:greeting"}}))
    (app / "say.mjs").write_text("import { greeting } from 'greeting';\nconsole.log(greeting);\n")
    plain = read("plain")
    return replace(plain, workers={"app": replace(plain.workers["plain"], app=f"{app}/")})


def lock(app: Path) -> None:
    """What a developer does once."""
    tools = toolchain()
    command = [str(tools.node), str(tools.npm), "install", "--package-lock-only", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=app, check=True, capture_output=True, timeout=60)


def test_packages_are_installed_once(system: System) -> None:
    """The app finds them; a second boot does nothing, a changed lock or a removed folder is installed again."""
    app = system.app(system.workers["app"])
    said: list[str] = []
    lock(app)
    for _ in range(2):
        install(system, Processes(), toolchain(), said.append, MARKED)
    assert said == ["installing the Node packages of app (once)"]
    assert system.packages(system.workers["app"]) == app / "node_modules"
    told = subprocess.run([toolchain().node, "say.mjs"], cwd=app, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "hello\n"
    (app / "package-lock.json").write_text((app / "package-lock.json").read_text() + "\n")
    install(system, Processes(), toolchain(), said.append, MARKED)
    assert len(said) == 2


def npm_ci(app: Path) -> None:
    """What a developer does who works on the app."""
    tools = toolchain()
    command = [str(tools.node), str(tools.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=app, check=True, capture_output=True, timeout=60)


def test_packages_of_somebody_else_are_used_or_left_alone(system: System, tmp_path: Path) -> None:
    """Those of the lock are as good as gonogo's; others would be removed by installing, so that is refused in one sentence."""
    app = system.app(system.workers["app"])
    lock(app)
    npm_ci(app)
    (app / "node_modules" / "notes.txt").write_text("mine")
    install(system, Processes(), toolchain(), pytest.fail, MARKED)
    (app / "node_modules" / ".package-lock.json").unlink()
    with pytest.raises(SandboxError, match=r"was not filled by gonogo, which would replace it, and is not what package-lock.json"):
        install(system, Processes(), toolchain(), pytest.fail, MARKED)
    assert (app / "node_modules" / "notes.txt").read_text() == "mine"
    elsewhere = (app / "node_modules").rename(tmp_path / "elsewhere")
    (app / "node_modules").symlink_to(elsewhere)
    with pytest.raises(SandboxError, match="is a link, and installing packages would empty what it leads to"):
        install(system, Processes(), toolchain(), pytest.fail, MARKED)
    assert (elsewhere / "notes.txt").read_text() == "mine"


def test_installing_that_was_killed_goes_on(system: System) -> None:
    """What lies there then is gonogo's, without a stamp."""
    app = system.app(system.workers["app"])
    lock(app)
    (app / "node_modules" / "half").mkdir(parents=True)
    (app / BEGUN).touch()
    said: list[str] = []
    install(system, Processes(), toolchain(), said.append, MARKED)
    assert said == ["installing the Node packages of app (once)"]
    assert not (app / BEGUN).exists()
    assert not (app / "node_modules" / "half").exists()


def test_app_without_packages_uses_the_projects() -> None:
    """What ships here needs none of its own: nothing is installed at a boot."""
    for name in ("fm5", "plain"):
        system = read(name)
        install(system, Processes(), toolchain(), pytest.fail, MARKED)
        assert {system.packages(worker).parent for worker in system.workers.values()} == {toolchain().wrangler.parents[3]}


def test_missing_lock_is_one_sentence(system: System) -> None:
    """Without it nobody knows which versions are meant."""
    with pytest.raises(SandboxError, match=r"app has a package.json and no package-lock.json: make one with `npm install"):
        install(system, Processes(), toolchain(), pytest.fail, MARKED)


def test_npms_refusal_is_told(system: System) -> None:
    """A lock that does not fit ends with npm's own words."""
    app = system.app(system.workers["app"])
    lock(app)
    (app / "package.json").write_text(json.dumps({"name": "app", "dependencies": {"another": "1.0.0"}}))
    with pytest.raises(SandboxError, match=r"installing the packages of app failed with status 1:[\s\S]*another"):
        install(system, Processes(), toolchain(), lambda _: None, MARKED)


def test_secrets_of_the_shell_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """npm is told how it is set up, and nothing else."""
    from sandbox.packages import _environment

    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    made = _environment(toolchain())
    assert "CLOUDFLARE_API_TOKEN" not in made
    assert made["HTTPS_PROXY"] == "http://proxy.example"
