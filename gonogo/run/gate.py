"""The health gate: one round trip before anything else; if nothing answers, nothing else starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import httpx
import pytest

from clients.errors import Trouble as ClientTrouble
from clients.errors import Unreachable
from clients.wire.walls import recognise
from environments import Environment
from fixtures.versions import Look, Walled, arrived, settle
from fixtures.wiring import Wiring
from gonogo.plugin import outside
from gonogo.run.state import Role, Run, ready, suite_revision
from gonogo.run.watch import Watch
from journeys import BudgetExceeded
from reports.manifest import Manifest  # noqa: F401 - imported early, so that a broken manifest is a usage error
from reports.policy import Policy
from reports.records import Run as RunRecord
from reports.records import Trouble, Version
from reports.revisions import named
from sandbox import SandboxError

WIRING: pytest.StashKey[Wiring] = pytest.StashKey()


def admit(config: pytest.Config, run: Run) -> bool:
    """Waits for the sandbox, reads health and version; False, with the reason in ``run.stopped``, when there is nothing to verify."""
    if run.role is not Role.OWNER:
        config.stash[WIRING] = wired(run)
        return True
    try:
        ready(config)
    except SandboxError as error:
        run.stopped = f"the sandbox could not be booted: {error}"
        run.ledger.append(Trouble(what="third_party", host="sandbox", text=run.stopped))
        return False
    wiring = config.stash[WIRING] = wired(run)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    run.stopped = gate(run, wiring, reporter.write_line if reporter else lambda _: None)
    return run.stopped is None


def wired(run: Run) -> Wiring:
    """The wiring of this process, whose every answer is watched."""
    wiring = Wiring(run.environment, run.limits, run.secrets.learn, Watch(run).wall, run.override)
    if run.depth == "nightly":
        wiring.spending.by_night()
    return wiring


def announce(config: pytest.Config, run: Run) -> None:
    """The ledger's first record."""
    environment = run.environment
    run.ledger.append(
        RunRecord(
            environment=environment.name,
            tier=environment.tier.value,
            origin=environment.origin,
            selection="part" if is_part(config) else "whole",
            arguments=_arguments(config),
            started=run.started,
            suite_revision=suite_revision(),
            capabilities=tuple(sorted(environment.capabilities)),
            policy=Policy.load().digest,
            passes=("main", "drill") if run.drills else ("main",),
            version_readable=environment.version is not None,
            environment_digest=environment.digest,
            checks=tuple(named(folder) for folder in outside.folders(config)),
            depth=run.depth,
            shard=run.shard,
            shards=run.shards,
        )
    )
    run.ledger.append(*outside.due(config))


def is_part(config: pytest.Config) -> bool:
    """Whether the person asked for a part: `-k`, `-m`, single checks, or folders that are not all of the suites."""
    option = config.option
    chosen = bool(option.keyword or option.markexpr or option.deselect or getattr(option, "lf", False) or option.maxfail)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return chosen
    suites = config.rootpath / "suites"
    named = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    return chosen or not any(path == suites or path in suites.parents for path in named)


def _arguments(config: pytest.Config) -> str:
    """The selection as typed. Other arguments may name folders of this machine, so they are left out."""
    parts = [
        f"-k {config.option.keyword!r}" if config.option.keyword else "",
        f"-m {config.option.markexpr!r}" if config.option.markexpr else "",
    ]
    return " ".join(part for part in parts if part)


