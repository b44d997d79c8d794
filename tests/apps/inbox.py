"""An inbox for an app of others, as its team would start it: `python -m gonogo sandbox mail`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from base.places import PROJECT
from tests.apps.around import Around, without_ours

_UP_WITHIN, _DOWN_WITHIN = 30.0, 10.0
_KEY = "GONOGO_MAIL_KEY"


@contextmanager
def inbox(folder: Path) -> Iterator[Around]:
    """The inbox under way. The app finds it in SMTP_URL, RESEND_BASE_URL and RESEND_API_KEY; its file says `{mail}` for the API, and
    `key = "GONOGO_MAIL_KEY"`. It ends with this process, however that ends."""
    variables = folder / "mail.env"
    command = [sys.executable, "-m", "gonogo", "sandbox", "mail", "--with-parent", f"--variables={variables}"]
    process = subprocess.Popen(command, cwd=PROJECT, env=without_ours(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        given = _read(variables, process)
        key = given.pop(_KEY)
        yield Around(app=given, run={_KEY: key}, file={"mail": given["RESEND_BASE_URL"]})
    finally:
        try:
            process.communicate(timeout=_DOWN_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _read(variables: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    until = time.monotonic() + _UP_WITHIN
    while not variables.exists():
        assert process.poll() is None, f"the inbox ended with {process.returncode} before it was there"
        assert time.monotonic() < until, f"the inbox was not there after {_UP_WITHIN:.0f} s"
        time.sleep(0.02)
    lines = variables.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))
