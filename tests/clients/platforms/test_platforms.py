"""Every platform keeps the contract: Cloudflare over a script in wrangler's place, and the made-up one that the page shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clients.platforms import cloudflare
from tests.clients.platforms.contract import TOKEN, WHY, Bench, Contract, change
from tests.clients.platforms.fake import NEW, OLD, OTHER, Fake, deployment, said, version, wrangler

__all__ = ["change", "wrangler"]


def moment(number: int) -> str:
    """When a release was made, by its number."""
    return f"2026-11-20T12:{number:02d}:00+00:00"


@dataclass
class Wrangled(Bench):
    """A Worker."""

    fake: Fake | None = None

    def released(self, *releases: Mapping[str, float]) -> None:
        done = [self._entry(number, shares) for number, shares in enumerate(releases)]
        versions = [version(known, at=moment(number)) for number, known in enumerate((OLD, NEW))]
        answers: dict[str, Any] = {"versions list": said(versions), **self._live(done)}
        for known in (OLD, NEW):
            answers[f"versions view {known}"] = said(version(known))
            after = self._live([*done, {**self._entry(len(done), {known: 100}), "annotations": {"workers/message": WHY}}])
            answers[f"versions deploy {known}@100%"] = answers[f"rollback {known}"] = {"then": after}
            other = OLD if known == NEW else NEW
            beside = self._entry(len(done), {known: 0, other: 100})
            answers[f"versions deploy {known}@0% {other}@100%"] = {"then": self._live([*done, beside])}
        self._answers(answers)

    def _live(self, done: list[dict[str, Any]]) -> dict[str, Any]:
        return {"deployments list": said(done), "deployments status": said(done[-1])}

    def _entry(self, number: int, shares: Mapping[str, float]) -> dict[str, Any]:
        return {**deployment(*shares.items(), at=moment(number)), "id": f"d-{number}"}

    def _answers(self, answers: dict[str, Any]) -> None:
        assert self.fake
        self.fake.answers(**answers)

    def _every(self, answer: dict[str, Any]) -> None:
        self._answers(dict.fromkeys(("deployments", "versions", "rollback"), answer))

    def deaf(self) -> None:
        assert self.fake
        answers = json.loads((self.fake.folder / "answers.json").read_text(encoding="utf-8"))
        self._answers({key: {} if "then" in answer else answer for key, answer in answers.items()})

    def garbled(self) -> None:
        self._every({"stdout": f"Welcome! You are logged in with {TOKEN}."})

    def silent(self) -> None:
        self._every({"status": 1, "stderr": "✘ [ERROR] fetch failed\n"})

    def slow(self) -> None:
        self._every({"hang": True})

    def asked(self) -> bool:
        assert self.fake
        return (self.fake.folder / "calls.jsonl").exists()


class TestCloudflare(Contract):
    """Workers, by wrangler."""

    @pytest.fixture
    def bench(self, wrangler: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wrangled:
        """The wrangler that is installed is the script."""
        tools = SimpleNamespace(node=sys.executable, wrangler=wrangler.folder / "wrangler.py")
        monkeypatch.setattr(cloudflare, "toolchain", lambda: tools)
        settings = {"account": "acc", "token": TOKEN, "api": "http://127.0.0.1:9/client/v4"}
        return Wrangled("cloudflare", settings, tmp_path / "home", OLD, NEW, OTHER, fake=wrangler)


@dataclass
class Stored(Bench):
    """A service of the made-up platform."""

    monkeypatch: pytest.MonkeyPatch | None = None

    @property
    def file(self) -> Path:
        """Where the platform keeps it."""
        return Path(self.settings["api"]) / f"{self.service}.json"

    def released(self, *releases: Mapping[str, float]) -> None:
        versions = [{"id": known, "at": moment(number), "why": "built"} for number, known in enumerate((self.old, self.new))]
        done = [{"id": f"r{number}", "at": moment(number), "shares": dict(shares), "why": "w"} for number, shares in enumerate(releases)]
        self.file.write_text(json.dumps({"versions": versions, "releases": done}), encoding="utf-8")

    def deaf(self) -> None:
        assert self.monkeypatch
        self.monkeypatch.setattr(Path, "write_text", lambda *_, **__: 0)

    def garbled(self) -> None:
        self.file.write_text(f"Welcome! You are logged in with {TOKEN}.", encoding="utf-8")

    def silent(self) -> None:
        self.file.unlink()

    def slow(self) -> None:
        self.file.with_suffix(".lock").touch()

    def asked(self) -> bool:
        return self.file.exists()


class TestDepot(Contract):
    """The made-up platform: a module of its own is all that it took."""

    @pytest.fixture
    def bench(self, depot_module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stored:
        """A depot in a folder."""
        assert depot_module.is_file()
        (tmp_path / "depot").mkdir()
        settings = {"api": str(tmp_path / "depot")}
        return Stored("depot", settings, tmp_path / "home", "v1", "v2", "v3", monkeypatch=monkeypatch)
