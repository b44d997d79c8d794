"""Drills that SIGKILL ends, over the sandbox's control plane and the unmodified wrangler: whoever starts next restores, and none too early.

The rules one by one are in tests/gonogo/test_drill_recovery.py and test_drill_watchdog.py, over a made-up platform. Cases D1, D2.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from clients.platforms.base import Platform, Release
from clients.platforms.drill_mark import DrillMark
from clients.platforms.registry import open_platform
from sandbox import BootOptions, Sandbox, boot
from tests.end_to_end.command import Ended, Running, running, verify

pytestmark = pytest.mark.nightly

MOMENTS = 20
WITHIN = 600.0
"""s; a machine that does much else takes its time."""
SERVICE = "fm5-staging"
ENVIRONMENT = """
title = "FM5 staging in a sandbox that outlives its runs"
tier = "sandbox"
origin = "https://staging.fm5.test"
connect = "{connect}"
ca = "{ca}"
control.addresses = []

[version]
header = "x-version-id"

[limits]
converge_seconds = 20

[health]
path = "/health"
requests = 10

[deploy.rollback]
worker = "fm5-staging"
account = "CLOUDFLARE_ACCOUNT_ID"
token = "CLOUDFLARE_API_TOKEN"
api = "CLOUDFLARE_API_BASE_URL"
restore_within_seconds = {within}
fresh_connections = 2
"""


@dataclass
class Bench:
    """A deployment that outlives runs, and two runners that know nothing of each other."""

    sandbox: Sandbox
    folder: Path
    platform: Platform

    def declare(self, *, within: int) -> None:
        """Writes the environment's file; drills have so many seconds."""
        connection = self.sandbox.connection
        text = ENVIRONMENT.format(connect=connection.connect, ca=connection.ca, within=within)
        (self.folder / "staging.toml").write_text(text, encoding="utf-8")

    @property
    def words(self) -> tuple[str, ...]:
        return (f"--env={self.folder / 'staging.toml'}", "--no-report", "-k", "rollback or health")

    def variables(self, runner: str) -> dict[str, str]:
        """A runner's environment: the secrets are the same, its state folder is its own."""
        return {**self.sandbox.connection.variables, "GONOGO_STATE": str(self.folder / runner)}

    def drilling(self, runner: str) -> bool:
        """Whether the runner has written down a drill that is not over."""
        return any((self.folder / runner / "drills").glob("*.json"))

    def releases(self, after: Release) -> list[tuple[Release, Release]]:
        """What has been put live after that release, each with what it took the place of."""
        history = list(reversed(self.platform.history()))
        return [pair for pair in pairwise(history) if pair[1].created > after.created]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A sandbox that is nobody else's: other versions are live in it by turns."""
    folder = tmp_path_factory.mktemp("drills")
    with boot(config=BootOptions(kind="test")) as up:
        named = {"token": "CLOUDFLARE_API_TOKEN", "account": "CLOUDFLARE_ACCOUNT_ID", "api": "CLOUDFLARE_API_BASE_URL"}
        settings = {key: up.connection.variables[variable] for key, variable in named.items()}
        made = Bench(up, folder, open_platform("cloudflare", SERVICE, settings, home=folder / "home"))
        made.declare(within=600)
        yield made


@pytest.fixture(scope="module")
def length(bench: Bench) -> float:
    """How long a healthy drill takes here, from its record to its end (s). The deadline of those that follow leaves enough room for it."""
    with running(bench.folder / "healthy", *bench.words, env=bench.variables("one")) as run:
        run.wait_until(lambda: bench.drilling("one"), "the drill begins", WITHIN)
        began = time.monotonic()
        run.wait_until(lambda: not bench.drilling("one"), "the drill is over", WITHIN)
        seconds = time.monotonic() - began
        ended = run.wait(WITHIN)
    assert ended.status == 0, ended.said
    bench.declare(within=round(max(45.0, 4 * seconds)))
    return seconds


