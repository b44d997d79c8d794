"""What a run does ahead of everything about a drill that somebody has left or plays elsewhere: a made-up platform, stepped clocks."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from clients.platforms.drill_mark import DrillMark
from environments.schema.deploy_rollback import Rollback
from gonogo.run import drill_recovery as module
from gonogo.run.drill_record import DrillRecord
from gonogo.run.state import Run
from tests.gonogo.drilled import BEGINNING, OTHER, SWITCHED, WANTED, Clock, Memory
from tests.gonogo.fakes import ROLLBACK, environment, fields, healthy, records, run, through

SECONDS = 120
MARK = DrillMark.of("run-0", WANTED, SECONDS)


@dataclass
class Bench:
    """A run that is about to begin, and the platform that it asks."""

    run: Run
    clock: Clock
    platform: Memory
    said: list[str] = field(default_factory=list)
    edge: float = 0.0
    """s by which the clock of whoever answers at the origin is ahead; what it serves is what the platform says."""

    def recover(self) -> str | None:
        """What keeps the run from beginning, if anything does."""
        return module.recover(self.run, through(self._answer), self.said.append)

    def _answer(self, _: httpx.Request) -> httpx.Response:
        answer = healthy(self.platform.live or "")
        answer.headers["date"] = format_datetime(
            BEGINNING.fromtimestamp(self.clock.platform_now().timestamp() + self.edge, BEGINNING.tzinfo)
        )
        return answer

    @property
    def record(self) -> DrillRecord:
        terms = self.run.environment.section(Rollback)
        assert terms
        return DrillRecord.of(terms)

    @property
    def waited(self) -> float:
        return self.clock.seconds


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An environment with [deploy.rollback] that outlives runs, whose platform is the made-up one."""
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "state"))
    clock = Clock()
    platform = Memory(clock)
    monkeypatch.setattr(module, "open_platform", lambda *_, **__: platform)
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "datetime", clock)
    return Bench(run(tmp_path, environment("staging", deploy={"rollback": ROLLBACK})), clock, platform)


def test_nothing_is_said_where_no_drill_was(bench: Bench) -> None:
    """One question to the platform, and the run begins."""
    assert bench.recover() is None
    assert (bench.said, bench.platform.looks, bench.waited, records(bench.run)) == ([], 1, 0, [])


@pytest.mark.parametrize("ago", [SECONDS + module.GRACE, 10 * SECONDS, 1e6])
def test_what_is_past_its_deadline_is_restored_first(bench: Bench, ago: float) -> None:
    """At once, and it is said on the terminal and in the ledger. D1, D2."""
    bench.platform.put(SWITCHED, MARK.text, ago=ago)
    assert bench.recover() is None
    assert (bench.platform.live, bench.waited) == (WANTED, 0)
    (text,) = bench.said
    assert text.startswith(f"restored {WANTED}: run run-0 left {SWITCHED} 100 % live by its drill")
    assert fields(records(bench.run)[0], "kind", "version", "text") == ("drill_restored", WANTED, text)


@pytest.mark.parametrize("ago", [0.0, 1.0, SECONDS / 2, SECONDS - 1.0])
def test_before_the_deadline_it_waits_and_says_so(bench: Bench, ago: float) -> None:
    """Another runner's drill may be under way: nothing is touched before its deadline is over. D1, D2."""
    bench.platform.put(SWITCHED, MARK.text, ago=ago)
    early = SECONDS - ago - 0.1
    bench.clock.at[early] = lambda: bench.said.append(f"early: {bench.platform.live}")
    assert bench.recover() is None
    waiting, *_, restored = bench.said
    assert waiting.startswith("a drill of run run-0 is under way: waiting up to")
    assert waiting.endswith(f"until it has restored {WANTED}")
    assert f"early: {SWITCHED}" in bench.said
    assert restored.startswith(f"restored {WANTED}")
    assert SECONDS - ago <= bench.waited <= SECONDS - ago + module.GRACE + module.BETWEEN_LOOKS


@pytest.mark.parametrize("by", [WANTED, OTHER])
def test_what_ends_meanwhile_is_waited_for_no_longer(bench: Bench, by: str) -> None:
    """The drill restores by itself, or a person deploys: the run goes on, and has put back nothing."""
    bench.platform.put(SWITCHED, MARK.text)
    bench.clock.at[30.0] = lambda: bench.platform.put(by, "by somebody")
    assert bench.recover() is None
    assert (bench.platform.live, bench.waited) == (by, 30.0)
    assert not records(bench.run)


