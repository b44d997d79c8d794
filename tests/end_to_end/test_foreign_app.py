"""The app of somebody else: a plain better-auth Worker is verified from an environment file, and its mistakes are found."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.certificates import write_private
from tests.end_to_end.command import PROJECT, Ended, clean, verify

pytestmark = pytest.mark.nightly  # boots and deploys three times

# What the issue of the first release asks of somebody else's app, and the check that shows it.
NAMED = {
    "sign-up": "auth.sign_up::visitor_becomes_a_member",
    "sign-in": "auth.sessions::member_signs_in",
    "session": "auth.sessions::session_belongs_to_the_member",
    "sign-out": "auth.sessions::signing_out_ends_the_session",
    "wrong password": "auth.refusals::wrong_password_is_refused",
    "forged cookie": "auth.sessions::cookie_signed_with_the_public_default_secret_is_refused",
    "tampered cookie": "auth.sessions::tampered_signature_is_refused",
    "made-up cookie": "auth.refusals::made_up_cookie_is_refused",
    "foreign Origin": "auth.refusals::foreign_origin_is_refused",
    "health": "health.health::deployment_says_that_it_is_healthy",
}
PUBLIC_SECRET = {
    "auth.sessions::session_is_not_signed_with_the_public_default_secret",
    "auth.sessions::cookie_signed_with_the_public_default_secret_is_refused",
}
# A session token and its signature, percent-encoded or not: better-auth's cookie value.
COOKIE = re.compile(rb"[A-Za-z0-9]{32}\.(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd])")

ENVIRONMENT = """\
title = "Acme"
tier = "sandbox"
origin = "https://{script}.fm5.workers.test"
connect = "{connect}"
ca = "{ca}"

[limits]
# Its limiter counts each address by itself; these are no other run's.
addresses = ["127.0.{block}.1", "127.0.{block}.2", "127.0.{block}.3"]

[health]
path = "/status"
expect = {{ status = "ok" }}

[auth.email]
base = "/auth/v1"
addresses = "gonogo+{{label}}@acme.example"
verification = false
reset = false
"""


class Acme:
    """Somebody else's app in a sandbox, with a database of its own: deployed under several names, well and badly."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox, self._folder = sandbox, folder
        self._verified: dict[str, Ended] = {}

    def migrate(self) -> None:
        """Creates the app's tables with its own migration command."""
        self._command("migrate", "guest")

    def deploy(self, script: str, *words: str, secret: bool = True) -> None:
        """The real wrangler deploys the app under a name; a secret of its own comes along as a private file."""
        file = self._folder / f"{script}.secrets.json"
        write_private(file, json.dumps({"BETTER_AUTH_SECRET": secrets.token_urlsafe(32)} if secret else {}).encode())
        with_secret = ["--secrets-file", str(file)] if secret else []
        self._command("wrangler", "--", "deploy", "--name", script, "--no-x-provision", *with_secret, *words)
        file.unlink()

    def verify(self, script: str, *words: str) -> Ended:
        """`pytest --env=FILE` for the app under that name, with a file that declares health and auth.email only."""
        connection = self._sandbox.connection
        file = self._folder / f"{script}.toml"
        block = 100 + len(self._verified)
        file.write_text(ENVIRONMENT.format(script=script, connect=connection.connect, ca=connection.ca, block=block), encoding="utf-8")
        self._verified[script] = verify(self._folder / script, f"--env={file}", *words)
        return self._verified[script]

    def _command(self, name: str, *words: str) -> None:
        argv = [sys.executable, "-m", "sandbox", name, "--run", self._sandbox.connection.run, "--app", "plain", *words]
        env = clean(os.environ) | {"CI": "1"}
        told = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=120)
        assert told.returncode == 0, f"{name} {' '.join(words)}:\n{told.stdout}\n{told.stderr}"


@pytest.fixture(scope="module")
def acme(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Acme:
    """The app's database is migrated; nothing is deployed yet."""
    acme = Acme(sandbox, tmp_path_factory.mktemp("acme"))
    acme.migrate()
    return acme


@pytest.fixture(scope="module")
def well(acme: Acme) -> Ended:
    """Verified as its makers meant it to be."""
    acme.deploy("plain")
    return acme.verify("plain", "--no-report")


@pytest.fixture(scope="module")
def moved(acme: Acme) -> Ended:
    """Verified where it got another address, and still trusts the old one only: its own pages come from a foreign Origin."""
    acme.deploy("plain-moved")
    return acme.verify("plain-moved", "--no-report")


@pytest.fixture(scope="module")
def unsigned(acme: Acme) -> Ended:
    """Verified where BETTER_AUTH_SECRET was never set. This run renders its report: it has the evidence of checks that failed."""
    acme.deploy("plain-unsigned", "--var", "BASE_URL:https://plain-unsigned.fm5.workers.test", secret=False)
    return acme.verify("plain-unsigned")


def test_foreign_app_passes(well: Ended) -> None:
    """The app of somebody else is verified without touching code: the verdict is a pass, over the whole of what is due."""
    assert well.status == 0, well.said
    assert well.verdict["kind"] == "pass"
    assert not well.verdict["part"]
    assert well.headline.startswith("PASS  all "), well.said


@pytest.mark.parametrize("what", NAMED)
def test_named_checks_ran(well: Ended, what: str) -> None:
    """What matters about any better-auth app ran, and passed."""
    assert well.states[NAMED[what]] == "passed", well.said


def test_undeclared_capabilities_are_not_applicable(well: Ended) -> None:
    """What the file does not declare was neither tried nor demanded."""
    assert well.ended_as("passed") | well.ended_as("not_applicable") == set(well.states)
    assert not [check for check in well.ended_as("passed") if check.split(".")[0] not in ("auth", "generated", "health")]
    assert well.verdict["cost"]["mails"] == well.verdict["cost"]["objects"] == 0


def test_untrusted_origin_is_found(moved: Ended) -> None:
    """With the trusted origins misconfigured nobody can sign up, and that is the one failure; what follows was not reached."""
    assert moved.status == 1, moved.said
    assert moved.verdict["kind"] == "fail"
    assert list(moved.failures) == [NAMED["sign-up"]]
    assert "403 INVALID_ORIGIN" in moved.failures[NAMED["sign-up"]]
    assert NAMED["sign-up"] in moved.headline
    assert moved.states[NAMED["session"]] == "not_reached"
    assert moved.states[NAMED["health"]] == "passed", "the health answer does not know"


def test_unset_secret_is_found(unsigned: Ended) -> None:
    """Without its secret the app signs with the one that everybody knows; the checks of that fail, and no other."""
    assert unsigned.status == 1, unsigned.said
    assert unsigned.verdict["kind"] == "fail"
    assert set(unsigned.failures) == PUBLIC_SECRET
    assert "BETTER_AUTH_SECRET is unset" in unsigned.headline
    assert unsigned.ended_as("failed") == PUBLIC_SECRET
    assert unsigned.states[NAMED["sign-in"]] == "passed", "signing in works all the same, which is why nobody notices"


@pytest.mark.parametrize("run", ["well", "moved", "unsigned"])
def test_no_session_cookie_is_left_behind(run: str, request: pytest.FixtureRequest) -> None:
    """Neither the terminal nor a file of the run shows the value of a session cookie."""
    ended: Ended = request.getfixturevalue(run)
    shown = {"the terminal": ended.text.encode()} | {
        str(path.relative_to(ended.out)): path.read_bytes() for path in ended.out.rglob("*") if path.is_file()
    }
    assert [name for name, content in shown.items() if COOKIE.search(content)] == []
