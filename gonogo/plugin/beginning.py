"""The beginning: options and environment become a run, or one message of everything that is wrong with them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import environments
from base import children
from base.confirmation import Parent
from base.places import OUTPUT
from base.run_ids import new_id
from environments import Declaration, EnvironmentProblem
from fixtures.folder import TEMPORARY
from fixtures.previews import demand_known
from gonogo.plugin import asked
from gonogo.run import assertions
from gonogo.run.state import HANDED_DOWN, HOLDS, PARENT, RESULTS, RUN, Role, Run, run_of, sealed
from reports.errors import ReportError
from reports.folder import FolderError, OutputFolder
from reports.secrets import SHORTEST, Secrets
from sandbox.connection import Connection
from sandbox.errors import SandboxError

if TYPE_CHECKING:  # what a run needs is loaded when there is one: an error of usage is answered at once
    from environments import Environment
    from reports.team_rules import TeamRules

# Chromium puts a socket below it, and the path of a socket has an end at 104 characters on macOS (108 on Linux).
LONGEST_TEMPORARY = 60


def configure(config: pytest.Config) -> None:
    """Reads the environment: all its mistakes at once, before anything is sent. The run, if there is one, is in the stash then."""
    if asked.only_asks(config):
        return
    assertions.demand()
    asked.demand_allure(config)
    asked.demand_parent(config)
    inherited = _inherited(config)
    try:
        declaration, environment, connection, attached = _declared(config, inherited)
    except EnvironmentProblem as problem:
        raise pytest.UsageError(f"{problem.source}\n  " + "\n  ".join(problem.lines)) from None
    if config.option.collectonly:
        return
    from clients.wire.proxies import Proxies
    from gonogo.run import platforms
    from reports.ledger import Ledger, LedgerError

    role = Role.WORKER if hasattr(config, "workerinput") else Role.DRILL if inherited else Role.OWNER
    shard, shards = _shard(config, role)
    part = f"-{shard or 'drills'}-of-{shards}" if shards else ""
    out = Path(inherited.get("out") or config.option.out or OUTPUT / f"{environment.name}{part}").resolve()
    run_id = inherited.get("id") or config.option.run_id or new_id()
    _demand_state(environment, boots=role is Role.OWNER and not attached)
    earlier, rules = (_history(config), _rules(config)) if role is Role.OWNER else (None, None)
    if role is Role.OWNER:
        asked.demand_results(config)
    try:
        folder = OutputFolder(out, HOLDS) if role is Role.OWNER else None
        if folder:
            folder.hold()
        secrets = Secrets(sealed(out, None, inherited["key"]).write if inherited else None)
        secrets.learn_variables(os.environ)
        for name, value in Proxies.of(os.environ).secrets:
            if len(value) >= SHORTEST:
                secrets.register(name, value)
        by = getattr(config, "workerinput", {}).get("workerid", role)
        ledger = Ledger(out / "ledger.jsonl", run_id, by=by, redact=secrets.redact, later=folder is not None)
    except (FolderError, LedgerError) as error:
        raise pytest.UsageError(f"--out {out}: {error}") from None
    if role is Role.DRILL:
        from gonogo.run import orphans

        orphans.end_with_the_owner()
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
        override=platforms.override(config.option.version_override, environment),
        folder=folder,
        declaration=declaration,
        parent=config.stash.get(PARENT, Parent()),
        history=earlier,
        rules=rules,
    )
    try:
        run.adopt(environment)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[RUN] = run
    if config.option.allure_report_dir is None:
        config.option.allure_report_dir = str(out / RESULTS)


def _demand_state(environment: Environment, *, boots: bool) -> None:
    """Raises pytest.UsageError where the run would boot a sandbox, and what it would keep its state in is somebody else's folder."""
    if boots and environment.sandbox is not None:
        from sandbox.state import StateFolder

        try:
            StateFolder().demand_ours()
        except SandboxError as error:
            raise pytest.UsageError(str(error)) from None


def _history(config: pytest.Config) -> bytes | None:
    """What earlier runs were like, where that is handed over. Raises pytest.UsageError for a file that does not say so."""
    if config.option.history is None:
        return None
    from reports import history

    try:
        return history.read(config.option.history)
    except history.HistoryError as error:
        raise pytest.UsageError(f"--history {error}") from None


def _rules(config: pytest.Config) -> TeamRules | None:
    """The waivers and advice of the team, read once: what lies there later judges nobody. Raises pytest.UsageError."""
    if not config.option.rules:
        return None
    from reports.team_rules import only

    try:
        return only(config.option.rules)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None


def _declared(config: pytest.Config, inherited: Mapping[str, Any]) -> tuple[Declaration, Environment, Connection | None, bool]:
    """The file, the environment that it declares for this run, and the sandbox that is there already: that of the run, or another.

    Raises EnvironmentProblem, pytest.UsageError.
    """
    declaration = environments.read(config.option.env)
    connection = Connection.from_json(inherited["connection"]) if inherited.get("connection") else None
    attached = bool(inherited.get("attached"))
    if config.option.sandbox is not None and not inherited:
        connection, attached = sandbox_that_is_up(config, declaration), True
    values = connection is not None or bool(inherited) or not declaration.sandboxed
    environment = environment_of(config, declaration, connection, values=values)
    if not inherited:
        demand_known(environment, variables=os.environ)
    return declaration, environment, connection, attached


def keep_temporary_files(out: Path) -> None:
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


def sandbox_that_is_up(config: pytest.Config, declaration: Declaration) -> Connection:
    """The sandbox of `--sandbox`. Raises pytest.UsageError when it cannot be verified."""
    from sandbox.reading import locate
    from sandbox.running import chosen, system_of

    given = config.option.sandbox
    if not declaration.sandboxed:
        why = f"--env {config.option.env} is no environment of the sandbox (it has no [sandbox])"
        raise pytest.UsageError(f"--sandbox {given}: {why}; leave the option out, or choose another environment")
    try:
        run, record, connection = chosen(None if given == "up" else given)
        wanted, running = locate(declaration.system), system_of(record)
    except SandboxError as error:
        raise pytest.UsageError(f"--sandbox {given}: {error}") from None
    if running.path != wanted:
        what = f"sandbox {run.id} is the system {running.name}, and --env {config.option.env} is for {wanted.stem}"
        raise pytest.UsageError(f"--sandbox {given}: {what}; boot that one with `python -m sandbox up --system {wanted.stem}`")
    return connection


def environment_of(config: pytest.Config, declaration: Declaration, connection: Connection | None, *, values: bool) -> Environment:
    variables: Mapping[str, str] | None = children.whole() | dict(connection.variables if connection else {}) if values else None
    supplied = {"connect": connection.connect, "ca": connection.ca} if connection else None
    environment = declaration.environment(variables=variables, origin=config.option.origin, supplied=supplied)
    from gonogo.run import platforms

    platforms.demand(environment)
    environments.demand_subject(environment)
    return environment


def folders_of_others(config: pytest.Config) -> tuple[Path, ...]:
    """The folders of other teams: those that the environment's file names, and those that were named beside it. All are loaded then.

    Raises pytest.UsageError where one of them cannot be.
    """
    from gonogo.plugin import outside

    run = run_of(config)
    named = environments.folders(run.declaration) if run and run.declaration else ()
    found = tuple(dict.fromkeys((*named, *outside.folders(config))))
    if found:
        from environments.extensions import ExtensionProblem, load_folders

        try:
            load_folders(found)
        except ExtensionProblem as problem:
            raise pytest.UsageError(str(problem)) from None
    return found
