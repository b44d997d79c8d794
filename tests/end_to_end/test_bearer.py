"""An identity that is none of better-auth's: members with a bearer token, over which the checks of files and of personal answers run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.notes import Notes
from tests.clients.servers import Server, serving
from tests.end_to_end.command import Ended, verify
from tests.end_to_end.servers import HOST

ENVIRONMENT = """\
title = "Notes"
tier = "sandbox"
origin = "https://{host}"
connect = "{server.connect}"
ca = "{server.ca}"

[version]
header = "x-version"

[health]
path = "/status"
expect = {{ status = "ok" }}

[auth.bearer]
{auth}
logout = "/logout"
personal = ["/me"]

[storage.objects]
overwrite_seconds = 0
"""
OPEN = 'sign_up = "/signup"\ndeletion = "/me"'
CLOSED = """\
[[auth.bearer.accounts]]
email = "ANNA"
password = "ANNA_PASSWORD"
[[auth.bearer.accounts]]
email = "BERTA"
password = "BERTA_PASSWORD"
"""


@pytest.fixture
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Notes, Server]]:
    """The app, up for a test."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        made = Notes()
        running.routes = made  # type: ignore[assignment] # a mapping, as far as the server looks
        yield made, running


def run(folder: Path, server: Server, *words: str, auth: str = OPEN, after: str = "", env: dict[str, str] | None = None) -> Ended:
    """Verifies it."""
    file = folder / "notes.toml"
    file.write_text(ENVIRONMENT.format(host=HOST, server=server, auth=auth) + after, encoding="utf-8")
    return verify(folder / "out", f"--env={file}", "--no-report", *words, env=env or {})


def passed(ended: Ended, *suites: str) -> set[str]:
    """The checks of these suites that passed."""
    return {check for check, state in ended.states.items() if state == "passed" and check.startswith(suites)}


def test_bearer_token_is_an_identity(tmp_path: Path, notes: tuple[Notes, Server]) -> None:
    """Files with their privacy, and what members are shown, are verified as with any other identity; nothing of it stays."""
    app, server = notes
    ended = run(tmp_path, server)
    assert ended.status == 0, ended.said
    assert {"storage.privacy::another_member_cannot_read", "storage.round_trip::bytes_survive_a_round_trip"} <= passed(ended, "storage.")
    assert passed(ended, "auth.caches") == {
        "auth.caches::nobody_is_shown_somebody_else",
        "auth.caches::personal_answers_may_not_be_kept",
        "auth.caches::personal_answers_come_from_no_cache",
        "auth.caches::session_says_that_it_may_not_be_kept",
    }
    assert app.passwords == {}
    assert [record for record in ended.ledger if record.kind == "residue"] == []
    assert all(token not in ended.text for token in app.tokens)


@pytest.mark.parametrize(
    ("fault", "check"),
    [("everybody reads", "storage.privacy::another_member_cannot_read"), ("last member", "auth.caches::nobody_is_shown_somebody_else")],
)
def test_fault_is_noticed_by_the_right_check(tmp_path: Path, notes: tuple[Notes, Server], fault: str, check: str) -> None:
    """Another member's file is readable; or whoever asks is told who asked before."""
    app, server = notes
    app.faults.add(fault)
    ended = run(tmp_path, server)
    assert ended.status == 1, ended.said
    assert check in ended.failures


def test_members_who_are_there_already(tmp_path: Path, notes: tuple[Notes, Server]) -> None:
    """Where nobody can sign up, two accounts do; their files go, they stay, and their addresses are told to nobody."""
    app, server = notes
    app.passwords = {"anna@notes.example": "anna-secret-1", "berta@notes.example": "berta-secret-2"}
    names = {
        "ANNA": "anna@notes.example",
        "ANNA_PASSWORD": "anna-secret-1",
        "BERTA": "berta@notes.example",
        "BERTA_PASSWORD": "berta-secret-2",
    }
    ended = run(tmp_path, server, auth="", after=CLOSED, env=names)
    assert ended.status == 0, ended.said
    assert "storage.privacy::another_member_cannot_read" in passed(ended, "storage.")
    assert len(app.passwords) == 2
    assert not any(app.files.values())
    assert "anna@notes.example" not in (ended.out / "residue.jsonl").read_text(encoding="utf-8")


def test_one_account_is_not_enough(tmp_path: Path, notes: tuple[Notes, Server]) -> None:
    """Two members are needed to see whether one is shown what is the other's: a usage error says so."""
    ended = run(tmp_path, notes[1], auth="")
    assert ended.status == 4, ended.said
    assert "[auth.bearer] needs 2 members: add sign_up, or 2 of [[auth.bearer.accounts]]" in ended.text


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_what_the_budget_does_not_allow_is_said_before_anybody_signs_up(
    tmp_path: Path, notes: tuple[Notes, Server], workers: tuple[str, ...]
) -> None:
    """With workers as well, where the process that decides collects no check."""
    app, server = notes
    ended = run(tmp_path, server, *workers, after="[budget]\naccounts = 0\n")
    assert ended.status == 3, ended.said
    assert "budget exceeded: 2 accounts would be used and the environment allows 0" in ended.text
    assert (app.tokens, ended.verdict["cost"]["accounts"], passed(ended, "")) == ({}, 0, set())
