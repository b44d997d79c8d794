"""Fixtures: journeys and facets as checks get them, those of other teams included."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from environments.extensions import load_folders, package_of
from fixtures.deployment import Deployment
from fixtures.registry import facets
from gonogo.plugin.fixtures import name_of, register
from gonogo.plugin.selection import FACETS, JOURNEYS
from journeys import Journey
from tests.gonogo.fakes import config
from tests.house import ROOT

pytest_plugins = ["pytester"]

JOURNEY = """
from journeys import Journey, step


class {name}(Journey):
    @step
    def act(self) -> None: ...
"""


@pytest.mark.parametrize(
    ("kind", "name"), [("Joining", "joining"), ("RoundTrip", "round_trip"), ("HTTPSigningIn", "http_signing_in"), ("S3Access", "s3_access")]
)
def test_fixture_has_the_name_of_its_class(kind: str, name: str) -> None:
    """In the manner of Python's functions, abbreviations in one piece."""
    assert name_of(type(kind, (), {})) == name


@pytest.fixture
def apart(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder of another team, with a name of its own in each test; its modules are forgotten afterwards."""
    folder = tmp_path / f"apart-{request.function.__name__.removeprefix('test_')}"
    folder.mkdir()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == package_of(folder)]:
        del sys.modules[name]


def registered(folder: Path, **modules: str) -> Any:
    """A configuration for which the journeys of these modules became fixtures: of each, the name of its class."""
    for module, kind in modules.items():
        (folder / f"{module}.py").write_text(JOURNEY.format(name=kind), encoding="utf-8")
    of = config()
    load_folders([folder])
    register(of, [folder])
    return of


def test_journeys_of_suites_are_found_by_walking() -> None:
    """Nobody writes down which there are: a class with a step below `suites` is a fixture, and so is every facet."""
    of = config()
    register(of)
    journeys, given = of.stash[JOURNEYS], of.stash[FACETS]
    written = {file.parent.name for file in (ROOT / "suites").rglob("journeys.py")}
    assert {kind.__module__.split(".")[-2] for kind in journeys.values()} >= written
    assert all(
        kind.__module__.startswith(("suites.", "fixtures.")) and kind.steps and name == name_of(kind) for name, kind in journeys.items()
    )
    assert given["deployment"] is Deployment
    assert set(given.values()) == set(facets())
    assert not given.keys() & journeys.keys()
    holder = of.pluginmanager.get_plugin("gonogo-given")
    assert {name for name in vars(holder) if not name.startswith("__")} == given.keys() | journeys.keys()


def test_journey_of_another_team_is_a_fixture_where_its_folder_is_named(apart: Path) -> None:
    """Beside those of the suites; a run of another environment knows nothing of it, although its class is there still."""
    of = registered(apart, door="KnockingApart")
    found: type[Journey] = of.stash[JOURNEYS]["knocking_apart"]
    assert (found.__module__, found.__name__) == (f"{package_of(apart)}.door", "KnockingApart")
    alone = config()
    register(alone)
    assert of.stash[JOURNEYS].keys() - alone.stash[JOURNEYS].keys() == {"knocking_apart"}


def test_two_journeys_of_one_name_are_a_usage_error(apart: Path) -> None:
    """A check would get the wrong one."""
    team = package_of(apart)
    words = f"two classes want the fixture twice_apart: {team}.(a|b).TwiceApart and {team}.(a|b).TwiceApart; rename one of them"
    with pytest.raises(pytest.UsageError, match=words):
        registered(apart, a="TwiceApart", b="TwiceApart")


def test_journey_with_the_name_of_a_facet_is_a_usage_error(apart: Path) -> None:
    """Both are asked for in the same way."""
    team = package_of(apart)
    words = f"two classes want the fixture deployment: {team}.a.Deployment and fixtures.deployment.Deployment; rename one of them"
    with pytest.raises(pytest.UsageError, match=words):
        registered(apart, a="Deployment")


ENVIRONMENT = """
title = "Acme"
tier = "sandbox"
origin = "https://acme.example"
connect = "127.0.0.1:9"
extends = ["acme_checks"]
[health]
[control]
addresses = []
[limits]
converge_seconds = 1
"""
OPEN = """
    from gonogo.plugin import loop

    loop.gate = lambda *_: None  # nobody is asked: the deployment is of no account here
"""
JOURNEYS_OF_ACME = '''
from pathlib import Path

from journeys import Journey, step


class PasswordReset(Journey):
    """A member sets a new password."""

    @step
    def mail(self) -> str:
        with Path("played.txt").open("a") as played:
            played.write("mail\\n")
        return "mail"

    @step
    def reset(self) -> str:
        raise ValueError("link is dead")

    @step
    def session(self) -> str:
        return "session"


class Unused(Journey):
    """No check asks for it."""

    @step
    def act(self) -> None:
        Path("unused.txt").touch()
'''
CHECKS = """
from fixtures.deployment import Deployment


def test_mail(password_reset): assert password_reset.mail == "mail"
def test_mail_again(password_reset): assert password_reset.mail == "mail"
def test_session(password_reset): password_reset.session
def test_reset(password_reset): password_reset.reset
def test_reset_again(password_reset): password_reset.reset
def test_facet(deployment): assert type(deployment) is Deployment and deployment.origin.url == "https://acme.example"
def test_same_facet(deployment, request): assert request.getfixturevalue("deployment") is deployment
"""


def app(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, **files: str) -> tuple[str, ...]:
    """Writes a folder of another team beside an environment that names it. Returns the words of a run of it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = pytester.path / "app" / "acme_checks"
    folder.mkdir(parents=True)
    folder.with_name("acme.toml").write_text(ENVIRONMENT, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    pytester.makeconftest(OPEN)
    words = ("-p", "gonogo.plugin.timeline", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=short", "-rs")
    return (*words, "--env", "app/acme.toml", "--out", "out", "--no-report", "app/acme_checks")


def test_checks_ask_for_journeys_and_facets_by_name(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of another team without a line in a conftest: played once for all checks, one cause reported once, no inner frames of ours."""
    words = app(pytester, monkeypatch, journeys=JOURNEYS_OF_ACME, test_reset=CHECKS)
    result = pytester.runpytest_subprocess(*words)
    result.assert_outcomes(passed=4, failed=1, skipped=2)
    result.stdout.fnmatch_lines_random(
        [
            "E *StepBroke: PasswordReset.reset broke: ValueError: link is dead",
            "SKIPPED * not reached: PasswordReset.session was not reached: PasswordReset.reset broke: ValueError: link is dead",
            "SKIPPED * not reached: PasswordReset.reset broke, see *::test_reset: ValueError: link is dead",
        ]
    )
    result.stdout.no_fnmatch_line("*journeys/play.py*")
    assert (pytester.path / "played.txt").read_text(encoding="utf-8") == "mail\n"
    assert not (pytester.path / "unused.txt").exists()


def test_two_classes_of_one_name_end_a_run_before_it_begins(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With exit code 4, and nothing is written."""
    words = app(pytester, monkeypatch, a=JOURNEY.format(name="Twice"), b=JOURNEY.format(name="Twice"))
    result = pytester.runpytest_subprocess(*words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*two classes want the fixture twice: acme_checks.a.Twice and acme_checks.b.Twice; rename one of them"])
    assert not (pytester.path / "out" / "ledger.jsonl").exists()
