"""A run boots the system that its environment names, and attaches to no other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sandbox
from environments import read as declaration
from gonogo.plugin.beginning import sandbox_that_is_up
from gonogo.plugin.booting import Booting
from sandbox import BootOptions, Connection, SandboxError
from sandbox.reading import read
from sandbox.state import StateFolder


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A sandbox of `up` that seems to run, as the system plain."""
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "state"))
    run, alive = StateFolder().new_run()
    connection = Connection("127.0.0.1:1", "/ca.pem", "http://127.0.0.1:2", str(run.path), run.id, {})
    run.write_record({"kind": "up", "connection": asdict(connection), "databases": {}, "system": read("plain").content})
    yield connection
    os.close(alive)


def asking(environment: str) -> Any:
    """What was asked on the command line."""
    return SimpleNamespace(option=SimpleNamespace(env=environment, sandbox="up"))


def test_sandbox_of_another_system_is_refused(plain: Connection) -> None:
    """Its Workers are others, and so are its secrets; the sentence says which one is up, and how to boot the right one."""
    said = f"sandbox {plain.run} is the system plain, and --env local is for fm5; boot that one with `python -m sandbox up --system fm5`"
    with pytest.raises(pytest.UsageError) as refused:
        sandbox_that_is_up(asking("local"), declaration("local"))
    assert str(refused.value) == f"--sandbox up: {said}"


def test_sandbox_of_the_systems_own_is_taken(plain: Connection, tmp_path: Path) -> None:
    """By the system's name as by its file."""
    for name in ("plain", str(read("plain").path)):
        file = tmp_path / "plain.toml"
        file.write_text(f'[sandbox]\nworker = "plain"\nsystem = "{name}"\n', encoding="utf-8")
        assert sandbox_that_is_up(asking(str(file)), declaration(str(file))) == plain


def test_unknown_system_is_a_usage_error(plain: Connection, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[sandbox]\nworker = "x"\nsystem = "nothing"\n', encoding="utf-8")
    with pytest.raises(pytest.UsageError, match="--sandbox up: nothing: unknown system; known: fm5, plain"):
        sandbox_that_is_up(asking(str(file)), declaration(str(file)))


@pytest.mark.parametrize("system", ["plain", None])
def test_run_boots_the_system_that_is_named(system: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is the default, which the sandbox knows."""
    asked: list[BootOptions] = []

    def boot(_say: object, *, config: BootOptions) -> None:
        asked.append(config)
        raise SandboxError("no more is needed")

    monkeypatch.setattr(sandbox, "boot", boot)
    run: Any = SimpleNamespace(environment=SimpleNamespace(sandbox=SimpleNamespace(system=system)), sandbox=None, connection=None)
    with pytest.raises(SandboxError, match="no more is needed"):
        Booting(run, asking("x"), print).wait()
    assert [options.system for options in asked] == [str(read(system).path)]


def test_environment_of_an_unknown_system_boots_nothing() -> None:
    """The mistake is one of the environment's file."""
    run: Any = SimpleNamespace(environment=SimpleNamespace(sandbox=SimpleNamespace(system="nothing")))
    with pytest.raises(pytest.UsageError, match="--env x: sandbox.system: nothing: unknown system; known: fm5, plain"):
        Booting(run, asking("x"), print)


def test_sandbox_of_another_gonogo_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its record does not say what it is."""
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "state"))
    run, alive = StateFolder().new_run()
    connection = Connection("127.0.0.1:1", "/ca.pem", "http://127.0.0.1:2", str(run.path), run.id, {})
    run.write_record({"kind": "up", "connection": asdict(connection), "databases": {}})
    with pytest.raises(pytest.UsageError, match="--sandbox up: a sandbox is up that another version of gonogo has booted: stop it"):
        sandbox_that_is_up(asking("local"), declaration("local"))
    os.close(alive)
