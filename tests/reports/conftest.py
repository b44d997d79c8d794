"""Raw results as a real pytest run with allure-pytest leaves them, and the ledger of the same run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.allure import RenderError, Tools
from tests.reports.ticket_bench import bench, deployment

__all__ = ["bench", "deployment"]

ROOT = Path(__file__).resolve().parents[2]

SUITE = '''
"""Checks that end in every way a check can end."""
import allure
import pytest

pytestmark = [allure.epic("Authentication"), allure.feature("Sign-up")]


def test_visitor_becomes_a_member():
    """Signing up creates a member."""


@allure.severity("critical")
def test_confirmation_is_mailed():
    """Every link in the mail stays on the hosts of the deployment."""
    allure.attach("GET https://staging.fm5.test/verify -> 302 PLANTED", "What was sent and received", "text/plain")
    assert "localhost:3000" == "staging.fm5.test", "a link in the mail leads to localhost:3000"


def test_session_survives():
    """A session survives a reload."""
    raise RuntimeError("not reached: joining.mail broke")


def test_inbox_answers():
    """The inbox answers."""
    raise ConnectionError("api.resend.com refused the connection")


def test_webhook_is_signed():
    """Webhooks are signed."""
    pytest.skip("not applicable")


@pytest.mark.parametrize("name", ["plain", "umlaut"])
def test_name_is_kept(name):
    """A member's name is kept."""
'''


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Node and Allure, as set-up installs them."""
    try:
        return Tools.installed()
    except RenderError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def raw_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of a small run in which checks end in every way. Copy it before changing it."""
    home = tmp_path_factory.mktemp("run")
    (home / "suites" / "auth").mkdir(parents=True)
    (home / "suites" / "auth" / "test_sign_up.py").write_text(SUITE)
    (home / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--alluredir", "results", "suites"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return home / "results"
