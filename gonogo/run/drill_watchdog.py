"""A guard over a drill: a process that puts the recorded version back when the run that started the drill is gone, or late."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from base import children
from base.places import PROJECT
from clients.errors import Trouble
from clients.platforms.base import Platform
from clients.platforms.drill_mark import DrillMark, put_back
from clients.platforms.registry import open_platform
from environments.schema.deploy_rollback import Rollback
from fixtures.context import Guarding
from fixtures.folder import WRANGLER_HOME
from gonogo.run import orphans
from gonogo.run.drill_record import DrillRecord
from gonogo.run.state import GUARD_LOG, Run

DONE, TOOL = "done", "tool"
LOOKS, BETWEEN_LOOKS = 3, 4.0
PERSISTS = 600.0
"""s for which a guard goes on while the platform refuses or does not answer."""
COMMAND = (sys.executable, "-m", orphans.GUARD)


@contextmanager
def guard(run: Run, mark: DrillMark) -> Iterator[Guarding]:
    """While inside, the end of this process in whatever way makes the guard put the mark's version back; leaving normally dismisses it.

    So does a drill that is still not over shortly before its deadline: then the guard ends this process first. A sandbox that this run has
    booted ends with it, so nothing has to be put back there. Raises Inconclusive while another drill is under way on this machine.
    """
    if run.alone:
        yield Guarding(shared=False)
        return
    terms = run.environment.section(Rollback)
    assert terms is not None, "a drill is guarded, so [deploy.rollback] is declared"
    record: DrillRecord | None = DrillRecord.of(terms)
    if record and not record.prepare():
        record = None
    lock = record.take() if record else None
    try:
        if record:
            record.write(mark)
        process = _started(run, lock)
    finally:
        if lock is not None:
            os.close(lock)  # the guard has it, until it has put back what there is
    assert process.stdin
    within = mark.seconds - min(30.0, mark.seconds / 3)
    order = {
        "platform": terms.platform,
        "service": terms.worker,
        "settings": terms.settings,
        "home": str(run.out / WRANGLER_HOME),
        "drill": os.getpid(),
        "mark": [mark.run, mark.version_id, mark.seconds],
        "record": str(record.path) if record else None,
        "within": within,
        "pause": BETWEEN_LOOKS,
    }
    _tell(process.stdin, json.dumps(order))
    guarding = Guarding(started=lambda pid: _tell(process.stdin, f"{TOOL} {pid}"))
    try:
        yield guarding
        if guarding.certain:
            _tell(process.stdin, DONE)
    finally:
        # Without the word, the guard puts the version back now.
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


def _started(run: Run, lock: int | None) -> subprocess.Popen[bytes]:
    with (run.out / GUARD_LOG).open("ab") as log:
        # A session of its own: Ctrl-C at the terminal must not reach it.
        return subprocess.Popen(
            COMMAND,
            cwd=PROJECT,
            env=children.python(),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
        )


def _tell(pipe: IO[bytes] | None, line: str) -> None:
    with suppress(BrokenPipeError, ValueError):  # a guard that was killed, or has been dismissed
        assert pipe
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class _Watch:
    """The pipe from the drill, and the tools that it has started."""

    def __init__(self, pipe: int) -> None:
        self._pipe, self._rest = pipe, b""
        self._tools: list[int] = []

    def line(self, within: float) -> str | None:
        """The next line; empty when there is none any more (half a line is none), ``None`` when none came within so many seconds."""
        until = time.monotonic() + within
        while b"\n" not in self._rest:
            if not select.select([self._pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                return None
            chunk = os.read(self._pipe, 65536)
            if not chunk:
                return ""
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace")

    def dismissed(self, drill: int, within: float) -> bool:
        """Waits for the word. False when the drill (a process id) is gone without it; one that is there after so many seconds is ended."""
        until = time.monotonic() + within
        while line := self.line(until - time.monotonic()):
            if line == DONE:
                return True
            kind, _, number = line.partition(" ")
            if kind == TOOL and number.isdecimal():
                self._tools.append(int(number))
        if line is None and os.getppid() == drill:
            _say("the drill is not over shortly before its deadline: it is ended")
            with suppress(ProcessLookupError):
                os.kill(drill, signal.SIGKILL)
        return False

    def end_tools(self) -> None:
        """What the drill has asked the platform with must change nothing any more. Each led a session, which bears its id."""
        for pid in self._tools:
            with suppress(ProcessLookupError, PermissionError):
                if os.getsid(pid) == pid:
                    os.killpg(pid, signal.SIGKILL)


def main() -> int:
    """Reads the order from standard input, then waits for `done`, for the end of the run, or for the deadline."""
    # Whoever ends the group or the session of a run, politely, means the run: what it has changed is put back all the same.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch = _Watch(0)
    line = watch.line(60)
    if not line:  # the run ended before it said what to guard, so before it switched anything
        return 0
    order = json.loads(line)
    record = DrillRecord(Path(order["record"])) if order["record"] else None
    if not watch.dismissed(order["drill"], order["within"]):
        watch.end_tools()
        platform = open_platform(order["platform"], order["service"], order["settings"], home=Path(order["home"]))
        if not restore(platform, DrillMark(*order["mark"]), order["pause"]):
            return 1  # the record stays, and the mark is at the platform: whoever starts next goes on
    if record:
        record.remove()
    return 0


def restore(
    platform: Platform, mark: DrillMark, pause: float, persists: float = PERSISTS, sleep: Callable[[float], Any] = time.sleep
) -> bool:
    """Puts the mark's version back, and says so. False when the platform did not let it for ``persists`` seconds.

    A rollback that was under way when the run ended may still land: it looks again until nothing has moved for a few looks.
    """
    until, quiet = time.monotonic() + persists, 0
    while quiet < LOOKS:
        try:
            did, live = put_back(platform, mark, f"gonogo {mark.run}: restored after a drill that was cut short")
            quiet = 1 if did else quiet + 1
            if did:
                _say(f"restored {mark.version_id}")
        except Trouble as trouble:
            _say(f"cannot restore {mark.version_id} yet: {trouble}")
            if time.monotonic() > until:
                return False
        sleep(pause)
    foreign = "" if live.sole == mark.version_id else ", which somebody else has put there: left alone"
    _say(f"live is {live.shown}{foreign}")
    return True


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
