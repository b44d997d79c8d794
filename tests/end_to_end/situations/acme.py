"""Acme: a small deployment of nobody's, with a repository of checks beside it, in which a situation is arranged."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reports.manifest import Row, render
from reports.records import Severity
from sandbox import Sandbox
from tests.clients.servers import Answer, Arrived, Server, serving
from tests.end_to_end.command import PROJECT, WITHIN, Ended, clean, running
from tests.end_to_end.servers import HOST, Route, declared

VERSION = "x-version-id"
VERSIONED = f'[version]\nheader = "{VERSION}"'
FEW = "requests = 10"
"""Further line of `[health]`: the shortest sample there is, because these runs are about something else."""
GREEN = '''\
"""Acme's door."""

import allure
import pytest

critical = allure.severity(allure.severity_level.CRITICAL)
minor = allure.severity(allure.severity_level.MINOR)


@pytest.mark.requires("health")
@critical
def test_door_opens() -> None:
    """The door opens."""


@pytest.mark.requires("health")
@critical
def test_bell_rings() -> None:
    """The bell rings."""
'''
BROKEN = GREEN + '    raise AssertionError("the bell is silent")\n'
SILENT = "acme::bell_rings: the bell is silent"
"""What a run says about it."""


DEAD, WWW = f"dead.{HOST}", f"www.{HOST}"
"""Further names that the server has a certificate for."""
CUT = Answer(0)
"""At the edge: no answer, the connection is cut."""


class Routes(dict[str, Route]):
    """What the deployment answers: a healthy /status, its version on everything, and at the edge whatever is put in front."""

    def __init__(
        self,
        more: Mapping[str, Route] | None = None,
        *,
        version: Callable[[int], str] = lambda _: "v1",
        edge: Callable[[int, Arrived], Answer | None] = lambda *_: None,
    ) -> None:
        """`version` and `edge` are asked with the number of the request, from 1 on; where `edge` answers, the deployment does not."""
        super().__init__({"/status": lambda _: json_answer({"status": "ok"}), **(more or {})})
        self._version, self._edge, self._lock, self._count = version, edge, threading.Lock(), 0

    def get(self, key: str, default: object = None) -> Route:
        """The answer of the edge, or that of the deployment with its version on it."""
        return lambda arrived: self._answer(arrived, super(Routes, self).get(key))

    def _answer(self, arrived: Arrived, route: Route | None) -> Answer | None:
        with self._lock:
            self._count += 1
            number = self._count
        answer = self._edge(number, arrived)
        if answer is not None:
            return None if answer is CUT else answer
        answer = route(arrived) if route else Answer(404)
        return answer and Answer(answer.status, answer.body, (*answer.headers, (VERSION, self._version(number))))


def json_answer(body: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body).encode(), (("content-type", "application/json"), *headers))


@dataclass
class Acme:
    """One arrangement: a server, an environment file that declares it, a folder of checks, and the workers that a run is to have."""

    folder: Path
    server: Server
    workers: int
    variables: dict[str, str] = field(default_factory=dict)
    project: Path = PROJECT
    sandbox: Sandbox | None = None
    runs: int = 0
    noted: list[str] = field(default_factory=list)
    """What its server has to tell about a run."""

    @property
    def checks(self) -> Path:
        """The folder of Acme's own checks."""
        return self.folder / "checks"

    def write(self, name: str, text: str) -> Path:
        """A file among the checks."""
        file = self.checks / name
        file.write_text(text, encoding="utf-8")
        return file

    def due(self, **severities: Severity) -> None:
        """Writes down which checks of Acme's are due, and how much each matters."""
        rows = [Row(id=f"acme::{check}", suite="acme", requires=("health",), severity=severity) for check, severity in severities.items()]
        self.write("checks.toml", render(rows))

    def declare(self, name: str = "acme", *, before: str = VERSIONED, after: str = FEW) -> Path:
        """The environment file; `before` and `after` are lines before and in `[health]`."""
        return declared(self.folder / f"{name}.toml", self.server, before=before, after=after)

    def out(self) -> Path:
        """A folder for the next run."""
        self.runs += 1
        return self.folder / f"out-{self.runs}"

    def verify(self, *more: str, env: Path | str | None = None, out: Path | None = None, checks: bool = True) -> Ended:
        """`pytest --env=FILE suites CHECKS`, with the workers and further arguments, to its end."""
        workers = ["-n", str(self.workers)] if self.workers else []
        own = [str(self.checks)] if checks else []
        words = [f"--env={env or self.declare()}", "suites", *own, "--no-report", *workers, *more]
        with running(out or self.out(), *words, env=self.variables, project=self.project) as run:
            return run.wait()

    def command(self, *words: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
        """`python -m gonogo *words` in the project's folder, to its end; `told` is what it is told on standard input."""
        return subprocess.run(
            [sys.executable, "-m", "gonogo", *words],
            cwd=self.project,
            env=clean(os.environ) | self.variables,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
            **({"stdin": subprocess.DEVNULL} if told is None else {"input": told}),
        )

    def conclude(self, *ledgers: Path) -> Ended:
        """`python -m gonogo verdict LEDGER...`: what a run that did not live to its end has left behind is judged."""
        out, started = self.out(), time.monotonic()
        out.mkdir()
        names = [str(ledger) for ledger in ledgers]
        told, plain = self.command("verdict", *names), self.command("verdict", "--json", *names)
        assert plain.returncode == told.returncode, plain.stderr
        (out / "verdict.json").write_text(plain.stdout, encoding="utf-8")
        return Ended(told.returncode, told.stdout + told.stderr, time.monotonic() - started, out)

    def secret(self) -> str:
        """A value that nobody has seen."""
        return secrets.token_urlsafe(24)

    def sign(self, ended: Ended) -> tuple[subprocess.CompletedProcess[str], Path]:
        """`python -m gonogo sign` for version v1 of a run, with a new key; and where its ticket would lie."""
        keys, ticket = self.folder / "keys", self.out() / "ticket.json"
        ticket.parent.mkdir()
        if not keys.exists():
            made = self.command("keygen", "--out", str(keys))
            assert made.returncode == 0, made.stderr
        words = ["--environment", str(self.folder / "acme.toml"), "--key", str(keys / "ticket.key"), "--commit", "c" * 40]
        words += ["--version", "v1", "--out", str(ticket), "--digest", ended.digest]
        return self.command("sign", str(ended.out / "ledger.jsonl"), *words), ticket


@contextmanager
def acme(folder: Path, workers: int, sandbox: Sandbox | None = None) -> Iterator[Acme]:
    """An Acme that is well: two checks of its own, both green."""
    (folder / "checks").mkdir(parents=True)
    with serving(folder, HOST, DEAD, WWW, "localhost") as server:
        server.routes = Routes()
        made = Acme(folder, server, workers, sandbox=sandbox)
        made.write("test_acme.py", GREEN)
        made.due(door_opens="critical", bell_rings="critical")
        yield made
