"""Apps of other shapes than ours, healthy and broken, verified by nothing but a file: started on this machine, ended with the test.

An app is a folder beside this file: `app.mjs` (with what is wrong in APP_FAULT), `environment.toml` (at most 40 lines, `{origin}` and the
names that `Around` gives are filled in), and `app.toml`, which says by which check the broken sibling is found, and which words lead to the
cause.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from base.tools import node
from tests.end_to_end.command import Ended, clean, verify

APPS = Path(__file__).parent
LINES = 40
"""Of an environment file, at most, without empty ones and comments."""
_STARTS_WITHIN = 30.0


@dataclass(frozen=True)
class Broken:
    """What is wrong with an app's sibling, and how gonogo has to find it."""

    fault: str
    check: str
    says: str


@dataclass(frozen=True)
class Around:
    """What stands beside an app, such as an inbox: variables for the app, variables for the run, and words for its file."""

    app: Mapping[str, str] = field(default_factory=dict, repr=False)
    run: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Mapping[str, str] = field(default_factory=dict)


def names() -> list[str]:
    """Every app there is."""
    return sorted(folder.parent.name for folder in APPS.glob("*/app.toml"))


def broken(name: str) -> list[Broken]:
    """The siblings of an app: one, or a list of them in `[[broken]]`."""
    content = tomllib.loads((APPS / name / "app.toml").read_text(encoding="utf-8"))
    return [Broken(**each) for each in content.get("broken", [])]


def lines(name: str) -> int:
    """How long the app's environment file is."""
    text = (APPS / name / "environment.toml").read_text(encoding="utf-8")
    return len([line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")])


@contextmanager
def started(name: str, fault: str = "", around: Around | None = None) -> Iterator[str]:
    """The app under way; gives its origin. It is ended by its id, and ends by itself where this process is gone."""
    if not (APPS / "node_modules").is_dir():
        raise FileNotFoundError(
            "the packages of tests/apps are not installed: `make test` does that, or `make tests/apps/node_modules/.package-lock.json`"
        )
    more = dict(around.app) if around else {}
    process = subprocess.Popen(
        [node(), "--no-warnings", str(APPS / name / "app.mjs")],
        cwd=APPS,
        env={**clean(os.environ), "APP_FAULT": fault, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield _origin(process, name)
    finally:
        process.kill()
        process.communicate()


def _origin(process: subprocess.Popen[bytes], name: str) -> str:
    assert process.stdout is not None
    until = time.monotonic() + _STARTS_WITHIN
    while select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"tests/apps/{name} ended with {process.wait()} before it was there")
        if line.startswith(b'{"origin"'):
            return str(json.loads(line)["origin"])
    raise AssertionError(f"tests/apps/{name} was not there after {_STARTS_WITHIN:.0f} s")


def verified(name: str, folder: Path, fault: str = "", around: Around | None = None) -> Ended:
    """The app is started, verified by its file, and ended."""
    with started(name, fault, around) as origin:
        text = (APPS / name / "environment.toml").read_text(encoding="utf-8")
        for word, meant in {"origin": origin, **(around.file if around else {})}.items():
            text = text.replace(f"{{{word}}}", meant)
        file = folder / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
        return verify(folder / "out", f"--env={file}", "--no-report", env=around.run if around else None)
