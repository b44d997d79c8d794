"""The health gate: one round trip before anything else; if nothing answers, nothing else starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

import httpx

from base.names import is_loopback
from base.plain_text import plain
from clients.errors import Trouble as ClientTrouble
from clients.errors import Unreachable
from clients.health import HealthClient
from clients.wire.answers import platform_error
from clients.wire.walls import recognise
from environments import Environment
from environments.schema.health import Health
from fixtures import registry
from fixtures.versions import NONE, VersionReading, Walled, arrived, settle
from fixtures.ways_in import way_in
from fixtures.wiring import Wiring
from gonogo.run.state import Run
from gonogo.run.watch import Watch
from journeys import BudgetExceeded
from reports.records import StartDelayed, TroubleMet, VersionObserved


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
        front = in_front(run, wiring)
        # A page may be what the platform shows until the first deployment, and goes away by itself.
        if front.trouble and not (front.page and environment.version):
            return reported(front, watch)
        seen = settle(environment, wiring, run.expected, say)
        if front.trouble and not seen.seen and not seen.absent and (text := standing(run, wiring, watch)):
            return text
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
    if environment.host in seen.absent:
        return absent(run, seen, watch)
    for host in (name for name in seen.nameless if name not in seen.platform):
        text = f"{host} is named in version.hosts, and its answers name no version"
        watch.report(TroubleMet(what="unreachable", host=host, text=text, fix="let it say its version, or take it out of version.hosts"))
    for host in seen.kept:
        text = f"{host} names its version only in answers out of a cache, which say nothing about what runs there now"
        fix = f"let no cache keep {environment.health_path}, or name another path in [health]"
        watch.report(TroubleMet(what="unreachable", host=host, text=text, fix=fix))
    run.ledger.append(*version_records(seen, "before"))
    platform_troubles(run, seen, watch)
    wiring.settled()
    if (text := _unsettled(run, seen, watch)) is None and environment.version and (wrong := (*front.wrong, *seen.wrong)):
        run.ledger.append(StartDelayed(seconds=round(seen.waited, 1), readings=len(wrong), last=wrong[-1]))
    return text


def absent(run: Run, seen: VersionReading, watch: Watch, when: str = "") -> str:
    """Nothing is deployed at the origin, however long it was waited for: written down, and said."""
    environment = run.environment
    error = seen.absent[environment.host]
    waited = f", {environment.limits.converge_seconds} s long" if not when else ""
    text = f"{when}no deployment answers at {environment.origin}{waited}: {error}"
    fix = "look whether the deployment has ended well and at this address, or wait longer with limits.converge_seconds"
    watch.report(TroubleMet(what="no_deployment", host=environment.host, text=text, fix=fix))
    return text


def platform_troubles(run: Run, seen: VersionReading, watch: Watch, when: str = "") -> None:
    """What the platform answered in the place of a deployment that is there: at another host, or beside the version that answers."""
    environment = run.environment
    for host, error in seen.platform.items():
        if host == environment.host and host not in seen.seen:
            continue  # for checks to report: the whole deployment fails
        if host in seen.absent:
            text = f"{when}{host} is declared, and no deployment answers there: {error}"
            fix = "deploy it there, or take it out of the environment's file if it is none of the deployment's"
            watch.report(TroubleMet(what="no_deployment", host=host, text=text, fix=fix))
        else:
            text = f"{when}{host} answers some or all requests with {error}"
            watch.report(TroubleMet(what="platform_error", host=host, text=text, fix="look into the deployment's logs"))


def version_records(look: VersionReading, where: Literal["before", "after"]) -> list[VersionObserved]:
    """What the ledger keeps of a look: a record per host, or one of all ids where several were named."""
    source = "fresh connections"
    ids = versions(look)
    if len(ids) > 1:
        return [VersionObserved(where=where, ids=ids, source=source, host=", ".join(look.seen))]
    return [VersionObserved(where=where, ids=ids, source=source, host=host) for host in look.seen]


def versions(look: VersionReading) -> tuple[str, ...]:
    """The ids of a look; an answer that the platform gave in the deployment's place names none, and is another version of nothing."""
    explained = all(host in look.platform for host, names in look.seen.items() if NONE in names)
    return tuple(name for name in look.ids if name != NONE) if explained else look.ids


