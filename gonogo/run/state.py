"""The run: which environment, which process of it this is, and where it writes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import environments
from base.places import OUTPUT, PROJECT
from environments import Declaration, EnvironmentProblem
from fixtures.folder import FIGURES, KEPT, RESIDUE, TEMPORARY, WRANGLER_HOME
from gonogo.plugin import asked
from gonogo.run import assertions
from reports.errors import ReportError
from reports.folder import WRITTEN, FolderError, OutputFolder
from reports.revisions import revision
from reports.sealed import Sealed
from reports.secrets import Secrets
from sandbox.connection import Connection
from sandbox.errors import SandboxError

if TYPE_CHECKING:  # what a run needs is loaded when there is one: an error of usage is answered at once
    from xdist.workermanage import WorkerController

    from environments import Environment
    from reports.ledger import Ledger
    from sandbox import Sandbox

RUN: pytest.StashKey[Run] = pytest.StashKey()
HANDED_DOWN = "GONOGO_HANDED_DOWN"
RESULTS = "allure-results"
TOLD = "secrets.sealed"
LIMITS = "limits.json"
GUARD_LOG = "guard.log"
# What a run leaves in its folder beside ledger, results and what is published.
LEFT = (FIGURES, RESIDUE, LIMITS, "groups.json", "measured", GUARD_LOG, WRANGLER_HOME)
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
    begun: bool = False

    def begin(self) -> None:
        """The run begins: what an earlier one left in the folder of the process that owns it gives way, once. Raises ReportError."""
        if self.folder is None or self.begun:
            return
        self.begun = True
        # What was there before this run remembers the limits that the last one has used up; a sandbox of its own has used up none.
        self.folder.clear(but=(*STAYS, TEMPORARY) if self.environment.sandbox else (*STAYS, TEMPORARY, LIMITS))
        (self.out / RESULTS).mkdir()
        self.ledger.open()

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
                    self.secrets.register(name, value)
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
        if self.override:  # what a drill switches is the live version, not the one that is verified
            return False
        tiers = (environments.Tier.SANDBOX, environments.Tier.STAGING)
        return self.environment.drills and self.environment.tier in tiers

    @property
    def limits(self) -> Path:
        """Counts under the rate limits: the run's own sandbox starts with none, what was there before remembers the last run."""
        return (Path(self.connection.state) if self.attached and self.connection else self.out) / LIMITS

    def handed_down(self) -> str:
        """What the other processes of the run need, secrets included: travels through pipes and environments of processes only."""
        connection = self.connection.to_json() if self.connection else None
        self.told = self.told or _sealed(self.out, self.secrets)
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


def folders_of_others(config: pytest.Config) -> tuple[Path, ...]:
    """The folders that the environment's file names, loaded already in a run. Raises pytest.UsageError where they cannot be."""
    run = run_of(config)
    if run and run.declaration:
        return environments.folders(run.declaration)
    try:
        declaration = environments.read(config.option.env)
        found = environments.folders(declaration)
        if found:
            from environments.extensions import ExtensionProblem, load_folders

            try:
                load_folders(declaration.path, [str(folder) for folder in found])
            except ExtensionProblem as problem:
                raise pytest.UsageError(f"{declaration.path.name}\n  {problem}") from None
    except EnvironmentProblem:
        return ()  # nothing is to be run: `--manifest` needs no environment
    return found


