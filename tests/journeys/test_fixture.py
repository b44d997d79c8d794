"""Journeys as pytest fixtures, in a pytest of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys import Journey, Misuse, step
from journeys.fixture import journeys_of

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]

CONFTEST = """
    import pytest
    from types import SimpleNamespace
    from journeys import Journey, Scheduler, reading, step
    from journeys.fixture import journeys_of

    class PasswordReset(Journey):
        '''A member sets a new password.'''
        @step
        def mail(self) -> str:
            self.context.played.append("mail")
            return "mail"
        @step
        def reset(self) -> str:
            raise ValueError("link is dead")
        @step
        def session(self) -> str:
            return "session"

    class Unused(Journey):
        @step
        def act(self) -> None:
            raise SystemExit("was started although no check asks for it")

    password_reset = PasswordReset.fixture()
    unused = Unused.fixture()

    STAGE = SimpleNamespace(played=[])
    STAGE.scheduler = Scheduler(STAGE)

    @pytest.fixture(scope="session")
    def stage():
        yield STAGE
        assert STAGE.played == ["mail"]
        STAGE.scheduler.cancel()

    def pytest_collection_finish(session):
        STAGE.scheduler.start(journeys_of(name for item in session.items for name in item.fixturenames))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item):
        with reading(item.nodeid):
            return (yield)
"""

CHECKS = """
    from journeys import NotReached

    def test_mail(password_reset): assert password_reset.mail == "mail"
    def test_session(password_reset): password_reset.session
    def test_reset(password_reset): password_reset.reset
    def test_reset_again(password_reset): password_reset.reset
"""


def test_checks_ask_for_a_journey_by_its_fixture(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started after collection, played once, one cause reported once, no inner frames of ours in the report."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(CHECKS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--tb=short")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines_random(
        [
            "E *NotReached: PasswordReset.session was not reached: PasswordReset.reset broke: ValueError: link is dead",
            "E *StepBroke: PasswordReset.reset broke: ValueError: link is dead",
            "E *NotReached: PasswordReset.reset broke, see *::test_reset: ValueError: link is dead",
        ]
    )
    result.stdout.no_fnmatch_line("*journeys/play.py*")


def test_registry_finds_journeys_by_fixture_names() -> None:
    """In snake_case, or as named; each once, and nothing else."""

    class HTTPSigningIn(Journey):
        @step
        def act(self) -> None: ...

    class Other(Journey): ...

    HTTPSigningIn.fixture()
    Other.fixture("another")
    assert journeys_of(["tmp_path", "another", "http_signing_in", "another"]) == [Other, HTTPSigningIn]


def test_two_journeys_of_one_name_are_refused() -> None:
    """A check would get the wrong one."""

    def make(module: str) -> type[Journey]:
        return type("Twice", (Journey,), {"__module__": module})

    make("suites.a").fixture()
    make("suites.a").fixture()
    with pytest.raises(Misuse, match=r"twice: suites\.a\.Twice and suites\.b\.Twice"):
        make("suites.b").fixture()
