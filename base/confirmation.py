"""How a run tells whoever started it that it has come to its end: an exit code of 0 may be that of `os._exit(0)` in a check."""

from __future__ import annotations

import os
from contextlib import suppress

_VARIABLE = "GONOGO_CONFIRMS_TO"


class Confirmed:
    """The side of whoever starts a run: a pipe of which the run's process is given one end. POSIX only."""

    def __init__(self) -> None:
        self._reads, self.descriptor = os.pipe()
        os.set_blocking(self._reads, False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables for the process of the run."""
        return {**os.environ, _VARIABLE: str(self.descriptor)}

    def heard(self) -> bool:
        """Whether the run has confirmed its end. To be asked once, when its process is gone."""
        os.close(self.descriptor)
        try:
            return bool(os.read(self._reads, 1))
        except BlockingIOError:  # something that the run has left behind holds the other end
            return False
        finally:
            os.close(self._reads)


def asked() -> int | None:
    """The descriptor that wants a confirmation, if any. No process that this one starts is told of it."""
    said = os.environ.pop(_VARIABLE, "")
    return int(said) if said.isdecimal() else None


def confirm(descriptor: int | None) -> None:
    """The run's process has come to the end of what it had to do; nothing happens where nobody waits for that."""
    if descriptor is not None:
        with suppress(OSError):
            os.write(descriptor, b"1")
