"""A booted sandbox: what it serves, what it holds, and the real wrangler on it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from base.places import PROJECT
from sandbox import Sandbox
from sandbox.booting import BootOptions, boot
from sandbox.credentials import Credentials
from sandbox.edge import Answer, fetch
from sandbox.processes import marked
from sandbox.running import live
from sandbox.state import StateFolder
from tests.sandbox.ending import left_over

HOSTS = ("staging.fm5.test", "fm5.test")


def ask(sandbox: Sandbox, address: str, **request: Any) -> Answer:
    """One request through the front door."""
    connection = sandbox.connection
    return fetch(connection.connect, connection.ca, address, **request)


def command(state: StateFolder, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `python -m sandbox` does with these words."""
    env = {**os.environ, "GONOGO_STATE": str(state.root), **environment}
    argv = [sys.executable, "-m", "sandbox", *words]
    return subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=120)


def wrangler(state: StateFolder, sandbox: Sandbox, *words: str) -> subprocess.CompletedProcess[str]:
    """The real wrangler through the command line."""
    return command(state, "wrangler", "--run", sandbox.connection.run, "--", *words, CI="1")


@pytest.mark.parametrize("host", HOSTS)
def test_workers_are_healthy_at_once(sandbox: Sandbox, host: str) -> None:
    """When boot returns, both Workers and everything they need answer."""
    answer = ask(sandbox, f"https://{host}/health")
    assert (answer.status, answer.json()["services"]) == (200, {"database": "up", "storage": "up", "mail": "up"})


@pytest.mark.parametrize("script", ["fm5-staging", "fm5"])
def test_history_holds_a_previous_version(state: StateFolder, sandbox: Sandbox, script: str) -> None:
    """Each Worker was deployed twice, so a rollback has somewhere to go."""
    told = wrangler(state, sandbox, "versions", "list", "--name", script, "--json")
    tags = [version["annotations"].get("workers/tag") for version in json.loads(told.stdout)]
    assert {"1.0.0", "1.1.0"} <= set(tags), "whatever other tests have deployed since"


def test_wrangler_deploys_and_rolls_back(state: StateFolder, sandbox: Sandbox) -> None:
    """The unmodified wrangler changes what staging answers, by deploy and by rollback; production does not notice."""
    health = "https://staging.fm5.test/health"
    before = ask(sandbox, health)
    production = ask(sandbox, "https://fm5.test/health").headers["x-version-id"]
    told = wrangler(state, sandbox, "deploy", "-c", "wrangler.staging.jsonc", "--var", "RELEASE:of-this-test", "--message", "a third one")
    assert told.returncode == 0, told
    deployed = ask(sandbox, health)
    assert (deployed.status, deployed.json()["version"]) == (200, "of-this-test"), "secrets come along from the version before"
    assert deployed.headers["x-version-id"] != before.headers["x-version-id"]
    told = wrangler(state, sandbox, "rollback", before.headers["x-version-id"], "--name", "fm5-staging", "--yes", "-m", "back")
    assert told.returncode == 0, told
    after = ask(sandbox, health)
    assert (after.json()["version"], after.headers["x-version-id"]) == (before.json()["version"], before.headers["x-version-id"])
    assert ask(sandbox, "https://fm5.test/health").headers["x-version-id"] == production


def test_wranglers_status_is_ours(state: StateFolder, sandbox: Sandbox) -> None:
    """What wrangler refuses is refused, with its own words."""
    told = wrangler(state, sandbox, "deploy", "-c", "does-not-exist.jsonc")
    assert told.returncode == 1
    assert "does-not-exist.jsonc" in told.stdout + told.stderr


def test_standing_account_signs_in_to_production(sandbox: Sandbox) -> None:
    """The published account is confirmed in production, and unknown to staging."""
    variables = sandbox.connection.variables
    body = {"email": variables["FM5_STANDING_EMAIL"], "password": variables["FM5_STANDING_PASSWORD"]}

    def sign_in(host: str) -> Answer:
        return ask(sandbox, f"https://{host}/api/auth/sign-in/email", method="POST", body=body, headers={"Origin": f"https://{host}"})

    assert sign_in("fm5.test").status == 200
    assert sign_in("staging.fm5.test").status == 401


def test_no_secret_is_in_an_argument(sandbox: Sandbox) -> None:
    """Arguments can be read by everybody on the machine."""
    secrets = secrets_of(sandbox)
    lines = []
    for process in marked(sandbox.connection.run):
        with contextlib.suppress(psutil.Error):
            lines.append(" ".join(process.cmdline()))
    assert len(lines) > 5
    assert not [line[:60] for line in lines if any(secret in line for secret in secrets)]


def secrets_of(sandbox: Sandbox) -> list[str]:
    """Every secret of a sandbox."""
    credentials = Credentials.load(Path(sandbox.connection.state))
    public = ("CLOUDFLARE_API_BASE_URL", "CLOUDFLARE_ACCOUNT_ID", "FM5_STANDING_EMAIL")
    published = [value for name, value in sandbox.connection.variables.items() if name not in public]
    kept = [credentials.databases, credentials.own, credentials.identity]
    return [*published, credentials.superuser, credentials.mail_sending, *(value for group in kept for value in group.values())]


