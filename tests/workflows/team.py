"""A team: its repository beside gonogo, its Workers in the sandbox, and what it has set up on GitHub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base.places import PROJECT
from environments.plain import toml
from reports.ticket import keys
from sandbox import Connection
from tests.end_to_end.command import clean
from tests.workflows.actions import Github
from tests.workflows.worker import Worker

TIERS = ("staging", "production")
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


def wrangler(connection: Connection, folder: Path, *words: str) -> None:
    """The unmodified wrangler, run in a folder and spoken to the sandbox."""
    argv = [sys.executable, "-m", "sandbox", "wrangler", "--run", connection.run, "--app", str(folder), "--", *words]
    env = clean(os.environ) | {"CI": "1"}
    done = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"wrangler {' '.join(words)}:\n{done.stdout}\n{done.stderr}"


@dataclass(frozen=True)
class System:
    """What a team has deployed: wrangler's configurations, an environment file for each tier, and what its build leaves.

    `sections` are those of an environment file that every play declares.
    """

    folder: Path
    environments: Mapping[str, Path]
    sections: tuple[str, ...]
    built: Path

    def environment(self, tier: str) -> dict[str, Any]:
        """What the environment file of a tier says."""
        return tomllib.loads(self.environments[tier].read_text(encoding="utf-8"))

    def worker(self, tier: str) -> str:
        """The name of the Worker of a tier."""
        content = self.environment(tier)
        return str((content.get("promotion") or content["sandbox"])["worker"])


@dataclass(frozen=True)
class Team:
    """A team's repository beside gonogo, and what it has set up on GitHub."""

    folder: Path
    gonogo: Path
    system: System
    connection: Connection

    @classmethod
    def made(cls, folder: Path, gonogo: Path, system: System, connection: Connection, checks: Path) -> Team:
        """A team whose repository holds wrangler's configurations, an environment file for each tier, and a check of its own."""
        team = cls(folder, gonogo, system, connection)
        shutil.copytree(checks, team.caller / "checks")
        for tier in TIERS:
            name = f"wrangler.{tier}.jsonc"
            shutil.copyfile(system.folder / name, team.caller / name)
            team.declare(tier)
        return team

    @property
    def caller(self) -> Path:
        """The checkout of its repository."""
        return self.folder / "caller"

    @property
    def staging(self) -> Worker:
        """Staging's Worker."""
        return Worker(self.system.worker("staging"), self.connection)

    @property
    def production(self) -> Worker:
        """Production's Worker."""
        return Worker(self.system.worker("production"), self.connection)

    def declare(self, tier: str, *sections: str, limits: Mapping[str, int] | None = None) -> None:
        """The environment's file of a tier: that of its system, with these further sections, and with these limits instead of its own."""
        content = self.system.environment(tier)
        plain = {key: content[key] for key in ("title", "origin")} | {
            "tier": tier,
            "connect": self.connection.connect,
            "ca": self.connection.ca,
        }
        lines = [f"{key} = {toml(value)}" for key, value in plain.items()]
        tables: dict[str, Any] = {"promotion": {"worker": self.system.worker(tier)}}
        for section in (*self.system.sections, *sections):
            table = content
            for part in section.split("."):
                table = table[part]
            tables[section] = table
        tables["limits"] |= limits or {}
        for section, table in tables.items():
            lines += [f"[{section}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
        (self.caller / f"{tier}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def own_check(self, *, holds: bool) -> None:
        """What the team checks itself holds, or does not."""
        (self.caller / "checks" / "test_own.py").write_text(CHECK.format(holds=holds), encoding="utf-8")

    def github(self, *, report: bool = False) -> Github:
        """A workflow run of the repository as it is now, with the artifact of its build.

        Without `report` no run renders one: that takes longer than all that these plays are about.
        """
        pair = keys.generate(self.folder / "keys")
        variables = self.connection.variables
        token = {name: variables[name] for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID")}
        verifier = {"GONOGO_VARIABLES": "".join(f"{name}={value}\n" for name, value in variables.items())}
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
            machine={} if report else {"PYTEST_ADDOPTS": "--no-report"},
            variables={"CLOUDFLARE_API_BASE_URL": self.connection.api, "GONOGO_TICKET_PUBLIC_KEY": pair.public.read_text().strip()},
        )
        shutil.copytree(self.system.built, github.artifacts / "dist")
        return github


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


def story(github: Github) -> str:
    """What all jobs said, with the time they took."""
    return "\n".join(f"=== {name}: {job.result} after {job.seconds:.0f} s\n{job.said}" for name, job in github.jobs.items())