@pytest.mark.parametrize("message", ["", "hotfix", "gonogo run-0: forward again after the drill", f"{MARK.text}!", f"see {MARK.text}"])
def test_what_a_person_has_deployed_stays(bench: Bench, message: str) -> None:
    """Also the very version that a drill had switched to, by hand."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    bench.platform.put(SWITCHED, message)
    assert bench.recover() is None
    assert (bench.platform.live, bench.said, bench.waited) == (SWITCHED, [], 0)


def test_person_who_deploys_in_the_last_moment_is_not_taken_back(bench: Bench) -> None:
    """Between the look that has found the drill and the one ahead of the restore."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    bench.platform.before_look[2] = lambda: bench.platform.put(OTHER, "hotfix")
    assert bench.recover() is None
    assert bench.platform.live == OTHER
    assert not records(bench.run)


def test_person_who_deploys_in_the_very_moment_of_the_restore_is_live_in_the_end(bench: Bench) -> None:
    """No platform switches only if nothing has changed: what came between is found in the history, and put live again."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)

    def between() -> None:
        bench.platform.before_deploy = lambda: None
        bench.platform.put(OTHER, "hotfix")

    bench.platform.before_deploy = between
    assert bench.recover() is None
    assert bench.platform.live == OTHER
    assert not records(bench.run)


def test_two_that_restore_at_once_are_of_one_mind(bench: Bench) -> None:
    """Both have waited for the deadline."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)

    def between() -> None:
        bench.platform.before_deploy = lambda: None
        bench.platform.put(WANTED, "gonogo run-0: restored by run run-7")

    bench.platform.before_deploy = between
    assert bench.recover() is None
    assert [release.sole for release in bench.platform.releases] == [WANTED, SWITCHED, WANTED, WANTED]


def test_drill_after_a_drill_is_waited_for_as_well(bench: Bench) -> None:
    """Each has a deadline of its own."""
    bench.platform.put(SWITCHED, MARK.text, ago=60)
    bench.clock.at[20.0] = lambda: bench.platform.put(SWITCHED, DrillMark.of("run-2", WANTED, SECONDS).text)
    assert bench.recover() is None
    assert SECONDS + 20 <= bench.waited <= SECONDS + 30
    assert [text.partition(" is under way")[0] for text in bench.said[:2]] == ["a drill of run run-0", "a drill of run run-2"]


@pytest.mark.parametrize(("ours", "edge"), [(3600.0, 0.0), (0.0, 3600.0), (-3600.0, 0.0), (0.0, -3600.0), (-3600.0, -3600.0)])
def test_clock_that_is_wrong_restores_nothing_too_early(bench: Bench, ours: float, edge: float) -> None:
    """Of this machine and of whoever answers one is right: the run waits for the deadline, and in no case for longer than a whole one."""
    bench.platform.put(SWITCHED, MARK.text, ago=20)
    bench.clock.ours, bench.edge = ours, edge
    assert bench.recover() is None
    assert bench.platform.live == WANTED
    assert SECONDS - 20 <= bench.waited <= SECONDS + module.GRACE + module.BETWEEN_LOOKS


def test_platform_that_refuses_to_restore_is_inconclusive(bench: Bench) -> None:
    """It is asked for a while; then the run does not verify what a drill has left, and says what to do."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    bench.platform.failing_deploys = 1000
    text = bench.recover() or ""
    assert text.startswith(
        f"a drill of run run-0 has left {SWITCHED} 100 % live, and {WANTED} could not be restored: memory versions deploy"
    )
    assert fields(records(bench.run)[0], "kind", "what", "text") == ("trouble", "third_party", text)
    assert module.PERSISTS <= bench.waited <= module.PERSISTS + 10


def test_platform_that_refuses_for_a_moment_is_asked_again(bench: Bench) -> None:
    """A 503 now and then is no reason to give up."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    bench.platform.failing_deploys = 2
    assert bench.recover() is None
    assert bench.platform.live == WANTED


def test_platform_that_cannot_be_asked_keeps_nobody_from_beginning(bench: Bench) -> None:
    """A part without drills needs no platform, and what drills asks it by itself. It is said."""
    bench.platform.failing = 1
    assert bench.recover() is None
    assert bench.said == [
        "nobody knows whether a drill has left another version live: memory deployments status (shop) ended with 1: 503 Service Unavailable"
    ]


def test_platform_that_cannot_be_asked_after_a_drill_of_this_machine_is_inconclusive(bench: Bench) -> None:
    """Here it is known that a drill was not over."""
    bench.record.prepare()
    bench.record.write(MARK, bench.clock.time())
    bench.platform.failing = 1
    text = bench.recover() or ""
    assert text.startswith("a drill of run run-0 was begun on this machine and has not said that it is over, and now: memory deployments")


