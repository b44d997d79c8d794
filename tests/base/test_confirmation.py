"""The pipe between a run and the process that started it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from base.places import PROJECT

PROGRAM = textwrap.dedent(
    """
    import sys
    from base.confirmation import Listener
    listener = Listener()
    assert listener.descriptor > 2 and listener._reads > 2, listener.descriptor
    sys.exit(0)
    """
)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_pipe_never_takes_the_place_of_a_closed_output(closed: str) -> None:
    """What a run prints would be heard as its words."""
    command = ["/bin/sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, PROGRAM]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0
