"""`python -m gonogo verify ...`: a run of pytest in a process of its own, and the exit code of its verdict, whatever happens to pytest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from base.places import PROJECT

NO_VERDICT = 3
_KNOWN = frozenset({0, 1, 2, 3, 4, 6})


def main(arguments: Sequence[str]) -> int:
    """Plays the run and waits for it; Ctrl-C reaches it as well, and it concludes by itself.

    A code that is no verdict's (pytest was killed, or broke in a way of its own) becomes 3: nobody knows.
    """
    process = subprocess.Popen([sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"), *arguments])
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the run has heard it too
            continue
        return code if code in _KNOWN else NO_VERDICT
