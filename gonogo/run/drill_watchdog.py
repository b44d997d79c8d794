"""A guard over a drill: a process that puts the recorded version back when the run that started the drill is gone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from base import children
from base.places import PROJECT
from clients.platforms.registry import open_platform
from environments.schema.deploy_rollback import Rollback
from fixtures.folder import WRANGLER_HOME
from gonogo.run.state import GUARD_LOG, Run

DONE = "done"
LOOKS, BETWEEN_LOOKS = 3, 4.0
COMMAND = (sys.executable, "-m", "gonogo.run.drill_watchdog")


@contextmanager
def guard(run: Run, version_id: str) -> Iterator[None]:
    """While inside, the end of this process in whatever way makes the guard deploy ``version_id``; leaving normally dismisses it.

    A sandbox ends with its run, so nothing has to be put back there.
    """
    if run.environment.sandbox is not None:
        yield
        return
    terms = run.environment.section(Rollback)
    assert terms is not None, "a drill is guarded, so [deploy.rollback] is declared"
    order = {
        "platform": terms.platform,
        "service": terms.worker,
        "settings": terms.settings,
        "home": str(run.out / WRANGLER_HOME),
        "version": version_id,
        "pause": BETWEEN_LOOKS,
    }
    with (run.out / GUARD_LOG).open("ab") as log:
        # A session of its own: Ctrl-C at the terminal must not reach it.
        process = subprocess.Popen(
            COMMAND, cwd=PROJECT, env=children.python(), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    assert process.stdin
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()
    try:
        yield
        with suppress(BrokenPipeError):
            process.stdin.write(DONE.encode() + b"\n")
    finally:
        # Without the word, the guard puts the version back now.
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


def main() -> int:
    """Reads the order from standard input, then waits for `done` or for the end of the run."""
    order = json.loads(sys.stdin.readline())
    if sys.stdin.readline().strip() == DONE:
        return 0
    platform = open_platform(order["platform"], order["service"], order["settings"], home=Path(order["home"]))
    # A rollback that was under way when the run ended may still land: look again until nothing moves any more.
    for _ in range(LOOKS):
        live = platform.current().sole
        if live != order["version"]:
            platform.deploy(order["version"], message="gonogo: put back after an interrupted drill")
            sys.stdout.write(f"put back {order['version']} (live was {live})\n")
        time.sleep(order["pause"])
    sys.stdout.write(f"live is {platform.current().sole}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
