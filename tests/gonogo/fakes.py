"""What the tests of the fixtures put in the place of pytest and of a deployment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from environments import Environment
from environments.schema.registry import model
from gonogo.run.state import RUN, Role, Run
from journeys import Cost
from reports.ledger import Ledger, read
from reports.records import Record

ORIGIN = "https://staging.fm5.test"
NAMES = ("RESEND_API_KEY", "CF_ACCOUNT", "CF_TOKEN", "CF_API", "EMAIL", "PASSWORD", "BYPASS")
VARIABLES = {name: f"value-of-{name.lower()}" for name in NAMES}
HEALTH: dict[str, Any] = {"path": "/health"}
EMAIL: dict[str, Any] = {"addresses": "delivered+{label}@resend.dev", "deletion": True}
DELIVERY: dict[str, Any] = {"key": "RESEND_API_KEY", "sender": "FM5 <hello@mail.fm5.test>", "confirmation": "Confirm your address"}
STANDING: dict[str, Any] = {"email": "EMAIL", "password": "PASSWORD"}
ROLLBACK: dict[str, Any] = {"worker": "fm5-staging", "account": "CF_ACCOUNT", "token": "CF_TOKEN"}
VERSION: dict[str, Any] = {"header": "x-version-id"}
MEMBERS: dict[str, Any] = {"auth": {"email": EMAIL}, "mail": {"delivery": DELIVERY}}
FILES: dict[str, Any] = {**MEMBERS, "storage": {"objects": {}}}
"""Sections of environments, by what they are needed for."""


def environment(tier: str = "staging", **sections: Any) -> Environment:
    """An environment of these sections, with a value for every secret variable; [health] and [version] come by themselves."""
    content: dict[str, Any] = {"name": "target", "title": "A target", "tier": tier, "origin": ORIGIN, "health": HEALTH, "version": VERSION}
    # No test asks strangers whether the network works.
    content |= {"control": {"addresses": []}, "limits": {"converge_seconds": 1}, **sections}
    if tier == "sandbox":
        content.setdefault("sandbox", {"worker": "fm5-staging"})
    declared = {key: value for key, value in content.items() if value is not None}
    return model().model_validate(declared, context={"variables": VARIABLES})


def run(folder: Path, target: Environment | None = None, role: Role = Role.OWNER, *, by: str = "", **changes: Any) -> Run:
    """A run of that environment, with a real ledger in the folder."""
    values: dict[str, Any] = {
        "id": "run-1",
        "role": role,
        "environment": target or environment(),
        "out": folder,
        "depth": "gate",
        "parallel": False,
        "ledger": Ledger(folder / "ledger.jsonl", "run-1", by=by or role),
        "started": 1000.0,
    }
    return Run(**{**values, **changes})


def records(made: Run, kind: str = "") -> list[Record]:
    """What the run's ledger holds, of one kind or of all."""
    reading = read(made.ledger.path)
    assert not reading.damage
    return [record for record in reading.records if not kind or record.kind == kind]


@dataclass
class Terminal:
    """Collects what is written to the terminal."""

    lines: list[str] = field(default_factory=list)
    heard: Callable[[], None] = lambda: None

    def write_line(self, line: str, **_: object) -> None:
        self.lines.append(line)
        self.heard()

    def ensure_newline(self) -> None:
        pass

    def flush(self) -> None:
        pass


def config(made: Run | None = None, *, terminal: Terminal | None = None, args: Iterable[str] = (), **options: Any) -> Any:
    """As much of a pytest.Config as hooks look at; `options` are those that the person gave."""
    given = {
        "keyword": "",
        "markexpr": "",
        "deselect": None,
        "maxfail": 0,
        "dist": "no",
        "manifest": None,
        "origin": None,
        "env": "target",
        "depth": "gate",
        "no_report": True,
        "allure_report_dir": "",
    }
    typed, sources = list(args), pytest.Config.ArgsSource
    plugins: dict[str, object] = {"terminalreporter": terminal} if terminal else {}
    root = Path(__file__).resolve().parents[2]
    found = SimpleNamespace(
        stash=pytest.Stash(),
        option=SimpleNamespace(**{**given, **options}),
        pluginmanager=SimpleNamespace(get_plugin=plugins.get, register=lambda plugin, name: plugins.update({name: plugin})),
        args=typed or ["suites"],
        args_source=sources.ARGS if typed else sources.TESTPATHS,
        rootpath=root,
        inipath=None,
        invocation_params=SimpleNamespace(dir=root),
    )
    found.getvalue = lambda name: getattr(found.option, name)  # xdist still asks this way
    if made is not None:
        found.stash[RUN] = made
    return found


class Item:
    """As much of a pytest.Item as hooks look at."""

    def __init__(
        self,
        nodeid: str,
        *marks: pytest.MarkDecorator,
        fixtures: Iterable[str] = (),
        of: Any = None,
        function: Callable[..., object] | None = None,
    ) -> None:
        self.nodeid, self.fixturenames, self.config, self.function = nodeid, list(fixtures), of, function
        self.stash = pytest.Stash()
        self.added: list[pytest.MarkDecorator] = []
        decorated = getattr(function, "pytestmark", [])
        self._marks = [*(mark.mark for mark in marks), *decorated]

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark for mark in self._marks if mark.name == name]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next(iter(self.iter_markers(name)), None)

    def add_marker(self, mark: pytest.MarkDecorator, append: bool = True) -> None:
        self.added.insert(len(self.added) if append else 0, mark)


def item(nodeid: str = "suites/auth/test_sign_in.py::test_works", *marks: pytest.MarkDecorator, **rest: Any) -> Any:
    """A check with these marks that asks for these fixtures."""
    return Item(nodeid, *marks, **rest)


def through(answer: Callable[[httpx.Request], httpx.Response], **parts: object) -> Any:
    """A wiring whose every request is answered by a function."""

    def client(origin: str, **_: object) -> httpx.Client:
        return httpx.Client(base_url=origin, transport=httpx.MockTransport(answer))

    made = {"spending": SimpleNamespace(last_things=lambda: None, meter=SimpleNamespace(total=Cost())), **parts}
    wire = SimpleNamespace(client=client, closed=threading.Event())
    return SimpleNamespace(wire=wire, close=lambda: None, settled=lambda: None, **made)


def answering(**answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by the first part of the path (`root` for `/`); `anything` for the rest."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = answers.get(request.url.path.strip("/") or "root", answers.get("anything", httpx.Response(404)))
        made = given(request) if callable(given) else given
        return httpx.Response(made.status_code, headers=made.headers, content=made.content)

    return answer


def healthy(version: str = "v1", **body: object) -> httpx.Response:
    """The answer of a healthy deployment."""
    return httpx.Response(200, json={"status": "healthy", **body}, headers={"x-version-id": version})


def fields(record: object, *names: str) -> tuple[object, ...]:
    """Some attributes of a record."""
    return tuple(getattr(cast("Any", record), name) for name in names)
