"""Soaks: how many runs, against what, and when they stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.proving import soak
from gonogo.proving.gates import GateRun
from reports.reasons import Kind, Reason, ReasonKind
from reports.verdict import CheckCounts, Verdict
from sandbox.faults.conditions import Conditions

COUNTS = CheckCounts(collected=6, passed=6)


class World:
    """Gate runs that end as told, and sandboxes that are only counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, kinds: Sequence[Kind]) -> None:
        self.kinds, self.verdicts = list(kinds), dict[Path, Verdict]()
        self.attached: list[str | None] = []
        self.log: list[object] = []
        monkeypatch.setattr(soak, "FOLDER", folder / "soak")
        monkeypatch.setattr(soak, "play", self.play)
        monkeypatch.setattr(soak, "verdict_of", self.verdicts.__getitem__)
        monkeypatch.setattr(soak, "boot", self.boot)
        monkeypatch.setattr(Conditions, "put", lambda _, conditions: self.log.append(conditions))

    def play(self, out: Path, *, attach: Any, report: bool) -> GateRun:
        """A run that ends as the next kind says."""
        kind = self.kinds[len(self.verdicts)]
        reasons = () if kind is Kind.PASS else (Reason(ReasonKind.MISSING, "something"),)
        self.verdicts[out] = Verdict(kind, kind.exit_code, reasons, run=out.name, counts=COUNTS)
        self.attached.append(attach.run if attach else None)
        return GateRun(kind.exit_code, self.verdicts[out], out, 1.0)

    def boot(self, *, config: Any) -> Any:
        """A sandbox that notes its end."""
        world = self

        class Booted:
            connection = SimpleNamespace(run="the-soaks-own")

            def check(self) -> None:
                """It lives."""

            def __enter__(self) -> Booted:
                world.log.append(f"up as {config.kind}")
                return self

            def __exit__(self, *_: object) -> None:
                world.log.append("down")

        return Booted()


def test_runs_boot_their_own_sandbox_and_stop_at_the_first_that_is_no_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [Kind.PASS, Kind.INCONCLUSIVE, Kind.PASS])
    outcome = soak.run(3, jittery=False, say=world.log.append)
    assert (world.attached, outcome.exit_code) == ([None, None], 3)


def test_under_jitter_all_runs_share_a_sandbox_and_an_inconclusive_one_is_borne(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [Kind.PASS, Kind.INCONCLUSIVE, Kind.PASS])
    outcome = soak.run(3, jittery=True, say=lambda _: None)
    assert (world.attached, outcome.exit_code) == (["the-soaks-own"] * 3, 0)
    assert world.log == ["up as soak", soak.jitter(), "down"]


def test_a_failure_ends_it_and_the_sandbox_is_taken_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [Kind.PASS, Kind.FAIL, Kind.PASS])
    outcome = soak.run(3, jittery=True, say=lambda _: None)
    assert (len(world.attached), outcome.exit_code, world.log[-1]) == (2, 1, "down")


def test_jitter_is_what_is_promised() -> None:
    """Latency up to 500 ms, one reset in a hundred, mails that take half of their 15 s."""
    assert soak.jitter() == [
        {"kind": "latency", "max_ms": 500},
        {"kind": "reset", "share": 0.01},
        {"kind": "mail_delay", "seconds": 7.5},
    ]
