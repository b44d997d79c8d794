"""What is loaded: a mistake in how gonogo is called is answered at once, and a run loads what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.servers import Server, serving
from tests.end_to_end.command import PROJECT, clean, verify
from tests.end_to_end.servers import HOST, declare, declared, healthy

SELDOM = frozenset({"boto3", "botocore", "cryptography", "hypothesis", "jwt", "playwright", "securesystemslib", "trustme"})
"""Large packages that only some runs need."""
ALWAYS = frozenset({"gonogo.run.gate", "httpx", "journeys", "psutil", "reports.ledger", "reports.publish", "suites.auth.journeys"})
"""What every run needs, and nobody else."""
# Python loads a module of this name before anything else.
TELLING = """\
import atexit, os, sys

atexit.register(lambda: open(os.environ["LOADED"], "w").write("\\n".join(sys.modules)))
"""


@dataclass(frozen=True)
class Telling:
    """Has a Python process say in its last moment what it has loaded."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """Variables for the process."""
        return {"PYTHONPATH": str(self.folder), "LOADED": str(self.folder / "loaded")}

    def loaded(self) -> set[str]:
        """The modules that it had loaded."""
        return set((self.folder / "loaded").read_text(encoding="utf-8").split())


@pytest.fixture
def telling(tmp_path: Path) -> Telling:
    """For one process."""
    (tmp_path / "sitecustomize.py").write_text(TELLING, encoding="utf-8")
    return Telling(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A small deployment that is well."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        running.routes = healthy()
        yield running


def test_unknown_environment_is_answered_at_once(tmp_path: Path, telling: Telling) -> None:
    """That an environment is not there is said before anything is loaded that a run needs, or that reads an environment."""
    ended = verify(tmp_path / "out", "--env=nope", env=telling.env)
    assert ended.status == 4, ended.said
    assert "gonogo.run.state" in telling.loaded()
    assert telling.loaded() & (SELDOM | ALWAYS | {"pydantic"}) == set()


@pytest.mark.parametrize("mistake", ["in the file", "in an option"])
def test_mistake_is_answered_before_a_run_is_prepared(tmp_path: Path, telling: Telling, mistake: str) -> None:
    """A mistake in an environment's file, or a sandbox that is not there, is said before anything is loaded that only a run needs."""
    if mistake == "in the file":
        words = [f"--env={declare(tmp_path / 'acme.toml', '127.0.0.1:9', before='colour = 1')}"]
    else:
        words = ["--env=local", "--sandbox=nope"]
    ended = verify(tmp_path / "out", *words, env=telling.env)
    assert ended.status == 4, ended.said
    assert telling.loaded() & (SELDOM | ALWAYS) == set()


def test_run_loads_what_it_needs(tmp_path: Path, server: Server, telling: Telling) -> None:
    """Where an environment declares neither browser nor members nor objects, nothing is loaded, to the end, that only those need."""
    ended = verify(tmp_path / "out", f"--env={declared(tmp_path / 'acme.toml', server)}", "--no-report", env=telling.env)
    assert ended.status == 0, ended.said
    assert telling.loaded() >= ALWAYS
    assert telling.loaded() & SELDOM == set()


@pytest.mark.parametrize(
    ("words", "status", "needless"),
    [
        (("gonogo", "artifact", "LICENSE"), 0, {*SELDOM, "httpx", "environments.schema"}),
        (("gonogo", "promote", "annotation", "--environment=nope", "--out=nowhere"), 4, {*SELDOM, "httpx", "environments.schema"}),
        (("sandbox", "--help"), 0, {*SELDOM, "httpx", "psutil", "pydantic"}),
    ],
)
def test_command_loads_what_it_needs(telling: Telling, words: tuple[str, ...], status: int, needless: set[str]) -> None:
    """A command that neither signs nor asks a deployment loads nothing that could."""
    command, variables = [sys.executable, "-m", *words], clean(os.environ) | telling.env
    done = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert words[0] in telling.loaded()
    assert telling.loaded() & needless == set()