def test_secret_files_are_private(sandbox: Sandbox) -> None:
    """Everything that holds a secret can be read by its owner alone, by its own mode or a folder's above it."""
    root = Path(sandbox.connection.state)
    needles = [secret.encode() for secret in secrets_of(sandbox)]
    holders = [path for path in root.rglob("*") if path.is_file() and any(needle in path.read_bytes() for needle in needles)]
    assert root / "credentials.json" in holders

    def open_to_others(path: Path) -> bool:
        below = [path, *(parent for parent in path.parents if parent.is_relative_to(root) and parent != root)]
        readable = stat.S_IMODE(path.stat().st_mode) & 0o044
        return bool(readable) and all(stat.S_IMODE(parent.stat().st_mode) & 0o011 for parent in below[1:])

    assert [str(path) for path in holders if open_to_others(path)] == []


def test_logs_hold_no_secret(sandbox: Sandbox) -> None:
    """Logs are shown when a service dies."""
    root = Path(sandbox.connection.state)
    text = "".join(path.read_text(errors="replace") for path in (root / "logs").iterdir())
    assert "ready to accept connections" in text
    assert not [secret[:3] for secret in secrets_of(sandbox) if secret in text]


def test_status_lists_the_sandbox(state: StateFolder, sandbox: Sandbox) -> None:
    """`status` shows the addresses and the versions that are served, and no secret."""
    told = command(state, "status")
    version = ask(sandbox, "https://staging.fm5.test/health").headers["x-version-id"]
    assert told.returncode == 0
    assert f"sandbox {sandbox.connection.run} (run) is up" in told.stdout
    assert f"fm5-staging version {version}" in told.stdout
    assert not [secret[:3] for secret in secrets_of(sandbox) if secret in told.stdout]


def test_guest_database_is_migrated_by_hand(state: StateFolder, sandbox: Sandbox) -> None:
    """`migrate` brings an app's tables into a database of the sandbox, the first time."""
    words = ("migrate", "--run", sandbox.connection.run, "--app", "plain", "guest")
    assert "created table" in command(state, *words).stdout
    assert "nothing to do" in command(state, *words).stdout


def test_commands_say_what_is_missing(state: StateFolder, sandbox: Sandbox) -> None:
    """Each mistake is one sentence and status 1, without a traceback."""
    run = ("--run", sandbox.connection.run)
    mistakes = {
        ("wrangler", "--", "whoami"): "no sandbox is up: start one with `python -m sandbox up`",
        ("wrangler", "--run", "nobody", "--", "whoami"): "no sandbox nobody is running",
        ("wrangler", *run, "--app", "nothing", "--", "whoami"): "there is no app 'nothing': give one of fm5, plain",
        ("migrate", *run, "nothing"): "there is no database 'nothing': give one of fm5, fm5_staging, guest",
        ("down", "--run", "nobody"): "no sandbox nobody is running",
    }
    for words, sentence in mistakes.items():
        told = command(state, *words)
        assert (told.returncode, told.stdout) == (1, ""), words
        assert told.stderr.startswith(f"sandbox: {sentence}")
        assert told.stderr.count("\n") == 1


def test_browser_command_knows_the_names(state: StateFolder, sandbox: Sandbox) -> None:
    """`open --print` prints a command that reaches the sandbox: a headless run of it shows the page."""
    told = command(state, "open", "--run", sandbox.connection.run, "--print", "https://staging.fm5.test/sign-in")
    if "no Chromium" in told.stderr:
        pytest.skip("no Chromium on this machine")
    assert told.returncode == 0, told
    env = {**os.environ, **sandbox.connection.marker}
    argv = [*shlex.split(told.stdout), "--headless", "--disable-gpu", "--dump-dom"]
    seen = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert "Password" in seen.stdout, seen


def test_sandbox_without_a_way_for_nobody(prepared: Path, tmp_path: Path) -> None:
    """A state that `nobody` cannot reach works too, through a temporary folder that is removed again."""
    if os.geteuid() != 0:
        pytest.skip("only root has to become another user")
    from tests.sandbox.conftest import state_with

    tmp_path.chmod(0o700)
    state = state_with(prepared, tmp_path / "state")
    with boot(config=BootOptions(state=state.root)) as sandbox:
        (run,) = state.all_runs()
        assert (run.temporary / "data").is_dir()
        assert ask(sandbox, "https://fm5.test/health").status == 200
    assert not run.temporary.exists()
    assert not run.path.exists()


def test_up_status_down(state: StateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """`up --detach` leaves a sandbox running, a second one is refused, `down` ends it."""
    told = command(state, "up", "--detach")
    assert told.returncode == 0, told
    monkeypatch.setenv("GONOGO_STATE", str(state.root))
    (run,) = [run for run, record in live() if record["kind"] == "up"]
    again = command(state, "up", "--detach")
    assert (again.returncode, again.stderr.startswith(f"sandbox: sandbox {run.id} is already up")) == (1, True)
    down = command(state, "down")
    assert (down.returncode, down.stdout) == (0, f"sandbox {run.id} is stopped\n")
    assert left_over(run.id, run.path, 0.0) == []
    assert command(state, "down").stdout == "no sandbox is up\n"
