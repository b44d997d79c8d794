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

import pytest

from gonogo.run import drill_watchdog as module
from gonogo.run.drill_watchdog import guard
from gonogo.run.state import Run
from tests.gonogo.fakes import ROLLBACK, VARIABLES, environment, run

ROOT = Path(__file__).resolve().parents[2]
AS_STARTED = module.COMMAND
WITHIN = 30.0
"""s; the guard has to be gone by then."""
BEFORE, AFTER = "aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-1111-4111-8111-111111111111"

# The guard's process, with a script in wrangler's place that lies beside this one.
GUARDING = """
import pathlib, sys
from types import SimpleNamespace
from clients.platforms import cloudflare
from gonogo.run import drill_watchdog
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
    (folder / "live").write_text(words[2].partition("@")[0])
if words[:2] == ["deployments", "status"]:
    share = {"version_id": (folder / "live").read_text(), "percentage": 100}
    print(json.dumps({"id": "d", "created_on": "2026-11-20T12:00:00.000Z", "versions": [share]}))
"""

# A run in a process of its own, which enters the guard, says so, and waits for whatever happens to it.
DRILL = """
import sys, time
from pathlib import Path
from gonogo.run import drill_watchdog
from tests.gonogo.fakes import ROLLBACK, environment, run
folder = Path(sys.argv[1])
drill_watchdog.COMMAND = [sys.executable, str(folder / "guarding.py")]
drill_watchdog.BETWEEN_LOOKS = 0.1
target = environment("staging", deploy={"rollback": ROLLBACK})
with drill_watchdog.guard(run(folder, target), sys.argv[2]):
    print("inside", flush=True)
    time.sleep(60)
"""


@dataclass
class Platform:
    """The script in wrangler's place."""

    folder: Path

    def live(self) -> str:
        return (self.folder / "live").read_text(encoding="utf-8")

    def deploy(self, version: str) -> None:
        """As if a rollback had been done."""
        (self.folder / "live").write_text(version, encoding="utf-8")

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
    """A platform on which the newer version is live."""
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


def order(platform: Platform, version: str) -> bytes:
    """What a guard is told."""
    told = {
        "platform": "cloudflare",
        "service": "fm5-staging",
        "settings": {"account": "account-of-fm5", "token": VARIABLES["CF_TOKEN"], "api": "https://api.example/client/v4"},
        "home": str(platform.folder / "home"),
        "version": version,
        "pause": 0.0,
    }
    return json.dumps(told).encode() + b"\n"


def told(platform: Platform, version: str, *words: bytes) -> str:
    """Runs a guard to its end, with these lines and then the end of its input; returns what it says."""
    done = subprocess.run(
        [sys.executable, str(platform.folder / "guarding.py")],
        cwd=ROOT,
        input=b"".join([order(platform, version), *words]),
        capture_output=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_end_of_the_run_puts_the_recorded_version_back(platform: Platform) -> None:
    """End of file without a word is a run that is gone, in the middle of its drill."""
    assert told(platform, BEFORE) == f"put back {BEFORE} (live was {AFTER})\nlive is {BEFORE}\n"
    assert platform.live() == BEFORE
    assert platform.calls().count("versions deploy") == 1


def test_guard_is_a_module_of_its_own(platform: Platform) -> None:
    """As a run starts it, without anything of a test: it hears its order, and that there is nothing to do."""
    given = order(platform, BEFORE) + b"done\n"
    done = subprocess.run(AS_STARTED, cwd=ROOT, input=given, capture_output=True, timeout=WITHIN, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_done_dismisses_the_guard(platform: Platform) -> None:
    """A drill that has restored everything itself wants nothing done."""
    assert told(platform, BEFORE, b"done\n") == ""
    assert (platform.live(), platform.calls()) == (AFTER, [])


def test_version_that_is_live_is_not_deployed_again(platform: Platform) -> None:
    """A run that ended before its rollback has changed nothing."""
    told(platform, AFTER)
    assert set(platform.calls()) == {"deployments status"}


def test_half_a_word_is_not_done(platform: Platform) -> None:
    """A run that was killed while it wrote has not said that it is done."""
    told(platform, BEFORE, b"do")
    assert platform.live() == BEFORE


def test_leaving_dismisses_it(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """The process is gone when the drill goes on, and has asked the platform nothing."""
    with guard(staging, BEFORE):
        (process,) = started
        assert process.poll() is None
    assert process.returncode == 0
    assert (platform.live(), platform.calls()) == (AFTER, [])


def test_no_secret_is_in_its_arguments_or_its_log(platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]]) -> None:
    """Arguments are for everybody on the machine to see: what it needs comes through its standard input."""
    with guard(staging, BEFORE):
        shown = " ".join(map(str, started[0].args)) if isinstance(started[0].args, list) else str(started[0].args)
    log = (staging.out / "guard.log").read_text(encoding="utf-8")
    assert not [name for name, value in VARIABLES.items() if value in shown or value in log]


def test_sandbox_needs_no_guard(platform: Platform, tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """It ends with its run."""
    target = environment("sandbox", deploy={"rollback": ROLLBACK})
    with guard(run(tmp_path, target), BEFORE):
        pass
    assert started == []
    assert not (tmp_path / "guard.log").exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda end: end.name)
def test_run_that_is_killed_is_cleaned_up_after(
    platform: Platform, end: signal.Signals, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """The guard outlives its run, puts the recorded version back with the run's own token, and ends."""
    command = [sys.executable, "-c", DRILL, str(platform.folder), BEFORE]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"inside\n"
        assert platform.calls() == []
        process.send_signal(end)
        assert process.wait(WITHIN) == -end
    log = platform.folder / "guard.log"
    eventually(lambda: "live is" in log.read_text(encoding="utf-8"))
    assert platform.live() == BEFORE
    assert platform.tokens() == {VARIABLES["CF_TOKEN"]}


def test_drill_that_breaks_is_put_back(
    platform: Platform, staging: Run, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception inside is no word of dismissal: the recorded version is back, and the guard gone, when it leaves."""
    monkeypatch.setattr(module, "BETWEEN_LOOKS", 0.0)
    with pytest.raises(RuntimeError), guard(staging, BEFORE):
        raise RuntimeError("the version did not come back")
    assert started[0].returncode == 0
    assert platform.live() == BEFORE
