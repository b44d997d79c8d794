"""`python -m gonogo verify ...`: a run of pytest in a process of its own, and the exit code of its verdict, whatever happens to pytest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from base.confirmation import Confirmed
from base.places import PROJECT, SUITES

NO_VERDICT = 3
# The plugin is named: pytest finds it beside the arguments alone, and they may all lie in another repository.
_PYTEST = (sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"), "-p", "gonogo.plugin.timeline")
_KNOWN = frozenset({0, 1, 2, 3, 4, 6})
# Answered by pytest before any plugin is loaded.
_VERSION = frozenset({"--version", "-V"})


def main(arguments: Sequence[str]) -> int:
    """Plays the run and waits for it; Ctrl-C reaches it as well, and it concludes by itself.

    From whichever folder it is started, it plays the suites, beside the folders and files that are named. A code that is no verdict's
    (pytest was killed, or broke in a way of its own) becomes 3: nobody knows. So does a yes that the run has not confirmed: a check may end
    the process with 0.
    """
    confirmed = Confirmed()
    process = subprocess.Popen([*_PYTEST, *arguments, *_suites(arguments)], env=confirmed.environment, pass_fds=(confirmed.descriptor,))
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the run has heard it too
            continue
        break
    if code == 0 and not confirmed.heard() and not _VERSION & set(arguments):
        sys.stderr.write("no verdict: the run's process was ended with 0 before the run had come to its end: a check or a plugin did so\n")
        return NO_VERDICT
    return code if code in _KNOWN else NO_VERDICT


def _suites(arguments: Sequence[str]) -> list[str]:
    """The suites, unless a part of them is named: pytest looks for them in the folder that it is started in."""
    named = [Path(word.partition("::")[0]) for word in arguments if not word.startswith("-")]
    return [] if any(path.exists() and path.resolve().is_relative_to(SUITES) for path in named) else [str(SUITES)]
