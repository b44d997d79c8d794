"""A platform's command-line tool as a subprocess: own process group, private home, deadline, cancellable, secrets by environment only."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from base import children
from clients.errors import Cancelled, Overdue, Unavailable

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NOISE = re.compile(
    r"^env\.|Logs were written to|wrangler \d+\.\d+|newer version of|^[─\-╭╰│ ]+$|^at |error handler also failed|please create an issue"
)
_POLL = 0.1
_GRACE = 3.0
_TRIMMED = 600


@dataclass(frozen=True)
class Output:
    """How a command ended: exit status, and its two outputs without colours."""

    status: int
    stdout: str
    stderr: str


class Command:
    """Runs one tool, again and again."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        home: Path,
        environment: Mapping[str, str],
        secrets: Sequence[str],
        cancelled: Event | None = None,
        started: Callable[[int], None] | None = None,
    ) -> None:
        """
        :param words: how the tool is called, without its arguments.
        :param home: private folder: HOME, the XDG folders, the temporary and the working folder of the tool.
        :param environment: further variables; the only way in for a secret.
        :param secrets: values to remove from whatever the tool says.
        :param started: told the process id (also the id of its group), so that somebody else can end it should this process be killed.
        """
        self._words, self._home, self._environment = list(words), home, dict(environment)
        self._secrets = [secret for secret in secrets if secret]
        self._cancelled, self._started = cancelled, started

    def run(self, *arguments: str, within: float, more: Mapping[str, str] | None = None) -> Output:
        """Run to the end, with ``more`` variables for this once.

        :raises Overdue: after ``within`` seconds; the whole process group has been ended then.
        :raises Cancelled: when the run was interrupted; likewise.
        :raises Unavailable: when the tool cannot be started.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        self._home.chmod(0o700)
        try:
            process = subprocess.Popen(
                [*self._words, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._home,
                env={**self._env(), **(more or {})},
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise Unavailable(f"{self._words[0]} cannot be started: {error.strerror}") from error
        if self._started is not None:
            self._started(process.pid)
        return self._watch(process, arguments, within)

    def scrub(self, text: str) -> str:
        """``text`` without colours and secrets."""
        text = _ANSI.sub("", text)
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text

    def trimmed(self, output: Output) -> str:
        """The lines of an output that say what went wrong, on one line."""
        lines = [line.strip() for line in f"{output.stderr}\n{output.stdout}".splitlines()]
        lines = [line for line in lines if line and not _NOISE.search(line)]
        errors = [line for line in lines if re.search(r"error|code: \d+", line, re.IGNORECASE)]
        return " ".join(dict.fromkeys(errors or lines))[:_TRIMMED] or "it said nothing"

    def _watch(self, process: "subprocess.Popen[str]", arguments: Sequence[str], within: float) -> Output:
        deadline = time.monotonic() + within
        try:
            while True:
                try:
                    stdout, stderr = process.communicate(timeout=_POLL)
                except subprocess.TimeoutExpired:
                    what = f"{Path(self._words[-1]).name} {' '.join(arguments[:3])}"
                    if self._cancelled is not None and self._cancelled.is_set():
                        raise Cancelled(f"the run was interrupted during {what}") from None
                    if time.monotonic() > deadline:
                        raise Overdue(f"the end of {what}", within, 1, "still running, and now ended") from None
                    continue
                return Output(process.returncode, self.scrub(stdout), self.scrub(stderr))
        finally:
            self._end(process)

    def _end(self, process: "subprocess.Popen[str]") -> None:
        """Whatever happened, nothing of the group is left."""
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def _env(self) -> dict[str, str]:
        private = dict.fromkeys((*children.FOLDERS, "TMPDIR"), str(self._home))
        return children.made(home=self._home, network=True, more={**private, **self._environment})
