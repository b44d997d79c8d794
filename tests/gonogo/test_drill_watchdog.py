"""The guard over a drill: a real process, with a script in wrangler's place that remembers what is live."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from base.waiting import until
from clients.errors import Inconclusive
from clients.platforms.drill_mark import DrillMark
from gonogo.run import drill_watchdog as module
from gonogo.run.drill_record import DrillRecord
from gonogo.run.drill_watchdog import guard
from gonogo.run.state import Run
from tests.gonogo.fakes import ROLLBACK, VARIABLES, environment, run

ROOT = Path(__file__).resolve().parents[2]
AS_STARTED = module.COMMAND
WITHIN = 30.0
"""s; the guard has to be gone by then."""
BEFORE, AFTER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "ab")
MARK = DrillMark("run-1", BEFORE, 600)

# The guard's process, with a script in wrangler's place that lies beside this one.
GUARDING = """
import pathlib, sys
from types import SimpleNamespace
from clients.platforms import cloudflare
from gonogo.run import drill_watchdog
(pathlib.Path(__file__).parent / "guarding").touch()
cloudflare.toolchain = lambda: SimpleNamespace(node=sys.executable, wrangler=pathlib.Path(__file__).parent / "wrangler.py")
sys.exit(drill_watchdog.main())
"""

WRANGLER = """
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
words = sys.argv[1:]
with (folder / "calls.jsonl").open("a") as file:
    file.write(json.dumps({"words": words, "token": os.environ.get("CLOUDFLARE_API_TOKEN")}) + "\\n")
if words[:2] == ["versions", "deploy"]:
    (folder / "live").write_text(words[2].partition("@")[0] + "\\n" + words[words.index("--message") + 1])
if words[:2] == ["deployments", "status"]:
    version, message = (folder / "live").read_text().split("\\n")
    release = {"id": "d", "created_on": "2026-11-20T12:00:00.000Z", "versions": [{"version_id": version, "percentage": 100}]}
    print(json.dumps({**release, "annotations": {"workers/message": message}}))
if words[:2] == ["deployments", "list"]:
    sys.exit("503 Service Unavailable")
"""

# A run in a process of its own, which enters the guard, says so, and waits for whatever happens to it.
DRILL = """
import subprocess, sys, time
from pathlib import Path
from clients.platforms.drill_mark import DrillMark
from gonogo.run import drill_watchdog
from tests.gonogo.fakes import ROLLBACK, environment, run
folder = Path(sys.argv[1])
drill_watchdog.COMMAND = [sys.executable, str(folder / "guarding.py")]
drill_watchdog.BETWEEN_LOOKS = 0.1
target = environment("staging", deploy={"rollback": ROLLBACK})
with drill_watchdog.guard(run(folder, target), DrillMark("run-1", sys.argv[2], int(sys.argv[3]))) as guarding:
    tool = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    guarding.started(tool.pid)
    print("inside", tool.pid, flush=True)
    time.sleep(60)
"""


@dataclass
class Platform:
    """The script in wrangler's place."""

    folder: Path

    def live(self) -> str:
        return (self.folder / "live").read_text(encoding="utf-8").partition("\n")[0]

    def deploy(self, version: str, message: str = MARK.text) -> None:
        """As if a rollback had been done, by the drill unless the message is another one."""
        (self.folder / "live").write_text(f"{version}\n{message}", encoding="utf-8")

    def calls(self) -> list[str]:
        """The commands it was given, by their first two words."""
        return [" ".join(call["words"][:2]) for call in self._calls()]

    def tokens(self) -> set[str]:
        return {call["token"] for call in self._calls()}

    def _calls(self) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()]
        except FileNotFoundError:
            return []


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A platform on which the older version is live, by a drill."""
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "state"))
    (tmp_path / "wrangler.py").write_text(WRANGLER, encoding="utf-8")
    (tmp_path / "guarding.py").write_text(GUARDING, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(module, "COMMAND", [sys.executable, str(tmp_path / "guarding.py")])
    platform = Platform(tmp_path)
    platform.deploy(AFTER)
    return platform


@pytest.fixture
def staging(tmp_path: Path) -> Run:
    """A run against a deployment that outlives it."""
    return run(tmp_path, environment("staging", deploy={"rollback": ROLLBACK}))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that guards are."""
    found: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remember(*args: object, **options: object) -> subprocess.Popen[bytes]:
        found.append(real(*args, **options))  # type: ignore[call-overload]
        return found[-1]

    monkeypatch.setattr("gonogo.run.drill_watchdog.subprocess.Popen", remember)
    return found


