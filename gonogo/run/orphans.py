"""The pass of drills ends with the process that owns the run: nobody would conclude over it, and it would drill beside the next run."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

VARIABLE = "GONOGO_OWNER"
"""The process id of the owner, in the environment of the pass that it starts."""
BETWEEN_LOOKS = 0.02
GUARD = "gonogo.run.drill_watchdog"
"""The module of the child that outlives the pass."""


def end_with_the_owner() -> None:
    """From now on this process ends when its parent is not the owner any more, which was killed then.

    The parent is asked for, and no pipe is held: a child of the owner may have inherited the other end of one.
    """
    owner = os.environ.pop(VARIABLE, "")
    if owner.isdecimal():
        threading.Thread(target=_watch, args=(int(owner),), name="owner", daemon=True).start()


def _end_children() -> None:
    """Browsers, and what the platform is asked with: a switch that was not sent yet stays unsent."""
    import psutil

    with suppress(psutil.Error, OSError):
        for child in psutil.Process().children():
            with suppress(psutil.Error, OSError):
                if GUARD in child.cmdline():
                    continue
                for process in (child, *child.children(recursive=True)):
                    process.kill()


def _watch(owner: int) -> None:
    import psutil  # noqa: F401 - 40 ms, which are not there any more when the sandbox's supervisor ends this process as well

    while os.getppid() == owner:
        time.sleep(BETWEEN_LOOKS)
    _end_children()
    try:
        # Not through Python's file, whose lock another thread may hold.
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"the run that this drill belongs to was killed: the drill ends\n")
    except OSError:
        pass  # the terminal is gone as well
    finally:
        os._exit(3)  # the guard over the drill sees the end, and restores
