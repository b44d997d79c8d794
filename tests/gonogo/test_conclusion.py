"""The conclusion: what a run ends with, and what it says last."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from xdist.dsession import Interrupted as Stopped

from clients.errors import Unreachable
from gonogo.plugin import conclusion as module
from gonogo.plugin.conclusion import INTERRUPTED, PUBLISHED
from gonogo.plugin.loop import announce
from gonogo.plugin.starting import WIRING
from gonogo.run.state import Role, Run, run_of
from reports.errors import ReportError
from reports.manifest import Manifest, Row
from reports.policy import Policy
from reports.records import Collected, Outcome, PhaseEnded, Record, TroubleMet, VersionObserved
from reports.secrets import Secrets
from sandbox import SandboxDied, SandboxError, SandboxStopped
from tests.gonogo.fakes import FILES, ROLLBACK, Terminal, config, environment, fields, records, run, through

TARGET = environment("staging", **FILES)
ROWS = [row for row in Manifest.load().rows.values() if Policy.load().tiers["staging"].belongs(row, frozenset(TARGET.capabilities))]
SPOILT = next(row.id for row in ROWS if row.severity == "critical")


def play(of: Any, made: Run, outcome: Outcome | None = "passed", *, after: Iterable[str] = ("v1",), checks: Iterable[Row] = ROWS) -> None:
    """Writes down a run in which every check that belongs to the environment passed, and one ended otherwise (None: not at all)."""
    announce(of, made)
    found: list[Record] = [VersionObserved(where="before", ids=("v1",))]
    for row in checks:
        node = f"suites/{row.id.replace('.', '/')}"
        ended: Outcome | None = outcome if row.id == SPOILT else "passed"
        found.append(Collected(check=row.id, node=node, **vars(row.facts)))
        found += [PhaseEnded(check=row.id, node=node, phase="call", outcome=ended, reason="because")] if ended else []
    made.ledger.append(*found, *(VersionObserved(where="after", ids=(version,)) for version in after))


def finish(of: Any, exitstatus: int = 0) -> int:
    """The exit status that pytest's session ends with."""
    session: Any = SimpleNamespace(config=of, exitstatus=exitstatus)
    concluding = module.conclude(session, exitstatus)
    next(concluding)  # here everybody else ends their part
    with pytest.raises(StopIteration):
        next(concluding)
    return int(session.exitstatus)


def owner(folder: Path, **options: Any) -> tuple[Any, Run]:
    """The process that concludes, with an empty folder of raw results."""
    made = run(folder, TARGET)
    (folder / "allure-results").mkdir()
    return config(made, allure_report_dir=str(folder / "allure-results"), **options), made


@pytest.mark.parametrize(
    ("outcome", "exitstatus", "ends_with"),
    [
        ("passed", 0, 0),
        ("failed", 1, 1),
        ("errored", 1, 3),
        ("inconclusive", 1, 3),
        ("not_reached", 0, 3),
        ("skipped", 0, 3),
        (None, 0, 3),
    ],
)
def test_exit_status_is_the_verdicts(tmp_path: Path, outcome: Outcome | None, exitstatus: int, ends_with: int) -> None:
    """Pass 0, fail 1, inconclusive 3: whatever pytest itself thinks of the run."""
    of, made = owner(tmp_path)
    play(of, made, outcome)
    assert finish(of, exitstatus) == ends_with
    assert of.stash[PUBLISHED].verdict.exit_code == ends_with
    assert (tmp_path / "verdict.json").is_file()


def test_pytest_that_broke_is_no_pass(tmp_path: Path) -> None:
    """An internal error after the last check is a run of which nobody knows what it missed."""
    of, made = owner(tmp_path)
    play(of, made)
    assert finish(of, pytest.ExitCode.INTERNAL_ERROR) == 3


def test_interrupt_is_no_verdict(tmp_path: Path) -> None:
    """Ctrl-C ends with 2, also when everything had passed by then. Another way out of pytest is no interrupt."""
    of, made = owner(tmp_path)
    play(of, made)
    for other in (pytest.exit.Exception("enough"), pytest.Session.Interrupted("1 error"), Stopped("stopping after 1 failures")):
        interrupted_by(of, other)
    assert INTERRUPTED not in of.stash
    interrupted_by(of, KeyboardInterrupt())
    assert finish(of, pytest.ExitCode.INTERRUPTED) == 2
    assert fields(records(made, "finish")[0], "interrupted") == (True,)