def kill(run: Running, *, guard: bool) -> None:
    """SIGKILL for the run's process group, and for the guard as well: as if the machine had vanished."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(run.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if guard and "gonogo.run.drill_watchdog" in process.cmdline():
                    process.kill()
    with suppress(ProcessLookupError):
        os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()


def demand_honest(bench: Bench, before: Release, ended: Ended) -> None:
    """What a run restored it restored after the deadline, and said so, and said that it waited if it had to."""
    for found, made in bench.releases(before):
        if not made.message.endswith(f"restored by run {ended.ledger[0].run}"):
            continue
        mark = DrillMark.read(found)
        assert mark, f"{found.message!r} is no drill's, and was taken back"
        assert made.created >= mark.due(found), ended.said
        assert f"restored {mark.version_id}" in ended.text, ended.said
        began = next(record.started for record in ended.ledger if record.kind == "run")
        assert began >= mark.due(found).timestamp() - 1 or "waiting up to" in ended.text, ended.said


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_drill_is_restored(bench: Bench, length: float, moment: int) -> None:
    """At every other moment without the guard, and every other time from another machine.

    Where nobody is left who knows of it, a switch that was under way may still land in the next run: that is inconclusive, and the one
    after it restores.
    """
    before = bench.platform.current()
    name, other = f"killed-{moment}", "one" if moment % 4 < 2 else "two"
    with running(bench.folder / name, *bench.words, env=bench.variables("one")) as run:
        run.wait_until(lambda: bench.drilling("one"), "the drill begins", WITHIN)
        time.sleep(length * (moment + 0.5) / MOMENTS)
        kill(run, guard=moment % 2 == 1)
    for attempt in range(2):
        ended = verify(bench.folder / f"{name}-next-{attempt}", *bench.words, env=bench.variables(other), within=WITHIN)
        demand_honest(bench, before, ended)
        assert ended.status in (0, 3), ended.said
        if ended.status == 0:
            break
    assert ended.status == 0, ended.said
    assert bench.platform.current().sole == before.sole
    assert ended.verdict["identity"]["ids"] == [before.sole], ended.said


def test_two_runners_do_not_restore_under_each_other(bench: Bench, length: float) -> None:
    """The second starts in the middle of the first one's drill: it waits, and both pass."""
    assert length > 0
    before = bench.platform.current()
    with running(bench.folder / "first", *bench.words, env=bench.variables("one")) as run:
        run.wait_until(lambda: bench.drilling("one"), "the drill begins", WITHIN)
        run.wait_until(lambda: bench.platform.current().sole != before.sole, "the drill has switched", WITHIN)
        second = verify(bench.folder / "second", *bench.words, env=bench.variables("two"), within=WITHIN)
        first = run.wait(WITHIN)
    assert (first.status, second.status) == (0, 0), first.said + second.said
    assert "is under way: waiting up to" in second.text, second.said
    assert not [made for _, made in bench.releases(before) if "restored" in made.message]
    assert bench.platform.current().sole == before.sole


def test_somebody_who_deploys_in_a_killed_drill_is_not_taken_back(bench: Bench, length: float) -> None:
    """By hand, and the very version that the drill had switched to: the next run verifies what is live."""
    assert length > 0
    before = bench.platform.current()
    with running(bench.folder / "interfered", *bench.words, env=bench.variables("one")) as run:
        run.wait_until(lambda: bench.drilling("one"), "the drill begins", WITHIN)
        run.wait_until(lambda: bench.platform.current().sole != before.sole, "the drill has switched", WITHIN)
        kill(run, guard=True)
    wanted = bench.platform.current().version_ids[0]
    bench.platform.deploy(wanted, "hotfix")
    try:
        ended = verify(bench.folder / "interfered-next", *bench.words, env=bench.variables("two"), within=WITHIN)
        assert ended.status == 0, ended.said
        assert ended.verdict["identity"]["ids"] == [wanted], ended.said
        assert bench.platform.current().sole == wanted
    finally:
        bench.platform.deploy(str(before.sole), "as before")
