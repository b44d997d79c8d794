"""Reads the file of a system, and reports every mistake in it at once."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.places import SYSTEMS
from sandbox.errors import SandboxError
from sandbox.system import KEYS, PROVIDERS, System

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")


class SystemProblem(SandboxError):
    """A system cannot be booted; the message names its file and every mistake in it."""


def names() -> list[str]:
    """Names of the systems that ship here."""
    return sorted(path.stem for path in SYSTEMS.glob("*.toml"))


def default() -> str:
    """The system that is meant when none is named. Raises SystemProblem unless exactly one says that it is."""
    found = [name for name in names() if _content(locate(name)).get("default") is True]
    if len(found) != 1:
        raise SystemProblem(f"{SYSTEMS}: exactly one system must say default = true, not {', '.join(found) or 'none'}")
    return found[0]


def locate(name: str | None) -> Path:
    """The file of a system given by name or path; None: the default. Raises SystemProblem that names those that are known."""
    name = name or default()
    given = "/" in name or name.endswith(".toml")
    path = Path(name) if given else SYSTEMS / f"{name}.toml"
    if not path.is_file():
        what = "there is no such file" if given else "unknown system"
        raise SystemProblem(f"{name}: {what}; known: {', '.join(names())} (or give the path of a .toml file)")
    return path.resolve()


def read(name: str | None = None) -> System:
    """The system of this name, or of the file at that path; None: the default. Raises SystemProblem with every mistake."""
    path = locate(name)
    content = _content(path)
    wrong = [f"{key}: unknown key" for key in content if key not in KEYS]
    made = {key: value for key, value in content.items() if key in KEYS} | {"name": path.stem, "folder": str(path.parent)}
    system, further = _validated(made)
    wrong += further + (list(mistakes(system)) if system else [])
    if wrong or system is None:
        raise SystemProblem(f"{path}: {'; '.join(wrong)}")
    return system


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SystemProblem(f"{path}: cannot be read: {error}") from error


@cache
def _adapter() -> TypeAdapter[System]:
    from pydantic import TypeAdapter  # takes a while to load; a boot does so while its supervisor starts

    return TypeAdapter(System)


def _validated(content: dict[str, Any]) -> tuple[System | None, list[str]]:
    """The system and what is wrong with its keys; unknown ones are passed over, so that the rest can be looked at too."""
    from pydantic_core import ValidationError

    try:
        return _adapter().validate_json(json.dumps(content, default=str)), []
    except ValidationError as error:
        problems = error.errors()
    unknown = [problem for problem in problems if problem["type"] == "unexpected_keyword_argument"]
    for problem in unknown:
        _take_out(content, problem["loc"])
    system = _validated(content)[0] if len(unknown) == len(problems) else None
    return system, [_sentence(problem) for problem in problems]


def _take_out(content: Any, place: tuple[int | str, ...]) -> None:
    *way, key = place
    for part in way:
        content = content[part]
    del content[key]


def _sentence(problem: ErrorDetails) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "unexpected_keyword_argument":
        return f"{where}: unknown key"
    if problem["type"] == "missing":
        return f"{where}: missing"
    return f"{where}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def mistakes(system: System) -> Iterator[str]:
    """What does not fit together, one sentence each."""
    yield from _names(system)
    if not system.workers:
        yield "workers: a system has at least one Worker"
        return
    if not system.releases:
        yield "releases: a system has at least one release"
    for script in system.workers:
        yield from _worker(system, script)
    stuck = system.workers.keys() - {script for wave in system.waves for script in wave}
    if stuck and not [name for script in stuck for name in system.workers[script].after if name not in system.workers]:
        yield f"workers: {', '.join(sorted(stuck))} would wait for each other for ever: look at `after`"
    for bucket, kept in system.buckets.items():
        yield from _known(f"buckets.{bucket}.worker", [kept.worker], system.workers)
    if system.standing:
        yield from _known("standing.worker", [system.standing.worker], system.workers)
        if not system.mail:
            yield "standing: the member confirms a mailed link, so there must be [mail]"
    for name, source in system.variables.items():
        yield from _known(f"variables.{name}", [source], system.sources())


def _names(system: System) -> Iterator[str]:
    """Hosts are names, and each leads to one place; so do the ids of clients and of Hyperdrive configurations."""
    services = [service.host for service in (system.storage, system.mail) if service]
    hosts = [*(host for worker in system.workers.values() for host in worker.hosts), *services]
    for host in dict.fromkeys([system.domain, *hosts]):
        if not HOST.fullmatch(host):
            yield f"{host!r} is no host name: write it in lower case, with a dot, without port and scheme"
    yield from (f"the host {host} is given twice" for host in _twice(hosts))
    clients = [client.id for worker in system.workers.values() for client in worker.clients.values()]
    yield from (f"the client id {name} is given twice" for name in _twice(clients))
    hyperdrives = [database.hyperdrive for database in system.databases.values() if database.hyperdrive]
    yield from (f"the Hyperdrive id {name} is given twice" for name in _twice(hyperdrives))
    yield from (f"databases.{name}: the name must be an identifier" for name in system.databases if not name.isidentifier())
    environments = [worker.environment for worker in system.workers.values() if worker.environment]
    yield from (f"the environment {name} verifies two Workers" for name in _twice(environments))


def _worker(system: System, script: str) -> Iterator[str]:
    worker, where = system.workers[script], f"workers.{script}"
    app = system.app(worker)
    if not app.is_dir():
        yield f"{where}.app: there is no app {app}"
    else:
        wanted = {"configuration": worker.configuration, "migrate": worker.migrate}
        for key, name in wanted.items():
            if name and not (app / name).is_file():
                yield f"{where}.{key}: the app has no file {name}"
    if worker.database:
        yield from _known(f"{where}.database", [worker.database], system.databases)
    elif worker.migrate:
        yield f"{where}.migrate: say which `database`"
    yield from _known(f"{where}.after", worker.after, system.workers)
    yield from _known(f"{where}.clients", worker.clients, PROVIDERS)
    for key, path in {
        "health": worker.health,
        **{f"clients.{name}.redirect": each.redirect for name, each in worker.clients.items()},
    }.items():
        if not path.startswith("/"):
            yield f"{where}.{key}: must be a path, such as /health, not {path!r}"
    for name, source in worker.secrets.items():
        yield from _known(f"{where}.secrets.{name}", [source], system.sources(script))


def _known(where: str, given: Any, known: Any) -> Iterator[str]:
    yield from (f"{where}: {name!r} is none of {', '.join(known) or 'nothing'}" for name in given if name not in known)


def _twice(values: list[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