def interrupted_by(of: Any, error: BaseException) -> None:
    """What is heard leaves the session all the same."""
    with pytest.raises(type(error)) as caught, module.hearing(of):
        raise error
    assert caught.value is error


def test_secret_in_the_results_is_a_leak(tmp_path: Path) -> None:
    """Found in a form that nobody can hide (inside an archive, for one), it outweighs everything."""
    of, made = owner(tmp_path)
    made.secrets = Secrets()
    made.secrets.register("RESEND_API_KEY", "canary-of-the-owner-7f3a")
    (tmp_path / "allure-results" / "trace canary-of-the-owner-7f3a.zip").write_bytes(b"\x50\x4b\x03\x04")
    play(of, made)
    assert finish(of) == 6


@pytest.mark.parametrize("options", [{"keyword": "health"}, {"args": ["suites/health"]}])
def test_part_passes_as_a_part(tmp_path: Path, options: dict[str, Any]) -> None:
    """What was selected passed: the verdict is a pass, of a part."""
    of, made = owner(tmp_path, **options)
    play(of, made, checks=[row for row in ROWS if row.suite == "health"])
    assert finish(of) == 0
    assert of.stash[PUBLISHED].verdict.part


def test_part_is_no_whole(tmp_path: Path) -> None:
    """The same checks without a selection are a run that lost the others."""
    of, made = owner(tmp_path)
    play(of, made, checks=[row for row in ROWS if row.suite == "health"])
    assert finish(of) == 3
    assert not of.stash[PUBLISHED].verdict.part


def test_part_that_fails_fails(tmp_path: Path) -> None:
    """A failure is one, whatever else was left out."""
    of, made = owner(tmp_path, keyword="something")
    play(of, made, "failed", checks=[row for row in ROWS if row.id == SPOILT])
    assert finish(of, 1) == 1


def test_version_is_read_again_at_the_end(tmp_path: Path) -> None:
    """With a wiring at hand the owner asks what answers now; the wiring is closed afterwards."""
    of, made = owner(tmp_path)
    play(of, made, after=())
    wiring = through(lambda _: httpx.Response(200, headers={"x-version-id": "v1"}))
    closed = threading.Event()
    wiring.close = closed.set
    of.stash[WIRING] = wiring
    assert finish(of) == 0
    assert fields(records(made, "version")[-1], "where", "ids") == ("after", ("v1",))
    assert closed.is_set()


def test_other_version_at_the_end_taints_the_run(tmp_path: Path) -> None:
    """What was seen belongs to nobody knows which version."""
    of, made = owner(tmp_path)
    play(of, made, after=())
    of.stash[WIRING] = through(lambda _: httpx.Response(200, headers={"x-version-id": "v2"}))
    assert finish(of) == 3


def test_deployment_that_is_gone_at_the_end(tmp_path: Path) -> None:
    """Nobody knows which version answers then: the ledger says what happened, and the run does not pass."""

    def gone(_: httpx.Request) -> httpx.Response:
        raise Unreachable("staging.fm5.test", "refused", "the connection was refused")

    of, made = owner(tmp_path)
    play(of, made, after=())
    of.stash[WIRING] = through(gone)
    assert finish(of) == 3
    (trouble,) = records(made, "trouble")
    assert "after the run" in str(fields(trouble, "text"))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (httpx.Response(200, html="<h1>Sign in</h1>"), "wall"),
        (httpx.Response(403, headers={"cf-mitigated": "challenge"}), "challenge"),
    ],
)
def test_wall_that_came_up_meanwhile_taints_the_run(tmp_path: Path, answer: httpx.Response, what: str) -> None:
    """Nobody knows since when it has answered in the deployment's place."""
    of, made = owner(tmp_path)
    play(of, made, after=())
    of.stash[WIRING] = through(lambda _: httpx.Response(answer.status_code, headers=answer.headers, content=answer.content))
    assert finish(of) == 3
    assert [fields(record, "what") for record in records(made, "trouble")] == [(what,)]


def test_run_that_was_stopped_asks_nothing_more(tmp_path: Path) -> None:
    """A gate that nobody passed leaves nothing to read."""
    of, made = owner(tmp_path)
    announce(of, made)
    made.stopped = "nobody answers"
    of.stash[WIRING] = through(lambda _: pytest.fail("a request was sent"))
    assert finish(of) == 3


