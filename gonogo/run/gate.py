"""The health gate: one round trip before anything else; if nothing answers, nothing else starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import httpx

from clients.errors import Trouble as ClientTrouble
from clients.errors import Unreachable
from clients.wire.walls import recognise
from environments import Environment
from fixtures import registry
from fixtures.versions import VersionReading, Walled, arrived, settle
from fixtures.wiring import Wiring
from gonogo.run.state import Run
from gonogo.run.watch import Watch
from journeys import BudgetExceeded
from reports.records import TroubleMet, VersionObserved


def wired(run: Run) -> Wiring:
    """The wiring of this process, whose every answer is watched."""
    environment = run.environment
    priced = registry.limits(environment), registry.costs(environment)
    wiring = Wiring(environment, run.limits, *priced, run.secrets.learn, Watch(run).wall, run.override)
    if run.depth == "nightly":
        wiring.spending.by_night()
    return wiring


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
        watch.report(TroubleMet(what="unreachable", host=environment.host, text=text))
        return text
    for host, silence in seen.silent.items():
        fix = "bring it up, or take it out of the environment's file if it is none of the deployment's"
        watch.report(TroubleMet(what="unreachable", host=host, text=f"{host} is declared and never answered: {silence.cause}", fix=fix))
    for host in seen.nameless:
        text = f"{host} is named in version.hosts, and its answers name no version"
        watch.report(TroubleMet(what="unreachable", host=host, text=text, fix="let it say its version, or take it out of version.hosts"))
    run.ledger.append(*version_records(seen, "before"))
    wiring.settled()
    return _unsettled(run, seen, watch)


def version_records(look: VersionReading, where: Literal["before", "after"]) -> list[VersionObserved]:
    """What the ledger keeps of a look: a record per host, or one of all ids where several were named."""
    source = "fresh connections"
    if len(look.ids) > 1:
        return [VersionObserved(where=where, ids=look.ids, source=source, host=", ".join(look.seen))]
    return [VersionObserved(where=where, ids=look.ids, source=source, host=host) for host in look.seen]


def _unsettled(run: Run, seen: VersionReading, watch: Watch) -> str | None:
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
    watch.report(TroubleMet(what="unreachable", host=run.environment.host, text=text, fix=fix))
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
    watch.report(TroubleMet(what="wall", host=environment.host, text=text, fix=fix), key="every address")
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
