"""Jobs in daemon threads: an interpreter that ends does not wait for them, unlike those of `concurrent.futures`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


class Job:
    """Runs a function in a thread from now on."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._function()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._error = error

    def wait(self) -> None:
        """Waits for the end; raises the function's error."""
        self._thread.join()
        if self._error:
            raise self._error


def together(functions: Iterable[Callable[[], object]]) -> None:
    """Runs functions at the same time and raises the first one's error after all have ended."""
    jobs = [Job(function) for function in functions]
    errors = []
    for job in jobs:
        try:
            job.wait()
        except BaseException as error:  # noqa: BLE001 - the others are waited for first
            errors.append(error)
    if errors:
        raise errors[0]
