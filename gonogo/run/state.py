"""The run: which environment, which process of it this is, and where it writes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import environments
from base.confirmation import Parent
from base.places import PROJECT
from environments import Declaration
from fixtures.folder import FIGURES, KEPT, RESIDUE, TEMPORARY, WRANGLER_HOME
from gonogo.run import assertions
from reports.errors import ReportError
from reports.folder import WRITTEN, OutputFolder
from reports.revisions import revision
from reports.sealed import Sealed
from reports.secrets import Secrets
from sandbox.connection import Connection

if TYPE_CHECKING:  # what a run needs is loaded when there is one: an error of usage is answered at once
    from environments import Environment
    from reports.ledger import Ledger
    from reports.team_rules import TeamRules
    from sandbox import Sandbox

RUN: pytest.StashKey[Run] = pytest.StashKey()
PARENT: pytest.StashKey[Parent] = pytest.StashKey()
"""Whoever started this process, and wants to hear of its run."""
HANDED_DOWN = "GONOGO_HANDED_DOWN"
RESULTS = "allure-results"
TOLD = "secrets.sealed"
LIMITS = "limits.json"
GUARD_LOG = "guard.log"
OVER_BUDGET = "over-budget"
# What a run leaves in its folder beside ledger, results and what is published.
LEFT = (FIGURES, RESIDUE, LIMITS, "groups.json", "measured", OVER_BUDGET, GUARD_LOG, WRANGLER_HOME)
HOLDS = (*WRITTEN, *LEFT, TEMPORARY, RESULTS, KEPT, TOLD)
"""The names of all that a run writes in its folder."""
STAYS = (KEPT, GUARD_LOG, WRANGLER_HOME)
"""What of an earlier run stays when the next one begins: examples to try again, and what a guard has used and said after a kill."""
# Chromium puts a socket below it, and the path of a socket has an end at 104 characters on macOS (108 on Linux).
LONGEST_TEMPORARY = 60


class Role(StrEnum):
    """What a pytest process is in a run."""

    OWNER = "owner"  # the process that the person or CI started; concludes
    WORKER = "worker"  # of pytest-xdist: plays its share of the journeys
    DRILL = "drill"  # the second pass, alone


@dataclass
class Run:
    """One run, as one of its processes sees it."""

    id: str
    role: Role
    environment: Environment
    out: Path
    depth: str
    parallel: bool
    ledger: Ledger
    started: float = field(default_factory=time.time)
    connection: Connection | None = None
    sandbox: Sandbox | None = None
    attached: bool = False
    stopped: str | None = None
    secrets: Secrets = field(default_factory=Secrets)
    told: Sealed | None = None
    notes: list[str] = field(default_factory=list)
    shard: int = 0
    shards: int = 0
    expected: str | None = None
    override: str | None = None
    folder: OutputFolder | None = None
    declaration: Declaration | None = None
    history: bytes | None = None
    rules: TeamRules | None = None
    begun: bool = False
    concluded: bool = False
    parent: Parent = field(default_factory=Parent)

    def begin(self) -> None:
        """The run begins: what an earlier one left in the folder of the process that owns it gives way, once. Raises ReportError."""
        if self.folder is None or self.begun:
            return
        self.begun = True
        # What was there before this run remembers the limits that the last one has used up; a sandbox of its own has used up none.
        self.folder.clear(but=(*STAYS, TEMPORARY) if self.environment.sandbox else (*STAYS, TEMPORARY, LIMITS))
        (self.out / RESULTS).mkdir()
        self.ledger.open()
        self.parent.begun(self.ledger.path, self.id)

    def adopt(self, environment: Environment) -> None:
        """Takes an environment whose secrets have values: from now on they are known, and hidden in the ledger. Raises ReportError."""
        self.environment = environment
        for name, value in self.connection.variables.items() if self.connection else ():
            self.secrets.register(name, value)
        for secret in environment.secrets:
            if secret.known:
                self.secrets.register(secret.variable, secret.reveal())

    def gather_secrets(self) -> None:
        """What the other processes of the run met is searched for by this one. Raises ReportError when it cannot be known."""
        if self.told:
            try:
                for name, value in self.told.read():
                    self.secrets.register(name, value, whole=True)
            finally:
                self.told.remove()

    @property
    def declared_in(self) -> str:
        """The file that declares the environment; empty where none does."""
        return str(self.declaration.path) if self.declaration else ""

    @property
    def concludes(self) -> bool:
        """Whether this process computes the verdict."""
        return self.role is Role.OWNER

    @property
    def plays(self) -> bool:
        """Whether checks run in this process (with `-n` the owner's workers run them)."""
        return not (self.role is Role.OWNER and self.parallel)

    @property
    def drills(self) -> bool:
        """Whether this run has a second pass: with shards, only the one that is theirs."""
        return self.has_drills and (not self.shards or self.shard == 0)

    @property
    def has_drills(self) -> bool:
        """Whether drills belong to this environment."""
        # What a drill switches is the live version, not one that is asked for.
        return self.drilled and not self.override

    @property
    def drilled(self) -> bool:
        """Whether anybody's drills may switch what this run verifies."""
        tiers = (environments.Tier.SANDBOX, environments.Tier.STAGING)
        return self.environment.drills and self.environment.tier in tiers

    @property
    def alone(self) -> bool:
        """Whether the deployment is a sandbox that ends with this run, so that no other run ever sees it."""
        return self.environment.sandbox is not None and not self.attached

    @property
    def limits(self) -> Path:
        """Counts under the rate limits: the run's own sandbox starts with none, what was there before remembers the last run."""
        return (Path(self.connection.state) if self.attached and self.connection else self.out) / LIMITS

    def handed_down(self) -> str:
        """What the other processes of the run need, secrets included: travels through pipes and environments of processes only."""
        connection = self.connection.to_json() if self.connection else None
        self.told = self.told or sealed(self.out, self.secrets)
        return json.dumps(
            {
                "id": self.id,
                "started": self.started,
                "out": str(self.out),
                "connection": connection,
                "attached": self.attached,
                "origin": self.environment.origin,
                "key": self.told.key,
            }
        )

    def process_environment(self) -> dict[str, str]:
        """Environment of a child: marked, so that the sandbox's supervisor ends it with the run."""
        return {**assertions.kept(), **(self.connection.marker if self.connection else {})}


def run_of(config: pytest.Config) -> Run | None:
    """The run of this process, None when nothing is to be run (`--help`, `--manifest`)."""
    return config.stash.get(RUN, None)


def begin(run: Run) -> None:
    """The run begins: with its first worker, or when the checks are collected. Raises pytest.UsageError where its folder cannot be used."""
    try:
        run.begin()
    except ReportError as error:
        raise pytest.UsageError(f"--out {run.out}: {error}") from None


def sealed(out: Path, secrets: Secrets | None, key: str = "") -> Sealed:
    """The file by which the processes of a run tell each other the secrets that they meet."""
    found = Sealed(out / TOLD, key)
    if secrets is not None:
        secrets.register("the key of the run's secrets", found.key)
    return found


def suite_revision() -> str:
    """The revision of gonogo's own checkout, with a mark when it was changed since."""
    return revision(PROJECT)