def test_switch_that_may_still_land_is_waited_for(bench: Bench) -> None:
    """Run and guard were killed while the switch was on its way: the record says so, and the platform does not show it yet."""
    bench.record.prepare()
    bench.record.write(MARK, bench.clock.time())
    bench.clock.at[50.0] = lambda: bench.platform.put(SWITCHED, MARK.text)
    assert bench.recover() is None
    assert bench.platform.live == WANTED
    assert 50 + SECONDS <= bench.waited <= 50 + SECONDS + 15
    assert bench.record.read() is None


@pytest.mark.parametrize("ours", [0.0, -1e6])
def test_switch_that_never_came_is_forgotten(bench: Bench, ours: float) -> None:
    """Killed before it was sent, or after all was restored. Also where the clock was put back since."""
    bench.record.prepare()
    bench.record.write(MARK, bench.clock.time())
    bench.clock.ours = ours
    assert bench.recover() is None
    assert bench.waited <= module.LANDING + module.BETWEEN_LOOKS
    assert bench.record.read() is None


def test_drill_of_this_machine_is_waited_for_before_it_switches(bench: Bench) -> None:
    """Whoever holds the record's lock drills or restores."""
    bench.record.prepare()
    lock = bench.record.take()
    bench.record.write(MARK, bench.clock.time())

    def over() -> None:
        bench.record.remove()
        os.close(lock)

    bench.clock.at[40.0] = over
    assert bench.recover() is None
    assert 40 <= bench.waited <= 45
    assert bench.said[0].startswith("a drill of run run-0 is under way: waiting up to")


def test_drill_of_this_machine_that_never_ends_is_inconclusive(bench: Bench) -> None:
    """Its guard hangs. The wait is bounded by its deadline."""
    bench.record.prepare()
    lock = bench.record.take()
    bench.record.write(MARK, bench.clock.time())
    text = bench.recover() or ""
    os.close(lock)
    assert text.startswith("a drill of run run-0 is still under way on this machine past its deadline")
    assert SECONDS < bench.waited <= SECONDS + module.LANDING + module.BETWEEN_LOOKS


def test_machine_without_a_state_folder_asks_the_platform_alone(bench: Bench, tmp_path: Path) -> None:
    """A drill goes on without a record there, and what it leaves is found by its mark."""
    (tmp_path / "state").write_text("no folder", encoding="utf-8")
    assert not bench.record.prepare()
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    assert bench.recover() is None
    assert bench.platform.live == WANTED


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": "r"}', '{"run": 1, "version_id": 2, "seconds": "x", "at": 0, "until": 0}'])
def test_record_that_cannot_be_read_is_none(bench: Bench, content: str) -> None:
    """Half of one, or one that somebody else has written."""
    bench.record.prepare()
    bench.record.path.write_text(content, encoding="utf-8")
    assert bench.record.read() is None
    assert bench.recover() is None
    assert bench.waited == 0


@pytest.mark.parametrize("text", [f"gonogo x restores {WANTED} within 86400 s", "gonogo x restores not-an-id_ within 60 s"])
def test_mark_that_no_drill_makes_is_no_reason_to_deploy(bench: Bench, text: str) -> None:
    """Nor to wait for a day: a person has to look."""
    bench.platform.version_ids = re.compile("[0-9a-f-]{36}") if "id_" in text else bench.platform.version_ids  # type: ignore[misc]
    bench.platform.put(SWITCHED, text)
    said = bench.recover() or ""
    assert "has a message that no drill writes" in said
    assert (bench.platform.live, bench.waited) == (SWITCHED, 0)


def test_sandbox_of_the_run_and_production_are_not_asked(bench: Bench, tmp_path: Path) -> None:
    """The first is new; no drill ever switches the second."""
    (tmp_path / "own").mkdir()
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    for target in (environment("sandbox", deploy={"rollback": ROLLBACK}), environment("staging")):
        bench.run = run(tmp_path / "own", target)
        assert bench.recover() is None
    assert bench.platform.looks == 0


def test_sandbox_that_is_up_is_asked(bench: Bench, tmp_path: Path) -> None:
    """It outlives runs."""
    bench.platform.put(SWITCHED, MARK.text, ago=1000)
    (tmp_path / "up").mkdir()
    bench.run = run(tmp_path / "up", environment("sandbox", deploy={"rollback": ROLLBACK}), attached=True)
    assert bench.recover() is None
    assert bench.platform.live == WANTED