def order(platform: Platform, within: float = WITHIN) -> bytes:
    """What a guard is told."""
    told = {
        "platform": "cloudflare",
        "service": "fm5-staging",
        "settings": {"account": "account-of-fm5", "token": VARIABLES["CF_TOKEN"], "api": "https://api.example/client/v4"},
        "home": str(platform.folder / "home"),
        "drill": os.getpid(),
        "mark": [MARK.run, MARK.version_id, MARK.seconds],
        "record": str(platform.folder / "record.json"),
        "within": within,
        "pause": 0.0,
    }
    return json.dumps(told).encode() + b"\n"


def told(platform: Platform, *words: bytes) -> str:
    """Runs a guard to its end, with these lines and then the end of its input; returns what it says."""
    done = subprocess.run(
        [sys.executable, str(platform.folder / "guarding.py")],
        cwd=ROOT,
        input=b"".join([order(platform), *words]),
        capture_output=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def drilling(platform: Platform, seconds: int = MARK.seconds) -> tuple[subprocess.Popen[bytes], int]:
    """A run in a process of its own that is in its drill, and a tool that it has started."""
    command = [sys.executable, "-c", DRILL, str(platform.folder), BEFORE, str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    with process.stdout:
        word, tool = process.stdout.readline().split()
    assert word == b"inside"
    return process, int(tool)


def test_end_of_the_run_puts_the_recorded_version_back(platform: Platform) -> None:
    """End of file without a word is a run that is gone, in the middle of its drill."""
    DrillRecord(platform.folder / "record.json").write(MARK)
    assert told(platform) == f"restored {BEFORE}\nlive is {BEFORE} 100 %\n"
    assert DrillRecord(platform.folder / "record.json").read() is None
    assert platform.live() == BEFORE
    assert platform.calls().count("versions deploy") == 1


def test_guard_is_a_module_of_its_own(platform: Platform) -> None:
    """As a run starts it, without anything of a test: it hears its order, and that there is nothing to do."""
    given = order(platform) + b"done\n"
    done = subprocess.run(AS_STARTED, cwd=ROOT, input=given, capture_output=True, timeout=WITHIN, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_done_dismisses_the_guard(platform: Platform) -> None:
    """A drill that has restored everything itself wants nothing done."""
    assert told(platform, b"done\n") == ""
    assert (platform.live(), platform.calls()) == (AFTER, [])


def test_version_that_is_live_is_not_deployed_again(platform: Platform) -> None:
    """A run that ended before its rollback has changed nothing."""
    platform.deploy(BEFORE, "released")
    told(platform)
    assert set(platform.calls()) == {"deployments status"}


def test_half_a_word_is_not_done(platform: Platform) -> None:
    """A run that was killed while it wrote has not said that it is done."""
    told(platform, b"do")
    assert platform.live() == BEFORE


def test_half_an_order_is_none(platform: Platform) -> None:
    """A run that was killed before it had said what to guard has switched nothing."""
    command = [sys.executable, str(platform.folder / "guarding.py")]
    done = subprocess.run(command, cwd=ROOT, input=order(platform)[:-9], capture_output=True, timeout=WITHIN, check=False)
    assert (done.returncode, done.stdout, done.stderr, platform.calls()) == (0, b"", b"", [])


def test_leaving_dismisses_it(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """The process is gone when the drill goes on, and has asked the platform nothing."""
    with guard(staging, MARK):
        (process,) = started
        assert process.poll() is None
    assert process.returncode == 0
    assert (platform.live(), platform.calls()) == (AFTER, [])


def test_answer_that_never_came_keeps_the_guard(platform: Platform, staging: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch may still land, although the drill has seen the version that it wanted."""
    monkeypatch.setattr(module, "BETWEEN_LOOKS", 0.0)
    with guard(staging, MARK) as guarding:
        guarding.certain = False
    assert platform.live() == BEFORE


def test_two_drills_on_one_machine_exclude_each_other(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """The second is told whose the first is, and has begun nothing. When the first is over, it may."""
    with guard(staging, MARK):
        with pytest.raises(Inconclusive, match=r"a drill of run run-1 is under way on this machine"), guard(staging, MARK):
            pass
        assert len(started) == 1
    with guard(staging, MARK):
        assert len(started) == 2
    assert platform.calls() == []


def test_no_secret_is_in_its_arguments_or_its_log(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """Arguments are for everybody on the machine to see: what it needs comes through its standard input."""
    with guard(staging, MARK):
        shown = " ".join(map(str, started[0].args)) if isinstance(started[0].args, list) else str(started[0].args)
    log = (staging.out / "guard.log").read_text(encoding="utf-8")
    log += "".join(path.read_text(encoding="utf-8") for path in (platform.folder / "state" / "drills").iterdir())
    assert not [name for name, value in VARIABLES.items() if value in shown or value in log]


def test_sandbox_of_its_own_needs_no_guard(platform: Platform, tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """It ends with its run, and nobody else sees it."""
    target = environment("sandbox", deploy={"rollback": ROLLBACK})
    with guard(run(tmp_path, target), MARK) as guarding:
        assert not guarding.shared
    assert started == []
    assert not (tmp_path / "guard.log").exists()


def test_sandbox_that_is_up_is_guarded(platform: Platform, tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """It outlives the run: what a killed drill has left there is what the next run would verify. D1, D2."""
    target = environment("sandbox", deploy={"rollback": ROLLBACK})
    with guard(run(tmp_path, target, attached=True), MARK) as guarding:
        assert guarding.shared
        assert len(started) == 1
    assert platform.calls() == []


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda end: end.name)
def test_run_that_is_killed_is_cleaned_up_after(
    platform: Platform, end: signal.Signals, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """The guard outlives its run, puts the recorded version back with the run's own token, and ends."""
    process, tool = drilling(platform)
    assert platform.calls() == []
    process.send_signal(end)
    assert process.wait(WITHIN) == -end
    log = platform.folder / "guard.log"
    eventually(lambda: "live is" in log.read_text(encoding="utf-8"))
    assert platform.live() == BEFORE
    assert platform.tokens() == {VARIABLES["CF_TOKEN"]}
    eventually(lambda: not psutil.pid_exists(tool) or psutil.Process(tool).status() == psutil.STATUS_ZOMBIE)


def test_drill_that_is_late_is_ended(platform: Platform, eventually: Callable[[Callable[[], bool]], None]) -> None:
    """After the deadline others restore, so it has to be over before."""
    mark = DrillMark("run-1", BEFORE, 1)
    platform.deploy(AFTER, mark.text)
    process, _ = drilling(platform, mark.seconds)
    assert process.wait(WITHIN) == -signal.SIGKILL
    log = platform.folder / "guard.log"
    eventually(lambda: "live is" in log.read_text(encoding="utf-8"))
    assert platform.live() == BEFORE
    assert "shortly before its deadline" in log.read_text(encoding="utf-8")


def test_guard_minds_no_signal_that_is_meant_for_the_run(
    platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that is cancelled may have a signal sent to each of its processes."""
    monkeypatch.setattr(module, "BETWEEN_LOOKS", 0.0)
    with guard(staging, MARK) as guarding:
        guarding.certain = False
        ready = platform.folder / "guarding"
        until(ready.exists, bool, within=WITHIN, what="the guard is there")
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            started[0].send_signal(end)
    assert platform.live() == BEFORE


def test_guard_that_is_killed_leaves_the_drill_alone(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """The drill restores by itself; that nobody listens any more is no error."""
    with guard(staging, MARK) as guarding:
        started[0].kill()
        started[0].wait()
        guarding.started(1)
    assert platform.calls() == []


def test_drill_that_breaks_is_put_back(
    platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception inside is no word of dismissal: the recorded version is back, and the guard gone, when it leaves."""
    monkeypatch.setattr(module, "BETWEEN_LOOKS", 0.0)
    with pytest.raises(RuntimeError), guard(staging, MARK):
        raise RuntimeError("the version did not come back")
    assert started[0].returncode == 0
    assert platform.live() == BEFORE
