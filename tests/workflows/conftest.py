"""What a promotion needs around it: a sandbox, a clean checkout of gonogo, a team's repository, keys and secrets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.deployments.cloudflare import CloudflareWorker
from environments.plain import toml
from reports.ticket import keys
from sandbox import Connection, boot
from sandbox.toolchain import PROJECT, find
from tests.end_to_end.command import clean
from tests.workflows.actions import Github

APP = PROJECT / "sandbox" / "apps" / "fm5"
CHECK = '''
"""A check of the team's own."""

import pytest


@pytest.mark.safe_in_production
def test_team_has_a_check_of_its_own() -> None:
    """What the team checks itself holds."""
    assert {holds}
'''


def git(folder: Path, *words: str) -> str:
    """What git says in a folder. Nothing of the user's configuration counts."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    said = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "safe.directory=*", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *said, *words], cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


def committed(folder: Path) -> str:
    """Make a repository of a folder; its commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "state")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="session")
def connection() -> Iterator[Connection]:
    """A sandbox of these tests' own."""
    with boot(lambda _: None) as sandbox:
        yield sandbox.connection


@pytest.fixture(scope="session")
def gonogo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of gonogo at a commit, as it is here, whatever was changed since the last commit."""
    folder = tmp_path_factory.mktemp("checkout") / "gonogo"
    for name in git(PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (PROJECT / name).is_file() and not (PROJECT / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)
    committed(folder)
    for linked in (".venv", "node_modules"):
        (folder / linked).symlink_to(PROJECT / linked)
    return folder


@pytest.fixture(scope="session")
def built(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a team's build leaves."""
    folder, tools = tmp_path_factory.mktemp("build"), find()
    words = [str(tools.node), str(tools.wrangler), "deploy", "--dry-run", "--outdir", str(folder / "dist"), "-c", "wrangler.staging.jsonc"]
    env = {**clean(os.environ), "WRANGLER_SEND_METRICS": "false", "CI": "1", "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    subprocess.run(words, cwd=APP, env=env, capture_output=True, check=True)
    return folder / "dist"


@pytest.fixture(scope="session")
def listed(gonogo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the team's checks, with its list of those that are due."""
    folder = tmp_path_factory.mktemp("team") / "checks"
    folder.mkdir()
    (folder / "test_own.py").write_text(CHECK.format(holds="True"), encoding="utf-8")
    words = [".venv/bin/pytest", "-c", "pyproject.toml", "--manifest", "write", "suites", str(folder)]
    subprocess.run(words, cwd=gonogo, env=clean(os.environ), capture_output=True, check=True)
    assert (folder / "checks.toml").is_file()
    assert not git(gonogo, "status", "--porcelain", "--untracked-files=no")
    return folder


@dataclass
class Team:
    """A team's repository beside gonogo, and what it has set up on GitHub."""

    folder: Path
    gonogo: Path
    built: Path
    connection: Connection

    @property
    def caller(self) -> Path:
        """The checkout of its repository."""
        return self.folder / "caller"

    def declare(self, name: str, shipped: str, tier: str, *sections: str) -> None:
        """An environment's file: that of the sandbox, as a team would write it, with these sections."""
        content: dict[str, Any] = tomllib.loads((PROJECT / "environments" / f"{shipped}.toml").read_text(encoding="utf-8"))
        plain = {key: content[key] for key in ("title", "origin")} | {
            "tier": tier,
            "connect": self.connection.connect,
            "ca": self.connection.ca,
        }
        lines = [f"{key} = {toml(value)}" for key, value in plain.items()]
        worker = content["sandbox"]["worker"]
        tables: dict[str, Any] = {"promotion": {"worker": worker}, "version": content["version"], "limits": content["limits"]}
        for section in ("health", "headers", *sections):
            table = content
            for part in section.split("."):
                table = table[part]
            tables[section] = table
        for section, table in tables.items():
            lines += [f"[{section}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
        (self.caller / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def github(self) -> Github:
        """A workflow run of the repository as it is now, with the artifact of its build."""
        pair = keys.generate(self.folder / "keys")
        variables = self.connection.variables
        token = {name: variables[name] for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID")}
        verifier = {"GONOGO_VARIABLES": "".join(f"{name}={value}\n" for name, value in variables.items()) + self._api}
        github = Github(
            folder=self.folder,
            gonogo=self.gonogo,
            caller=self.caller,
            sha=committed(self.caller),
            secrets={
                "gonogo-staging-deploy": token,
                "gonogo-staging": verifier,
                "gonogo-signing": {"GONOGO_TICKET_KEY": pair.private.read_text().strip()},
                "gonogo-production": token,
                "gonogo-production-verify": verifier,
                "gonogo-production-switch": token,
            },
            variables={"CLOUDFLARE_API_BASE_URL": self.connection.api, "GONOGO_TICKET_PUBLIC_KEY": pair.public.read_text().strip()},
        )
        shutil.copytree(self.built, github.artifacts / "dist")
        return github

    @property
    def _api(self) -> str:
        return f"CLOUDFLARE_API_BASE_URL={self.connection.api}\n" if "CLOUDFLARE_API_BASE_URL" not in self.connection.variables else ""

    def worker(self, name: str = "fm5") -> CloudflareWorker:
        """The platform's own view of one of the Workers."""
        tools, variables = find(), self.connection.variables
        return CloudflareWorker(
            name,
            wrangler=[str(tools.node), str(tools.wrangler)],
            account_id=variables["CLOUDFLARE_ACCOUNT_ID"],
            token=variables["CLOUDFLARE_API_TOKEN"],
            home=self.folder / f"home-{name}",
            api=self.connection.api,
        )


@pytest.fixture
def team(tmp_path: Path, gonogo: Path, built: Path, listed: Path, connection: Connection) -> Team:
    """A team with two Workers, and a check of its own."""
    team = Team(tmp_path, gonogo, built, connection)
    shutil.copytree(listed, team.caller / "checks")
    for name in ("wrangler.staging.jsonc", "wrangler.production.jsonc"):
        shutil.copyfile(APP / name, team.caller / name)
    team.declare("staging", "local", "staging")
    team.declare("production", "local-production", "production")
    return team


def inputs(**changes: object) -> dict[str, object]:
    """What the team's own workflow hands to `promote.yml`."""
    return {
        "gonogo": "acme/gonogo",
        "revision": "0" * 40,
        "staging": "staging.toml",
        "staging-config": "wrangler.staging.jsonc",
        "production": "production.toml",
        "production-config": "wrangler.production.jsonc",
        "release-variable": "RELEASE",
        "checks": "checks",
        **changes,
    }


def lines(path: Path) -> list[Any]:
    """The records of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