class Sandbox:
    """A sandbox that has died, or not."""

    def __init__(self, died: SandboxError | None = None) -> None:
        self.died, self.within = died, 0.0

    def check(self) -> None:
        if self.died:
            raise self.died

    def stop(self, within: float) -> None:
        self.within = within


@pytest.mark.parametrize(
    ("died", "words"),
    [
        (SandboxDied("mail", -9, ["last words"]), "the sandbox's mail was ended by signal 9"),
        (SandboxStopped(), "the sandbox was stopped from elsewhere"),
    ],
)
def test_dead_sandbox_is_named(tmp_path: Path, died: SandboxError, words: str) -> None:
    """Its services are third parties to the deployment; the run does not pass, and the message is the supervisor's."""
    of, made = owner(tmp_path)
    made.sandbox = Sandbox(died)  # type: ignore[assignment]
    play(of, made)
    assert finish(of) == 3
    (trouble,) = records(made, "trouble")
    assert fields(trouble, "what", "host") == ("third_party", "sandbox")
    assert words in str(fields(trouble, "text"))


@pytest.mark.parametrize("interrupted", [True, False])
def test_sandbox_is_stopped_in_any_case(tmp_path: Path, interrupted: bool) -> None:
    """With less patience after Ctrl-C."""
    of, made = owner(tmp_path)
    sandbox = Sandbox()
    made.sandbox = sandbox  # type: ignore[assignment]
    of.stash[INTERRUPTED] = interrupted
    play(of, made)
    finish(of)
    assert 0 < sandbox.within <= (2.0 if interrupted else 10.0)


def test_conclusion_that_cannot_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a manifest nothing is known to be required: inconclusive, with the reason, and the sandbox is stopped all the same."""

    def missing() -> Manifest:
        raise ReportError("cannot read the manifest; write it with `make manifest`")

    monkeypatch.setattr(module, "Manifest", SimpleNamespace(load=missing))
    of, made = owner(tmp_path)
    sandbox = Sandbox()
    made.sandbox = sandbox  # type: ignore[assignment]
    play(of, made)
    assert finish(of) == 3
    assert made.stopped == "no verdict: cannot read the manifest; write it with `make manifest`"
    assert sandbox.within > 0


def with_drills(folder: Path, monkeypatch: pytest.MonkeyPatch, *, collected: bool) -> tuple[Any, Run, list[str]]:
    """An owner whose environment has drills, and which passes were played."""
    played: list[str] = []
    monkeypatch.setattr("gonogo.plugin.drills.play", lambda *_: played.append("drill"))
    target = environment("staging", deploy={"rollback": ROLLBACK})
    (folder / "allure-results").mkdir()
    made = run(folder, target)
    of = config(made, allure_report_dir=str(folder / "allure-results"), args=["suites/rollback"])
    of.stash[WIRING] = through(lambda _: httpx.Response(200, headers={"x-version-id": "v1"}))
    announce(of, made)
    made.ledger.append(Collected(check="a.b::c", node="a", drill=collected))
    return of, made, played


@pytest.mark.parametrize(("collected", "status"), [(True, 0), (False, 5)])
def test_pass_of_drills_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collected: bool, status: int) -> None:
    """The first pass then has nothing to run, which pytest calls status 5; without a drill it is one all the same."""
    of, made, played = with_drills(tmp_path, monkeypatch, collected=collected)
    finish(of, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert played == ["drill"]
    assert fields(records(made, "finish")[-1], "of", "exit_status") == ("main", status)


def test_no_drill_after_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing new starts."""
    of, _, played = with_drills(tmp_path, monkeypatch, collected=True)
    interrupted_by(of, KeyboardInterrupt())
    assert finish(of, 2) == 2
    assert played == []


def test_interrupt_in_the_drill_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the second pass runs."""
    of, _, _ = with_drills(tmp_path, monkeypatch, collected=True)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gonogo.plugin.drills.play", interrupt)
    assert finish(of) == 2


@pytest.mark.parametrize(("role", "kinds"), [(Role.WORKER, ["worker_finished"]), (Role.DRILL, ["finish"])])
def test_other_processes_do_not_conclude(tmp_path: Path, role: Role, kinds: list[str]) -> None:
    """A worker leaves pytest's own status; a drill pass reports its end and leaves the verdict to the owner."""
    made = run(tmp_path, role=role)
    assert finish(config(made), 1) == 1
    assert [record.kind for record in records(made)] == kinds
    assert not (tmp_path / "verdict.json").exists()


