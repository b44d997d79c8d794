"""Files over a class of a team's own: the very file of docs/files-by-recipe.md, in a folder beside an app. And what HEAD has to tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.notes import Kept, Notes, Route, answer
from tests.clients.servers import Answer, Arrived, Server, serving
from tests.end_to_end.command import PROJECT, Ended, verify
from tests.end_to_end.servers import HOST

PAGE = PROJECT / "docs" / "files-by-recipe.md"
NAMED = re.compile(r"^```python\n# app/checks/files.py\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
ENVIRONMENT = """\
title = "Halves"
tier = "sandbox"
origin = "https://{host}"
connect = "{server.connect}"
ca = "{server.ca}"
extends = ["checks"]

[health]
path = "/status"
expect = {{ status = "ok" }}

[auth.bearer]
sign_up = "/signup"
deletion = "/me"

[storage.objects]
client = "{client}"
"""


class Halves(Notes):
    """Members begin a file, send it in two halves, and close it. The fault `everybody reads` is that of the app that it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, tuple[str, str, str, bytes]] = {}

    def get(self, path: str, _: object = None) -> Route | None:
        """The route of a path, as a server looks it up."""
        _, first, *rest = path.split("/")
        routes = {"begin": self._begin, "parts": self._part, "close": self._close, "stored": self._stored}
        return (lambda arrived: routes[first](arrived, "/".join(rest))) if first in routes else super().get(path)

    def _begin(self, arrived: Arrived, _: str) -> Answer:
        who, said = self._who(arrived), json.loads(arrived.body)
        if who is None:
            return answer(401)
        number = f"{len(self.begun) + 1:08d}"
        self.begun[number] = (who, said["name"], said["type"], b"")
        return answer(201, {"id": number})

    def _part(self, arrived: Arrived, number: str) -> Answer:
        who, name, kind, data = self.begun[number]
        self.begun[number] = (who, name, kind, data + arrived.body)
        return answer(204)

    def _close(self, _: Arrived, number: str) -> Answer:
        who, _name, kind, data = self.begun[number]
        self.files.setdefault(who, {})[number] = Kept(data, kind, {})
        return answer(204)

    def _stored(self, arrived: Arrived, number: str) -> Answer:
        who = self._who(arrived)
        if who is not None and not number:
            mine = self.files.get(who, {})
            return answer(
                200, {"stored": [{"id": each, "name": self.begun[each][1], "size": len(kept.data)} for each, kept in mine.items()]}
            )
        return self._file(arrived, number)


@pytest.fixture
def halves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Halves, Server]]:
    """The app, up for a test."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        made = Halves()
        running.routes = made  # type: ignore[assignment] # a mapping, as far as the server looks
        yield made, running


def run(folder: Path, server: Server, client: str = "checks.files:Files") -> Ended:
    """Verifies it, with the class of the page in a folder beside the file."""
    found = NAMED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    (folder / "checks").mkdir()
    (folder / "checks" / "files.py").write_text(found["text"], encoding="utf-8")
    (folder / "checks" / "checks.toml").write_text("", encoding="utf-8")
    file = folder / "halves.toml"
    file.write_text(ENVIRONMENT.format(host=HOST, server=server, client=client), encoding="utf-8")
    return verify(folder / "out", f"--env={file}", "--no-report", "-k", "storage")


def test_class_of_a_team_is_verified_as_any_recipe(tmp_path: Path, halves: tuple[Halves, Server]) -> None:
    """The checks of files run over it, and what a run has stored is gone."""
    app, server = halves
    ended = run(tmp_path, server)
    assert ended.status == 0, ended.said
    passed = {check for check, state in ended.states.items() if state == "passed"}
    assert {"storage.privacy::another_member_cannot_read", "storage.reading::deleted_file_is_gone_at_once"} <= passed
    assert ended.states["storage.reading::range_gives_exactly_those_bytes"] == "not_applicable"
    assert app.passwords == {}


def test_fault_is_noticed_over_a_class_of_a_team(tmp_path: Path, halves: tuple[Halves, Server]) -> None:
    """Another member reads by the number."""
    app, server = halves
    app.faults.add("everybody reads")
    ended = run(tmp_path, server)
    assert ended.status == 1, ended.said
    assert next(iter(ended.failures)) == "storage.privacy::another_member_cannot_read"


def test_class_that_is_not_there_is_a_usage_error(tmp_path: Path, halves: tuple[Halves, Server]) -> None:
    """Before anything is sent."""
    _, server = halves
    ended = run(tmp_path, server, "checks.files:Folders")
    assert ended.status == 4, ended.said
    assert "[storage.objects] client: checks.files has no class Folders" in ended.said
    assert server.arrived == []


class Sizeless(Notes):
    """HEAD is answered without the file."""

    def _served(self, arrived: Arrived, kept: Kept) -> Answer:
        whole = super()._served(arrived, kept)
        return Answer(whole.status, b"", whole.headers) if arrived.method == "HEAD" else whole


USUAL = ENVIRONMENT.replace('extends = ["checks"]\n', "").partition("[storage.objects]")[0] + "[storage.objects]\noverwrite_seconds = 0\n"


@pytest.mark.parametrize(("app", "status"), [(Notes, 0), (Sizeless, 1)], ids=["told", "not told"])
def test_head_that_tells_no_size_is_found(app: type[Notes], status: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where files go in and out in the usual way, HEAD is promised."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as server:
        server.routes = app()  # type: ignore[assignment] # a mapping, as far as the server looks
        file = tmp_path / "notes.toml"
        file.write_text(USUAL.format(host=HOST, server=server), encoding="utf-8")
        ended = verify(tmp_path / "out", f"--env={file}", "--no-report", "-k", "test_head_tells")
    assert ended.status == status, ended.said
    failed = {"storage.reading::head_tells_size_and_type"} if status else set()
    assert set(ended.failures) == failed
    assert ended.states["storage.reading::head_tells_size_and_type"] in ("passed", "failed")