def gate(run: Run, wiring: Wiring, say: Callable[[str], object] = lambda _: None) -> str | None:
    """One round trip, and the version that answers on every declared host; a sentence when the run cannot go on."""
    environment, watch = run.environment, Watch(run)
    try:
        if text := standing(run, wiring, watch):
            return text
        seen = settle(environment, wiring, run.expected, say)
    except Walled as walled:
        return watch.wall(walled.wall, "GET", walled.url, walled.status)
    except Unreachable as error:
        return watch.unreachable(error)
    except BudgetExceeded as error:
        return str(error)
    except ClientTrouble as error:
        text = f"{environment.origin} does not answer as a deployment would: {error}"
        watch.report(Trouble(what="unreachable", host=environment.host, text=text))
        return text
    for host, silence in seen.silent.items():
        fix = "bring it up, or take it out of the environment's file if it is none of the deployment's"
        watch.report(Trouble(what="unreachable", host=host, text=f"{host} is declared and never answered: {silence.cause}", fix=fix))
    for host in seen.nameless:
        text = f"{host} is named in version.hosts, and its answers name no version"
        watch.report(Trouble(what="unreachable", host=host, text=text, fix="let it say its version, or take it out of version.hosts"))
    run.ledger.append(*version_records(seen, "before"))
    wiring.settled()
    return _unsettled(run, seen, watch)


def version_records(look: Look, where: Literal["before", "after"]) -> list[Version]:
    """What the ledger keeps of a look: a record per host, or one of all ids where several were named."""
    source = "fresh connections"
    if len(look.ids) > 1:
        return [Version(where=where, ids=look.ids, source=source, host=", ".join(look.seen))]
    return [Version(where=where, ids=look.ids, source=source, host=host) for host in look.seen]


def _unsettled(run: Run, seen: Look, watch: Watch) -> str | None:
    """Why the versions that answer keep the run from beginning."""
    seconds = run.environment.limits.converge_seconds
    if len(seen.ids) > 1:  # the ledger has them, and that is inconclusive
        return f"several versions still answer after {seconds} s ({seen.shown}): wait until the deployment has converged, and run again"
    if run.expected is None or arrived(seen, run.expected):
        return None
    text = f"version {run.expected} has not arrived after {seconds} s: {run.environment.host} answers with {seen.shown}"
    fix = "look at the deployment, or wait longer with limits.converge_seconds"
    if run.override:  # one that cannot be honoured is ignored, and the live version answers
        fix = "a version override needs a version of the current deployment, with 0 % or more of the traffic: stage it first"
    watch.report(Trouble(what="unreachable", host=run.environment.host, text=text, fix=fix))
    return text


def standing(run: Run, wiring: Wiring, watch: Watch) -> str | None:
    """What stands in front of the deployment right now, written down: its own wall, or something that answers every address alike."""
    environment = run.environment
    path = environment.health_path
    with wiring.wire.client(environment.origin) as http:
        answer = http.get(path)
        if wall := recognise(answer.status_code, answer.headers.multi_items(), answer.content):
            return watch.wall(wall, "GET", environment.origin + path, answer.status_code)
        if _is_json(answer):
            return None
        # No wall could have learnt this address.
        impossible = http.get(f"/gonogo-{secrets.token_hex(8)}")
    first, second = (_says(given, environment) for given in (answer, impossible))
    if not first or first != second:
        return None
    kind = answer.headers.get("content-type", "no content type").partition(";")[0]
    seen = f"{environment.origin} answers every address with {first} ({path}: {answer.status_code} {kind})"
    text = f"{seen}: a login wall, a captive portal, a parked domain or another site stands in front"
    fix = "check the origin and the network of this machine, or declare what lets it past the wall in [access]"
    watch.report(Trouble(what="wall", host=environment.host, text=text, fix=fix), key="every address")
    return text


def _says(answer: httpx.Response, environment: Environment) -> str:
    """What kind of wall an answer could come from, were it given to every address; empty for an answer of a deployment's own."""
    target = urlsplit(answer.headers.get("location", "")).hostname if answer.is_redirect else None
    if target and target not in environment.declared_hosts:
        return f"a redirection to {target}"
    if answer.status_code == 401 and answer.headers.get("www-authenticate", "").lower().startswith("basic"):
        return "a demand for a password"
    return "a page" if answer.status_code < 400 and "html" in answer.headers.get("content-type", "") else ""


def _is_json(answer: httpx.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
