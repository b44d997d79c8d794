"""A bench for the commands around a ticket: a folder with keys, a ledger and an environment, and a deployment on this machine."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import environments
from gonogo.commands import tickets
from gonogo.commands.conclusions import main
from reports.manifest import Manifest, render
from reports.policy import Policy
from reports.records import Finish, Record
from reports.ticket import Rules
from tests.reports.ledgers import ROWS
from tests.reports.tickets import COMMIT, SUITE, records

FILE = """\
title = "A twin"
tier = "sandbox"
origin = "http://twin.fm5.test"
connect = "127.0.0.1:{port}"
[health]
[auth.email]
addresses = "delivered+{{label}}@resend.dev"
verification = false
reset = false
[deploy.rollback]
worker = "twin"
account = "CLOUDFLARE_ACCOUNT_ID"
token = "CLOUDFLARE_API_TOKEN"
[version]
{version}
"""
HEADER, FIELD = 'header = "x-version-id"', 'health_field = "build.id"'


@dataclass
class Deployment:
    """A deployment on this machine: its answers, one after the other, the last one for good."""

    port: int = 0
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {"x-version-id": "v1"}, b"{}")])
    asked: int = 0
    hosts: set[str] = field(default_factory=set)
    overrides: set[str | None] = field(default_factory=set)


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """A deployment that answers v1 until it is told otherwise."""
    state = Deployment()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = state.answers[min(state.asked, len(state.answers) - 1)]
            state.asked += 1
            state.hosts.add(self.headers["host"])
            state.overrides.add(self.headers["cloudflare-workers-version-overrides"])
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), "content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Bench:
    """A folder with all that the commands need."""

    folder: Path
    deployment: Deployment

    def environment(self, version: str = HEADER) -> str:
        """The environment's file; its path."""
        return self.file("twin.toml", FILE.format(port=self.deployment.port, version=version))

    def file(self, name: str, text: str) -> str:
        """A file; its path."""
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def ledger(self, some: Sequence[Record] | None = None, exit_status: int = 0, **changes: object) -> str:
        """The ledger of a run that has just ended; its path."""
        loaded, now = environments.load(self.environment(), variables=None), time.time()
        capabilities = tuple(sorted(loaded.capabilities))
        declared = {"environment": "twin", "origin": loaded.origin, "capabilities": capabilities, "environment_digest": loaded.digest}
        changes = declared | {"started": now - 60} | changes
        rows = [r.model_copy(update={"at": now}) if isinstance(r, Finish) else r for r in records(some, exit_status, **changes)]
        return self.file("ledger.jsonl", "".join(row.model_dump_json() + "\n" for row in rows))

    @property
    def digest(self) -> str:
        """What the process that concluded from the ledger has handed over."""
        return hashlib.sha256((self.folder / "ledger.jsonl").read_bytes()).hexdigest()

    def run(self, command: str, *more: str, artifact: str = "export default {}\n", commit: str = COMMIT) -> int:
        """`sign` or `admit` with all that it needs, and more."""
        file, manifest = self.file("worker.js", artifact), self.file("checks.toml", render(ROWS))
        promoted = ["--artifact", file] if artifact else []
        common = ["--environment", str(self.folder / "twin.toml"), "--commit", commit, *promoted, "--manifest", manifest]
        ledger, ticket = str(self.folder / "ledger.jsonl"), str(self.folder / "ticket.json")
        if "--digest" not in more:
            more = (*more, "--digest", self.digest)
        if command == "sign":
            return main(["sign", ledger, "--key", str(self.folder / "ticket.key"), "--out", ticket, *common, *more])
        public = str(self.folder / "ticket.pub")
        return main(["admit", "--ticket", ticket, "--ledger", ledger, "--key", public, "--nonce", "run-1", *common, *more])


@pytest.fixture
def bench(tmp_path: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Keys, a ledger, and a checkout that is at the suites' revision: this one may have changes."""

    def own(policy: Policy, manifest: Manifest) -> Rules:
        return Rules(policy, manifest, SUITE, "1" * 64)

    monkeypatch.setattr(tickets, "own_rules", own)
    assert main(["keygen", "--out", str(tmp_path)]) == 0
    bench = Bench(tmp_path, deployment)
    bench.ledger()
    return bench
