"""Apps of other shapes than ours, healthy and broken, verified by nothing but a file: started on this machine, ended with the test.

An app is a folder beside this file: `app.mjs` (with what is wrong in APP_FAULT), `environment.toml` (at most 40 lines, `{origin}` and the
names that `Around` gives are filled in), and `app.toml`, which says by which check the broken sibling is found, and which words lead to the
cause. What an app needs beside it is said there too: `needs = ["mail"]` starts an inbox for it (`tests/apps/inbox.py`), and
`[made_up]` names variables that app and run know.
"""

from __future__ import annotations

import json
import secrets
import select
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base.tools import node
from tests.apps.around import Around, without_ours
from tests.apps.inbox import inbox

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


NEEDS = {"mail": inbox}
"""What can stand beside an app, by the word that its app.toml asks for it with."""


def names() -> list[str]:
    """Every app there is."""
    return sorted(folder.parent.name for folder in APPS.glob("*/app.toml"))


def broken(name: str) -> list[Broken]:
    """The siblings of an app: one, or a list of them in `[[broken]]`."""
    return [Broken(**each) for each in _said(name).get("broken", [])]


def advised(name: str) -> set[str]:
    """The checks that are advice and that the healthy app does not pass: `advice` in its app.toml."""
    return set(_said(name).get("advice", []))


def _said(name: str) -> dict[str, Any]:
    return tomllib.loads((APPS / name / "app.toml").read_text(encoding="utf-8"))


@contextmanager
def needed(name: str, folder: Path) -> Iterator[Around]:
    """Whatever the app needs beside it, under way; `folder` is for its files."""
    with ExitStack() as stack:
        found = [stack.enter_context(NEEDS[word](folder)) for word in _said(name).get("needs", [])]
        yield Around.together([made_up(name), *found])


def made_up(name: str) -> Around:
    """What `[made_up]` of an app's app.toml asks for, the same for the app and the run: VARIABLE = "address", "word" or "password"."""
    kinds = {
        "address": lambda: f"{secrets.token_hex(6)}@acme.example",
        "word": lambda: f"w{secrets.token_hex(6)}",
        "password": lambda: secrets.token_urlsafe(18),
    }
    variables = {variable: kinds[kind]() for variable, kind in _said(name).get("made_up", {}).items()}
    return Around(app=variables, run=variables)


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
        env={**without_ours(), "APP_FAULT": fault, **more},
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


@contextmanager
def declared(name: str, folder: Path, fault: str = "", around: Around | None = None) -> Iterator[tuple[Path, Around]]:
    """The app under way, with what it needs beside it; gives its environment file, and the variables that a run of it needs."""
    with needed(name, folder) as needs, started(name, fault, around := Around.together([needs, around or Around()])) as origin:
        text = (APPS / name / "environment.toml").read_text(encoding="utf-8")
        for word, meant in {"origin": origin, **around.file}.items():
            text = text.replace(f"{{{word}}}", meant)
        file = folder / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
        yield file, around
