"""Writes down, behind gonogo's back, every secret that a run makes or is handed; and takes its scrub away where a test asks for that."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.browser.browsing import Browsing
from gonogo.run.state import run_of
from journeys.actors import ActorIdentity, Actors
from reports import publish

SEEN, NO_SCRUB = "LEAKY_SEEN", "LEAKY_NO_SCRUB"
_IN_TEXT = re.compile(r"(?:token=|/reset-password/|X-Amz-Signature=)([\w.%-]{16,})")


def note(kind: str, value: str) -> None:
    """One line of the private file."""
    with Path(os.environ[SEEN]).open("a", encoding="utf-8") as seen:
        seen.write(json.dumps([kind, value]) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Stands beside whatever makes, sends or receives a secret."""
    _before(httpx.Client, "send", lambda client, request, *_, **__: _asked(request))
    _after(httpx.Client, "send", _answered)
    _after(Actors, "identity", _made)
    _before(Browsing, "seen", _browsed)
    if os.environ.get(NO_SCRUB):
        setattr(publish, "scrub", lambda *_: 0)  # noqa: B010 - the module does not offer it


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The sandbox's credentials."""
    run = run_of(session.config)
    for name, value in run.connection.variables.items() if run and run.connection else ():
        if re.search("TOKEN|SECRET|PASSWORD|API_KEY", name):
            note(f"variable {name}", value)


def _asked(request: httpx.Request) -> None:
    for value in _IN_TEXT.findall(str(request.url)):
        note("address", value)


def _answered(answer: httpx.Response) -> None:
    for cookie in answer.headers.get_list("set-cookie"):
        name, _, value = cookie.partition(";")[0].partition("=")
        if len(value) >= 16:
            note(f"cookie {name}", value)
    for value in _IN_TEXT.findall(answer.text):
        note("text", value)
    body = answer.json() if answer.content.startswith(b"{") else {}
    if isinstance(body.get("token"), str):
        note("field token", body["token"])


def _made(identity: ActorIdentity) -> None:
    note("password", identity.password)


def _browsed(browsing: Browsing) -> None:
    for cookie in browsing.context.cookies():
        if len(cookie.get("value", "")) >= 16:
            note(f"browser cookie {cookie.get('name')}", cookie.get("value", ""))


def _before(owner: Any, name: str, look: Callable[..., None]) -> None:
    method = getattr(owner, name)

    @wraps(method)
    def wrapped(*given: Any, **named: Any) -> Any:
        look(*given, **named)
        return method(*given, **named)

    setattr(owner, name, wrapped)


def _after(owner: Any, name: str, look: Callable[[Any], None]) -> None:
    method = getattr(owner, name)

    @wraps(method)
    def wrapped(*given: Any, **named: Any) -> Any:
        made = method(*given, **named)
        look(made)
        return made

    setattr(owner, name, wrapped)
