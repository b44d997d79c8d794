"""The table of services: started as dependencies allow, watched, stopped in reverse."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxDied, SandboxError
from sandbox.processes import Processes, Stopped, environment, kill_marked, marked
from sandbox.services import Service, Table
from tests.sandbox.ending import wait_for

PROGRAM = """
import json, pathlib, signal, sys, time
order = json.loads(sys.stdin.readline())
def note(what):
    with open(order["notes"], "a") as notes:
        notes.write(order["name"] + " " + what + "\\n")
if order.get("stubborn"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("secret-free log line", file=sys.stderr)
if order.get("dies"):
    print("the reason", file=sys.stderr)
    sys.exit(3)
time.sleep(order.get("slow", 0))
note("started")
print(order.get("says") or json.dumps({"ready": True, "ports": {"tcp": order["port"]}}), flush=True)
print("x" * 200_000, flush=True)
sys.stdin.read()
if order.get("stubborn"):
    time.sleep(60)
note("stopped")
"""


class Bench:
    """Makes tables of small programs."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "notes"
        self.marker = f"test-{os.getpid()}-{time.monotonic_ns()}"
        self.processes = Processes()
        self.folder = folder
        (folder / "logs").mkdir()

    def service(self, name: str, *needs: str, deadline: float = 20.0, **order: Any) -> Service:
        """A row whose program gets `order`, and its first dependency's port if it has one."""

        def configure(ports: Mapping[str, Mapping[str, int]]) -> Mapping[str, Any]:
            assert set(ports) == set(needs)
            port = 1 + (ports[needs[0]]["tcp"] if needs else 0)
            return {"name": name, "notes": str(self.notes), "port": port, **order}

        return Service(name, [sys.executable, "-c", PROGRAM], configure, needs=needs, deadline=deadline, patience=0.5)

    def table(self, *services: Service) -> Table:
        """A table of these services."""
        env = environment(self.folder, self.marker)
        return Table(services, self.processes, env=env, cwd=self.folder, logs=self.folder / "logs")

    def noted(self) -> list[str]:
        """What the programs wrote down, in order."""
        return self.notes.read_text().splitlines()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    kill_marked(made.marker)


def test_services_get_the_ports_of_what_they_need(bench: Bench) -> None:
    """A service is configured when what it needs is ready; the stop goes the other way round."""
    table = bench.table(bench.service("first", slow=0.2), bench.service("second", "first"), bench.service("third", "second"))
    assert table.start() == {"first": {"tcp": 1}, "second": {"tcp": 2}, "third": {"tcp": 3}}
    table.check()
    table.stop(5)
    order = ["first", "second", "third"]
    assert bench.noted() == [f"{name} started" for name in order] + [f"{name} stopped" for name in reversed(order)]
    assert not marked(bench.marker)


def test_independent_services_start_together(bench: Bench) -> None:
    """Services that do not need each other wait at the same time."""
    services = [bench.service(f"s{number}", slow=0.5) for number in range(4)]
    table = bench.table(*services)
    table.start()
    table.stop(5)
    assert sorted(bench.noted()[:4]) == [f"s{number} started" for number in range(4)]


def test_dead_service_is_named_with_its_last_words(bench: Bench) -> None:
    """A service that ends by itself is named with its status and the end of its log."""
    table = bench.table(bench.service("good"), bench.service("bad", dies=True), bench.service("late", "bad"))
    with pytest.raises(SandboxDied) as caught:
        table.start()
    assert (caught.value.service, caught.value.status) == ("bad", 3)
    assert caught.value.lines[-1] == "the reason"
    table.stop(5)
    assert not marked(bench.marker)


def test_killed_service_is_noticed(bench: Bench) -> None:
    """A service that is killed while it runs is named, and the signal with it."""
    table = bench.table(bench.service("one"), bench.service("two"))
    table.start()
    table.running["two"].process.kill()

    def check() -> bool:
        try:
            table.check()
        except SandboxDied as died:
            return (died.service, died.status) == ("two", -9)
        return False

    wait_for(check)
    table.stop(5)


@pytest.mark.parametrize("words", ["hello", '{"ready":false,"ports":{}}', '{"ready":true}', "[]"])
def test_wrong_announcement_is_quoted(bench: Bench, words: str) -> None:
    """A service that announces itself in other words than agreed is named, with what it said."""
    table = bench.table(bench.service("odd", says=words))
    with pytest.raises(SandboxError, match="sandbox's odd announced itself with"):
        table.start()
    table.stop(5)


def test_silent_service_meets_its_deadline(bench: Bench) -> None:
    """A service that never gets ready is named, with the end of its log."""
    table = bench.table(bench.service("silent", deadline=0.4, slow=60))
    with pytest.raises(SandboxError, match=r"silent was not ready within 0 s; the end of its log:\n  secret-free log line"):
        table.start()
    table.stop(5)


def test_stubborn_service_is_killed(bench: Bench) -> None:
    """Neither end of file nor SIGTERM: the process group is killed, and what needs it was stopped before."""
    table = bench.table(bench.service("stubborn", stubborn=True), bench.service("willing", "stubborn"))
    table.start()
    table.stop(3)
    assert bench.noted()[-1] == "willing stopped"
    assert not marked(bench.marker)


def test_dependencies_come_first_in_a_table(bench: Bench) -> None:
    """A table that is out of order is refused before anything starts."""
    with pytest.raises(ValueError, match="b needs a, which must come before it"):
        bench.table(bench.service("b", "a"), bench.service("a"))


def test_nothing_starts_after_the_end(bench: Bench) -> None:
    """Once a sandbox is being stopped no further process can slip in."""
    bench.processes.close()
    with pytest.raises(Stopped):
        bench.processes.run(["true"], what="late", env={}, cwd=bench.folder)
