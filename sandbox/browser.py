"""A Chromium for people that knows the sandbox's names and trusts its certificate, with a profile of its own in the run's folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from base import children
from base.tools import chromium, downloaded_chromiums
from sandbox.certificates import key_pin
from sandbox.connection import Connection
from sandbox.errors import SandboxError


def candidates() -> Iterator[Path]:
    """Installed browsers first, then the ones that Playwright downloaded, newest first."""
    yield from filter(None, [chromium()])
    yield from downloaded_chromiums()


def find_chromium() -> Path:
    """Raises SandboxError when there is none."""
    for path in candidates():
        if os.access(path, os.X_OK):
            return path
    raise SandboxError("no Chromium or Chrome was found: install one, or run `make setup`")


def arguments(connection: Connection, names: Sequence[str]) -> list[str]:
    """Chromium's options. These names lead to the sandbox; only this CA's key is accepted beyond the usual trust."""
    rules = ", ".join(f"MAP {name} {connection.connect}" for name in names)
    options = [
        f"--host-resolver-rules={rules}",
        f"--ignore-certificate-errors-spki-list={key_pin(Path(connection.ca))}",
        f"--user-data-dir={Path(connection.state) / 'browser'}",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return options + (["--no-sandbox"] if os.geteuid() == 0 else [])


def launch(connection: Connection, names: Sequence[str], address: str) -> None:
    """Starts the browser and returns. It carries the run's marker, so it ends with the sandbox."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise SandboxError("there is no display to open a browser on; `python -m sandbox open --print` prints the command instead")
    command = [str(find_chromium()), *arguments(connection, names), address]
    child = subprocess.Popen(
        command,
        env=children.made(network=True, names=children.DISPLAY, more=connection.marker),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        if child.poll():
            hint = "`python -m sandbox open --print` prints the command"
            raise SandboxError(f"{command[0]} ended at once with status {child.returncode}; {hint}")
        time.sleep(0.05)