def run_of(config: pytest.Config) -> Run | None:
    """The run of this process, None when nothing is to be run (`--help`, `--manifest`)."""
    return config.stash.get(RUN, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Reads the environment: all its mistakes at once, before anything is sent."""
    if asked.only_asks(config):
        return
    assertions.demand()
    asked.demand_allure(config)
    inherited = _inherited(config)
    connection = Connection.from_json(inherited["connection"]) if inherited.get("connection") else None
    try:
        declaration = environments.read(config.option.env)
        sandboxed = declaration.sandboxed
        attached = bool(inherited.get("attached"))
        if config.option.sandbox is not None and not inherited:
            connection, attached = _attached(config, sandboxed=sandboxed), True
        environment = _environment(config, declaration, connection, values=connection is not None or bool(inherited) or not sandboxed)
    except EnvironmentProblem as problem:
        raise pytest.UsageError(f"{problem.source}\n  " + "\n  ".join(problem.lines)) from None
    if config.option.collectonly:
        return
    from reports.ledger import Ledger, LedgerError

    role = Role.WORKER if hasattr(config, "workerinput") else Role.DRILL if inherited else Role.OWNER
    shard, shards = _shard(config, role)
    part = f"-{shard or 'drills'}-of-{shards}" if shards else ""
    out = Path(inherited.get("out") or config.option.out or OUTPUT / f"{environment.name}{part}").resolve()
    run_id = inherited.get("id") or config.option.run_id or f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
    try:
        folder = OutputFolder(out, HOLDS, ours=out.is_relative_to(OUTPUT)) if role is Role.OWNER else None
        if folder:
            folder.hold()
        secrets = Secrets(_sealed(out, None, inherited["key"]).write if inherited else None)
        secrets.learn_variables(os.environ)
        by = getattr(config, "workerinput", {}).get("workerid", role)
        ledger = Ledger(out / "ledger.jsonl", run_id, by=by, redact=secrets.redact, later=folder is not None)
    except (FolderError, LedgerError) as error:
        raise pytest.UsageError(f"--out {out}: {error}") from None
    run = Run(
        id=run_id,
        role=role,
        environment=environment,
        out=out,
        depth=config.option.depth,
        parallel=bool(getattr(config.option, "numprocesses", None)),
        ledger=ledger,
        started=inherited.get("started") or time.time(),
        connection=connection,
        attached=attached,
        secrets=secrets,
        shard=shard,
        shards=shards,
        expected=config.option.version_override or config.option.expect_version,
        override=_override(config.option.version_override, environment),
        folder=folder,
        declaration=declaration,
    )
    try:
        run.adopt(environment)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[RUN] = run
    if config.option.allure_report_dir is None:
        config.option.allure_report_dir = str(out / RESULTS)


def _sealed(out: Path, secrets: Secrets | None, key: str = "") -> Sealed:
    sealed = Sealed(out / TOLD, key)
    if secrets is not None:
        secrets.register("the key of the run's secrets", sealed.key)
    return sealed


def _override(version: str | None, environment: Environment) -> str | None:
    """The version to ask for. Raises UsageError where it could not be asked for, or nobody could see whether it answered."""
    if version is None:
        return None
    for lacking, section in ((environment.worker is None, "promotion"), (environment.version is None, "version")):
        if lacking:
            raise pytest.UsageError(f"--version-override: {environment.name} has no [{section}], so a version cannot be asked for: add it")
    return version


def _keep_temporary_files(out: Path) -> None:
    """What children leave in their temporary folder (a browser's profile, when it is killed) stays in the project."""
    folder = out / TEMPORARY
    if folder.exists():  # of a run that was killed
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    if len(str(folder)) <= LONGEST_TEMPORARY:
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None


def _inherited(config: pytest.Config) -> dict[str, Any]:
    handed: str | None = getattr(config, "workerinput", {}).get("gonogo") or os.environ.get(HANDED_DOWN)
    content: dict[str, Any] = json.loads(handed) if handed else {}
    return content


def _shard(config: pytest.Config, role: Role) -> tuple[int, int]:
    """Which shard of how many; the drill pass is none. Raises pytest.UsageError without an id that all of them share."""
    given: tuple[int, int] | None = config.option.shard if role is not Role.DRILL else None
    if given and not config.option.run_id:
        raise pytest.UsageError("--shard needs --run-id: give all shards of a run the same (in CI that of the workflow's run and attempt)")
    return given or (0, 0)


def _attached(config: pytest.Config, *, sandboxed: bool) -> Connection:
    """The sandbox of `--sandbox`. Raises pytest.UsageError when it cannot be verified."""
    from sandbox.running import chosen

    given = config.option.sandbox
    if not sandboxed:
        why = f"--env {config.option.env} is no environment of the sandbox (it has no [sandbox])"
        raise pytest.UsageError(f"--sandbox {given}: {why}; leave the option out, or choose another environment")
    try:
        return chosen(None if given == "up" else given)[2]
    except SandboxError as error:
        raise pytest.UsageError(f"--sandbox {given}: {error}") from None


def _environment(config: pytest.Config, declaration: Declaration, connection: Connection | None, *, values: bool) -> Environment:
    variables: Mapping[str, str] | None = {**os.environ, **(connection.variables if connection else {})} if values else None
    supplied = {"connect": connection.connect, "ca": connection.ca} if connection else None
    return declaration.environment(variables=variables, origin=config.option.origin, supplied=supplied)


class Booting:
    """Boots the sandbox beside the collection of checks, so that neither waits for the other."""

    def __init__(self, run: Run, config: pytest.Config, say: Callable[[str], None]) -> None:
        self._run, self._config, self._say = run, config, say
        self._error: SandboxError | None = None
        self._thread = threading.Thread(target=self._boot, name="boot", daemon=True)
        self._thread.start()

    def _boot(self) -> None:
        from sandbox import BootOptions, boot

        try:
            self._run.sandbox = boot(self._say, config=BootOptions())
        except SandboxError as error:
            self._error = error

    def wait(self) -> None:
        """Until the sandbox answers; then the environment has its secrets. Raises SandboxError."""
        while self._thread.is_alive():
            self._thread.join(0.1)  # short, so that Ctrl-C is heard
        if self._error:
            raise self._error
        if self._run.sandbox and self._run.declaration and self._run.connection is None:
            self._run.connection = self._run.sandbox.connection
            self._run.adopt(_environment(self._config, self._run.declaration, self._run.connection, values=True))


BOOTING: pytest.StashKey[Booting] = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The process that owns the run boots the sandbox, once."""
    run = run_of(session.config)
    if run is None or not run.concludes:
        return
    asked.demand_selection(session.config)
    _keep_temporary_files(run.out)
    if run.attached or run.environment.sandbox is None:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    session.config.stash[BOOTING] = Booting(run, session.config, reporter.write_line if reporter else print)


def ready(config: pytest.Config) -> None:
    """Waits for the sandbox, if there is one. Raises SandboxError."""
    booting = config.stash.get(BOOTING, None)
    if booting:
        booting.wait()


def begin(run: Run) -> None:
    """The run begins: with its first worker, or when the checks are collected. Raises pytest.UsageError where its folder cannot be used."""
    try:
        run.begin()
    except ReportError as error:
        raise pytest.UsageError(f"--out {run.out}: {error}") from None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Workers get the run and the sandbox that the owner booted."""
    run = run_of(node.config)
    if run is None:
        return
    begin(run)
    try:
        ready(node.config)
    except SandboxError as error:
        raise pytest.exit.Exception(str(error), returncode=3) from None
    node.workerinput["gonogo"] = run.handed_down()


def suite_revision() -> str:
    """The revision of gonogo's own checkout, with a mark when it was changed since."""
    return revision(PROJECT)


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run of this process."""
    found = run_of(pytestconfig)
    assert found is not None, "a check runs, so there is a run"
    return found