def _unsettled(run: Run, seen: VersionReading, watch: Watch) -> str | None:
    """Why the versions that answer keep the run from beginning."""
    seconds = run.environment.limits.converge_seconds
    if len(versions(seen)) > 1:  # the ledger has them, and that is inconclusive
        return f"several versions still answer after {seconds} s ({seen.shown}): wait until the deployment has converged, and run again"
    if run.expected is None or arrived(replace(seen, seen={"": versions(seen)}), run.expected):
        return None
    text = f"version {run.expected} has not arrived after {seconds} s: {run.environment.host} answers with {seen.shown}"
    fix = "look at the deployment, or wait longer with limits.converge_seconds"
    if run.override:  # one that cannot be honoured is ignored, and the live version answers
        fix = "a version override needs a version of the current deployment, with 0 % or more of the traffic: stage it first"
    watch.report(TroubleMet(what="unreachable", host=run.environment.host, text=text, fix=fix))
    return text


@dataclass(frozen=True)
class Front:
    """What was met at the front door: something in front of the deployment, and what was wrong with the answer itself.

    ``page``: it may be no more than a page that stands there until something is deployed.
    """

    trouble: TroubleMet | None = None
    page: bool = False
    wrong: tuple[str, ...] = ()


def standing(run: Run, wiring: Wiring, watch: Watch) -> str | None:
    """What stands in front of the deployment right now and answers every address alike, written down. Raises Walled for a known wall."""
    return reported(in_front(run, wiring), watch)


def reported(front: Front, watch: Watch) -> str | None:
    """Writes down what stands in front, and says it."""
    if front.trouble is None:
        return None
    watch.report(front.trouble, key="every address")
    return front.trouble.text


def in_front(run: Run, wiring: Wiring) -> Front:
    """Asks for health, and for an address that cannot exist where that answer could be anybody's. Raises Walled for a known wall."""
    environment = run.environment
    path = environment.health_path
    with wiring.wire.client(environment.origin) as http:
        answer = http.get(path)
        if wall := recognise(answer.status_code, answer.headers.multi_items(), answer.content):
            raise Walled(wall, environment.origin + path, answer.status_code)
        if _is_json(answer) or _as_declared(answer, environment):
            return Front()
        if error := platform_error(answer):
            return Front(wrong=(plain(f"{environment.host} GET {path} -> {answer.status_code} {error}", 400),))
        if is_loopback(environment.host):  # nothing stands in front of what answers on this machine
            return Front()
        # No wall could have learnt this address.
        impossible = http.get(f"/gonogo-{secrets.token_hex(8)}")
        # An app of a single page answers every address with it, but for those that its pages ask.
        asked = (path, *_asked_by_pages(environment))
        answers = [answer, *(http.get(each) for each in asked[1:])] if _says(impossible, environment) == "a page" else [answer]
    if len({_says(given, environment) for given in answers}) > 1:
        return Front()
    first, second = (_says(given, environment) for given in (answer, impossible))
    if not first or first != second:
        return Front()
    kind = answer.headers.get("content-type", "no content type").partition(";")[0]
    seen = f"{environment.origin} answers every address with {first} ({path}: {answer.status_code} {kind})"
    text = f"{seen}: a login wall, a captive portal, a parked domain or another site stands in front"
    fix = "check the origin and the network of this machine, or declare what lets it past the wall in [access]"
    if first == "a page":
        fix += "; if that page is the deployment's own, say with health.contains what stands in no other"
    return Front(TroubleMet(what="wall", host=environment.host, text=text, fix=fix), page=first == "a page")


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
        return isinstance(answer.json(), (dict, list))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False


def _as_declared(answer: httpx.Response, environment: Environment) -> bool:
    """Whether it is the text that [health] declares: that may come as HTML, from an app that answers every address."""
    health = environment.section(Health)
    if health is None:
        return False
    read = HealthClient.of(answer)
    return (health.text is not None and read.reads(health.text)) or (health.contains is not None and health.contains in read.text)


def _asked_by_pages(environment: Environment) -> tuple[str, ...]:
    """Addresses that no page lies at, as far as the file names one: where somebody asks who is signed in."""
    found = way_in(environment)
    return (found[1].paths.session,) if found and found[1].paths.session else ()
