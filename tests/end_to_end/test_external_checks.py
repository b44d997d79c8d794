"""Checks of another repository: beside the app that they are about, with their own journeys, without a fork."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.servers import Server, serving
from tests.end_to_end.command import PROJECT, PYTEST, Ended, clean, verify
from tests.end_to_end.servers import HOST, declared, healthy

JOURNEYS = '''\
"""What people do at Acme's door."""

from gonogo import HealthEndpoint, Journey, step, uses


class Knocking(Journey):
    """Somebody knocks."""

    health = uses(HealthEndpoint)

    @step
    def answer(self) -> str:
        """Asks once what the door is like."""
        return str(self.health.read().at("door"))
'''
CHECK = '''\
"""Acme's door."""

import allure
import pytest

from acme_checks.journeys import Knocking


@pytest.mark.requires("health")
@allure.severity(allure.severity_level.CRITICAL)
def test_door_is_green(knocking: Knocking) -> None:
    """The door is green."""
    assert knocking.answer == "green", f"the door is {knocking.answer}"
'''
DOOR = "door::door_is_green"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Acme's deployment."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path, server: Server) -> Path:
    """Acme's repository: an environment file, a folder of checks, and settings for its own tests, which are none of ours."""
    root = tmp_path / "app"
    checks = root / "acme_checks"
    checks.mkdir(parents=True)
    for name, text in {"journeys": JOURNEYS, "test_door": CHECK}.items():
        (checks / f"{name}.py").write_text(text, encoding="utf-8")
    (root / "pytest.ini").write_text("[pytest]\naddopts = --an-option-that-gonogo-does-not-know\n", encoding="utf-8")
    declared(root / "gonogo.toml", server)
    written = manifest(root, "write")
    assert written.returncode == 0, written.stdout + written.stderr
    return root


def manifest(repository: Path, mode: str) -> subprocess.CompletedProcess[str]:
    """`pytest --manifest write|check suites ../app/acme_checks`."""
    words = [str(PYTEST), "--manifest", mode, "suites", str(repository / "acme_checks")]
    return subprocess.run(words, cwd=PROJECT, env=clean(os.environ), capture_output=True, text=True, check=False, timeout=60)


def run(repository: Path, *words: str) -> Ended:
    """`pytest --env=../app/gonogo.toml suites ../app/acme_checks`: nothing else says where their modules are."""
    named = (f"--env={repository / 'gonogo.toml'}", "suites", str(repository / "acme_checks"))
    return verify(repository.parent / "out", *named, "--no-report", *words)


@pytest.mark.parametrize("workers", [pytest.param("0", marks=pytest.mark.nightly), "2"])
def test_external_check_runs_beside_the_suites(repository: Path, server: Server, workers: str) -> None:
    """A check of another repository runs, reads its own journey, and is in the ledger; ours run as well, and it is no part."""
    server.routes = healthy(door="green")
    ended = run(repository, "-n", workers)
    assert ended.status == 0, ended.said
    assert ended.states[DOOR] == "passed"
    assert ended.states["health.health::deployment_says_that_it_is_healthy"] == "passed"
    assert not ended.verdict["part"]
    steps = {(record.journey, record.step, record.state) for record in ended.ledger if record.kind == "step"}
    assert ("Knocking", "answer", "done") in steps


def test_external_check_decides_the_verdict(repository: Path, server: Server) -> None:
    """A failed check of another repository is a failure like any other."""
    server.routes = healthy(door="red")
    ended = run(repository)
    assert ended.status == 1, ended.said
    assert list(ended.failures) == [DOOR]
    assert "the door is red" in ended.headline


def test_external_check_that_vanishes_is_missed(repository: Path, server: Server) -> None:
    """A run without a check that the other repository has written down as due is inconclusive, and names it."""
    server.routes = healthy(door="green")
    (repository / "acme_checks" / "test_door.py").unlink()
    ended = run(repository)
    assert ended.status == 3, ended.said
    assert [(reason["kind"], reason["check"]) for reason in ended.verdict["reasons"]] == [("missing", DOOR)]
    gone = manifest(repository, "check")
    assert (gone.returncode, "door_is_green vanished and is not retired" in gone.stdout + gone.stderr) == (4, True), gone.stdout


def test_folder_without_a_list_is_no_pass(repository: Path, server: Server) -> None:
    """Nobody would miss a check of it, and the verdict says what to write."""
    server.routes = healthy(door="green")
    (repository / "acme_checks" / "checks.toml").unlink()
    ended = run(repository)
    assert ended.status == 3, ended.said
    assert "no check of acme_checks is written down as due" in ended.headline
    assert "--manifest write suites" in ended.text


def test_mistake_in_their_list_is_a_usage_error(repository: Path, server: Server) -> None:
    """Before anything is sent, in one sentence."""
    server.routes = healthy(door="green")
    (repository / "acme_checks" / "checks.toml").write_text("[[door", encoding="utf-8")
    ended = run(repository)
    assert (ended.status, "checks.toml cannot be read" in ended.text) == (4, True), ended.text
