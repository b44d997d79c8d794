"""Starts the mail sandbox the way the supervisor does: configuration on the first line of stdin, stopped by closing stdin."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from base.tools import toolchain

T = TypeVar("T")
PROJECT = Path(__file__).resolve().parent.parent.parent
MAIN = PROJECT / "sandbox" / "mail" / "main.mjs"
FULL, SENDING = "re_full_access_of_the_tests", "re_sending_only_of_the_tests"
SENDER, OWNER = "FM5 <hello@mail.fm5.test>", "owner@fm5.test"


def configuration(state: Path, **changes: object) -> dict[str, object]:
    """A complete configuration. The limit is out of the way unless a test is about it."""
    return {
        "keys": {"full": FULL, "sending": SENDING},
        "domains": ["mail.fm5.test"],
        "owner": OWNER,
        "deliveryDelayMs": 150,
        "rateLimit": {"max": 500, "windowMs": 1000},
        "state": str(state),
        **changes,
    }


class MailService:
    """One running mail sandbox; a context manager that ends its process, by its id, whatever happened."""

    def __init__(self, folder: Path, **changes: object) -> None:
        """``folder``: for state and log; ``changes``: to the configuration."""
        self._log = folder / "mail.log"
        self._configuration = configuration(folder / "state", **changes)
        self.process: subprocess.Popen[str]
        self.url = ""

    def __enter__(self) -> Self:
        with self._log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(toolchain().node), str(MAIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(self._configuration) + "\n")
        self.process.stdin.flush()
        ready = self.process.stdout.readline()
        assert ready, f"the mail sandbox did not start: {self.log}"
        answer = json.loads(ready)
        assert answer["ready"] is True
        self.url = f"http://127.0.0.1:{answer['ports']['api']}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text(encoding="utf-8")

    def stop(self, within: float = 5) -> int:
        """Closes stdin, which asks it to stop, and waits ``within`` seconds; returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        code = self.process.wait(timeout=within)
        self.process.stdout.close()
        return code

    def call(
        self, method: str, path: str, *, key: str | None = FULL, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One request on a connection of its own; ``key`` None sends no Authorization header."""
        sent = {**({"authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        return httpx.request(method, self.url + path, json=body, headers=sent, timeout=10, trust_env=False)


def mail(**changes: object) -> dict[str, Any]:
    """A body that is accepted, changed; a value of None leaves the field out."""
    body = {"from": SENDER, "to": "delivered@resend.dev", "subject": "Confirm your address", "html": "<p>Hello</p>", **changes}
    return {name: value for name, value in body.items() if value is not None}


def observe(look: Callable[[], T], accept: Callable[[T], bool], within: float = 10) -> T:
    """Looks again and again until the observation is accepted; fails with the last one after ``within`` seconds."""
    end = time.monotonic() + within
    while not accept(seen := look()):
        assert time.monotonic() < end, f"last seen: {seen!r}"
        time.sleep(0.02)
    return seen
