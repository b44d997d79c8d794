"""One mail sandbox for the tests that do not care about its configuration, and one maker for those that do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import resend

from base.tools import toolchain
from tests.mail.service import FULL, MailService


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailService]:
    """A mail sandbox that the tests of a module share."""
    with MailService(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., MailService]]:
    """Starts further mail sandboxes, all on one state folder, with changes to the configuration."""
    with ExitStack() as stack:

        def start(**changes: object) -> MailService:
            return stack.enter_context(MailService(tmp_path, **changes))

        yield start


@pytest.fixture
def python_sdk(service: MailService, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The official SDK for Python, pointed at the mail sandbox with the full-access key."""
    monkeypatch.setattr(resend, "api_url", service.url)
    monkeypatch.setattr(resend, "api_key", FULL)
    return resend


@pytest.fixture
def node_sdk(service: MailService) -> Callable[..., Any]:
    """Makes calls with the official SDK for Node and returns its answers: ``{"data", "error", "headers"}`` each."""

    def call(*calls: list[Any], key: str = FULL) -> list[dict[str, Any]]:
        request = json.dumps({"url": service.url, "key": key, "calls": calls})
        script = Path(__file__).with_name("node_sdk.mjs")
        ran = subprocess.run([str(toolchain().node), str(script)], input=request, capture_output=True, text=True, timeout=30, check=False)
        assert ran.returncode == 0, ran.stderr
        answers: list[dict[str, Any]] = json.loads(ran.stdout)
        return answers

    return call
