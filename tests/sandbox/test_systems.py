"""A system boots from its file alone: another app than the reference app, and the reference app under other names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from base.places import APPS, ENVIRONMENTS, NODE_MODULES, PROJECT, SYSTEMS
from sandbox import BootOptions, Sandbox, boot
from sandbox.control import deployed
from sandbox.edge import Answer, fetch
from sandbox.running import chosen, system_of
from sandbox.state import StateFolder
from tests.end_to_end.command import verify

TEXTS = {".ts", ".mjs", ".js", ".jsonc", ".toml", ".css", ".svg"}


def ask(sandbox: Sandbox, address: str, **request: Any) -> Answer:
    """One request through the front door."""
    return fetch(sandbox.connection.connect, sandbox.connection.ca, address, **request)


def renamed(text: str) -> str:
    """FM5 with other names, in capitals and without: domain, Workers, databases, buckets, client ids, variables."""
    return text.replace("fm5", "shop").replace("FM5", "SHOP")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of fm5.toml and of its app in a folder of somebody's own, where nothing is called FM5."""
    root = tmp_path_factory.mktemp("shop")
    app = root / "app"
    shutil.copytree(APPS / "fm5", app, ignore=shutil.ignore_patterns(".wrangler", NODE_MODULES.name, "*.test.mjs"))
    for path in [path for path in app.rglob("*") if path.suffix in TEXTS]:
        path.write_text(renamed(path.read_text(encoding="utf-8")), encoding="utf-8")
    (app / NODE_MODULES.name).symlink_to(NODE_MODULES)
    text = renamed((SYSTEMS / "fm5.toml").read_text(encoding="utf-8")).replace('app = "shop"', 'app = "./app"')
    made = root / "shop.toml"
    made.write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def shop(state: StateFolder, file: Path) -> Iterator[Sandbox]:
    """That system, booted."""
    with boot(config=BootOptions(system=str(file), state=state.root)) as running:
        yield running


@pytest.mark.nightly
@pytest.mark.parametrize(("host", "script"), [("staging.shop.test", "shop-staging"), ("shop.test", "shop")])
def test_system_of_another_name_is_healthy(shop: Sandbox, host: str, script: str) -> None:
    """Its Workers answer at its own names, with database, storage and mail, and each was deployed twice."""
    answer = ask(shop, f"https://{host}/health")
    assert (answer.status, answer.json()["services"]) == (200, {"database": "up", "storage": "up", "mail": "up"})
    assert answer.json()["version"] == "1.1.0"
    assert len(deployed(shop.connection, script)) == 2


@pytest.mark.nightly
def test_standing_account_is_that_of_the_system(shop: Sandbox) -> None:
    """Under the names of variables that its file gives; no variable of FM5 is there."""
    variables = shop.connection.variables
    body = {"email": variables["SHOP_STANDING_EMAIL"], "password": variables["SHOP_STANDING_PASSWORD"]}
    signed_in = ask(shop, "https://shop.test/api/auth/sign-in/email", method="POST", body=body, headers={"Origin": "https://shop.test"})
    assert signed_in.status == 200
    assert not [name for name in variables if name.startswith("FM5")]


@pytest.mark.nightly
def test_names_of_another_system_are_unknown(shop: Sandbox) -> None:
    """Its certificate is good for its own names only."""
    with pytest.raises(OSError, match="Hostname mismatch"):
        ask(shop, "https://fm5.test/health")


@pytest.mark.nightly
def test_record_says_which_system_it_is(shop: Sandbox, state: StateFolder, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and runs of other processes find it there, also when the file has changed meanwhile."""
    monkeypatch.setenv("GONOGO_STATE", str(state.root))
    system = system_of(chosen(shop.connection.run)[1])
    assert (system.path, system.main, system.origin("shop")) == (file, "shop-staging", "https://shop.test")


@pytest.mark.nightly
def test_system_of_another_name_passes(shop: Sandbox, state: StateFolder, file: Path) -> None:
    """Everything that holds of FM5 holds of it: the gate of local.toml, under its names."""
    declared = file.with_name("local.toml")
    text = renamed((ENVIRONMENTS / "local.toml").read_text(encoding="utf-8"))
    declared.write_text(text.replace("[sandbox]", f'[sandbox]\nsystem = "{file}"', 1), encoding="utf-8")
    words = (f"--env={declared}", "--sandbox", shop.connection.run, "--no-report")
    ended = verify(file.parent / "out", *words, env={"GONOGO_STATE": str(state.root)}, within=400)
    assert ended.status == 0, ended.said


def command(state: StateFolder, *words: str) -> subprocess.CompletedProcess[str]:
    """What `python -m sandbox` does with these words."""
    env = {**os.environ, "GONOGO_STATE": str(state.root)}
    argv = [sys.executable, "-m", "sandbox", *words]
    return subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_plain_system_boots_by_name(state: StateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail, no storage, no provider: `up --system plain` serves members, and the commands know its names."""
    up = command(state, "up", "--detach", "--system", "plain")
    assert up.returncode == 0, up
    try:
        monkeypatch.setenv("GONOGO_STATE", str(state.root))
        _, record, connection = chosen(None)
        assert (system_of(record).name, list(record["databases"])) == ("plain", ["plain"])
        assert fetch(connection.connect, connection.ca, "https://plain.test/status").json() == {"status": "ok"}
        body = {"name": "A", "email": "a@plain.test", "password": "a long password"}
        origin = {"Origin": "https://plain.test"}
        address = "https://plain.test/auth/v1/sign-up/email"
        assert fetch(connection.connect, connection.ca, address, method="POST", body=body, headers=origin).status == 200
        told = command(state, "status").stdout
        assert "https://plain.test  plain version " in told
        assert f"--connect-to ::{connection.connect} https://plain.test/status" in told
        assert "fm5.test" not in up.stdout
        assert command(state, "fault", "list").stdout == "the system plain has no fault\n"
        assert "nothing to do" in command(state, "migrate", "plain").stdout
    finally:
        down = command(state, "down")
    assert down.returncode == 0, down


def test_unknown_system_is_one_sentence(state: StateFolder) -> None:
    """It names those that there are, and nothing is left behind."""
    before = [run.id for run in state.all_runs()]
    told = command(state, "up", "--system", "nothing")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "sandbox: nothing: unknown system; known: fm5, plain (or give the path of a .toml file)\n"
    assert [run.id for run in state.all_runs()] == before