@pytest.mark.parametrize(("role", "before"), [(Role.WORKER, True), (Role.DRILL, False), (Role.OWNER, False)])
def test_worker_ends_its_part_ahead_of_everybody(tmp_path: Path, role: Role, before: bool) -> None:
    """pytest-xdist's part of it tells the owner that nothing more comes; whoever waits for nobody is last."""
    of = config(run(tmp_path, role=role))
    concluding = module.conclude(SimpleNamespace(config=of, exitstatus=0), 0)  # type: ignore[arg-type]
    next(concluding)
    assert of.stash.get(module.FINISHED, False) is before
    concluding.close()


def test_nothing_happens_without_a_run() -> None:
    """`--help` has no verdict."""
    assert finish(config(), 4) == 4


def printed(of: Any, exitstatus: int = 0) -> list[str]:
    """What is said after everybody else has spoken."""
    session: Any = SimpleNamespace(config=of, exitstatus=exitstatus)
    lines: list[str] = of.pluginmanager.get_plugin("terminalreporter").lines
    concluding = module.conclude(session, exitstatus)
    next(concluding)
    assert lines == []
    assert PUBLISHED not in of.stash
    with pytest.raises(StopIteration):
        next(concluding)
    return list(lines)


def test_last_words_are_the_verdict(tmp_path: Path) -> None:
    """The verdict's lines come last; the one reason stands in the first of them, and is not said twice."""
    of, made = owner(tmp_path, terminal=Terminal())
    play(of, made, "failed")
    lines = printed(of, 1)
    published = of.stash[PUBLISHED]
    assert lines[-len(published.lines) :] == published.lines
    assert [SPOILT in line for line in lines].count(True) == 1


@pytest.mark.parametrize("error", [pytest.exit.Exception("enough", returncode=0), RuntimeError("a plugin's own")])
def test_plugin_that_leaves_the_end_keeps_nobody_from_concluding(tmp_path: Path, error: BaseException) -> None:
    """Where another plugin leaves or breaks the end of the session, there is a verdict all the same; one that broke makes it no pass."""
    of, made = owner(tmp_path, terminal=Terminal())
    play(of, made)
    session: Any = SimpleNamespace(config=of, exitstatus=0)
    concluding = module.conclude(session, 0)
    next(concluding)
    with pytest.raises(StopIteration):
        concluding.throw(error)
    assert of.stash[PUBLISHED].verdict.exit_code == session.exitstatus == (3 if isinstance(error, RuntimeError) else 0)
    assert of.pluginmanager.get_plugin("terminalreporter").lines[-1] == of.stash[PUBLISHED].lines[-1]
    assert exit_code(of, 0) == of.stash[PUBLISHED].verdict.exit_code


@pytest.mark.parametrize(("said", "code"), [(0, 3), (1, 3), (5, 3), (2, 2), (4, 4)])
def test_exit_code_without_a_verdict_is_no_yes(tmp_path: Path, said: int, code: int) -> None:
    """A session that ended before it began concludes about nothing; Ctrl-C and unusable options stay what they are."""
    of, _ = owner(tmp_path, terminal=Terminal())
    assert exit_code(of, said) == code
    assert (tmp_path / "verdict.json").is_file() == (code == 3)


def test_exit_code_is_the_verdicts_whoever_replaces_it(tmp_path: Path) -> None:
    """What another plugin makes of pytest's exit status afterwards is of no consequence."""
    of, made = owner(tmp_path)
    play(of, made, "failed")
    finish(of, 1)
    assert exit_code(of, 0) == 1
    assert exit_code(config(run(tmp_path / "worker", role=Role.WORKER)), 5) == 5


def exit_code(of: Any, said: int) -> int:
    """What the process ends with when pytest says so."""
    made = run_of(of)
    assert made is not None
    return module.exit_code(of, made, said)


def test_last_words_of_a_run_that_never_began(tmp_path: Path) -> None:
    """The sentence that stopped it, and the verdict."""
    of, made = owner(tmp_path, terminal=Terminal())
    announce(of, made)
    made.stopped = "https://staging.fm5.test cannot be reached"
    made.ledger.append(TroubleMet(what="unreachable", host="staging.fm5.test", text=made.stopped))
    lines = printed(of)
    assert lines[1] == made.stopped
    assert lines[-1] == of.stash[PUBLISHED].lines[-1]
