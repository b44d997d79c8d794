"""What killed runs have left is removed, as far as it is gonogo's own, and nothing else is."""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import environments
from clients.errors import Refusal
from clients.identity.better_auth import BetterAuth
from clients.mail.resend import Resend
from clients.storage.objects import AppObjects
from clients.wire.wire import Wire
from environments.loading import locate
from fixtures.journal import Entry
from gonogo.sweep.command import main
from gonogo.sweep.files import UnusableJournal
from gonogo.sweep.journals import left
from gonogo.sweep.removal import remove, sweeping
from sandbox import Connection

LOCAL = environments.load("local", variables=None)
DAY = 24 * 3600.0


def address() -> str:
    """One that a run would make up."""
    return f"delivered+gonogo-{secrets.token_hex(6)}@resend.dev"


def journal(folder: Path, *lines: object, name: str = "residue.jsonl", age: float = 2 * DAY) -> Path:
    """A file that a run has left, so many seconds ago."""
    file = folder / name
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8")
    os.utime(file, (time.time() - age,) * 2)
    return file


def residue(name: str, age: float = 2 * DAY, what: str = "account") -> dict[str, object]:
    """The record of a ledger about something that stayed."""
    return {"kind": "residue", "what": what, "name": name, "at": time.time() - age}


def test_only_what_runs_of_this_environment_made_up_counts(tmp_path: Path) -> None:
    """Neither people's accounts and files, nor those of another environment, nor of a run under way; each once."""
    mine, other, young, file = address(), address(), address(), f"gonogo-{secrets.token_hex(4)}.txt"
    files = [
        journal(
            tmp_path,
            {"account": mine},
            {"account": "somebody@example.org"},
            {"object": f"gonogo-{mine}", "of": mine},
            {"object": file, "of": "a standing account"},
            {"object": "holiday.jpg", "of": "a standing account"},
            {"queue": "gonogo-of-another-team"},
            '{"account": "deliv',
        ),
        journal(tmp_path, {"account": young}, name="young.jsonl", age=60),
        journal(
            tmp_path,
            {"kind": "run", "environment": "local"},
            residue(mine),
            residue(young, age=60),
            residue(file, what="object"),
            residue(file, what="queue"),
            name="a",
        ),
        journal(tmp_path, {"kind": "run", "environment": "preview"}, residue(other), name="b"),
        journal(tmp_path, {"kind": "run", "environment": "local"}, residue("delivered@resend.dev"), residue("x" + mine), name="c"),
    ]
    # What is in an account goes with it; the journal says whose an object is, and the ledger does not.
    wanted = {str(Entry("account", mine)), str(Entry("object", file, {"of": "a standing account"}))}
    for given in (files, files[::-1]):
        assert sorted(map(str, left(given, LOCAL, DAY).entries)) == sorted(wanted)
    with pytest.raises(UnusableJournal, match="cannot read"):
        left([tmp_path / "nowhere"], LOCAL, DAY)


def announced(name: str, environment: str = "local", age: float = 2 * DAY, what: str = "account") -> dict[str, object]:
    """A journal's line about a thing."""
    return {what: name, "environment": environment, "at": time.time() - age}


def test_journal_is_read_without_its_ledger(tmp_path: Path) -> None:
    """A killed run leaves nothing else, and a copy of it is as old as the copying: where and when is in every line."""
    mine, other, young = address(), address(), address()
    copied = journal(tmp_path, announced(mine), announced(other, "preview"), announced(young, age=60), age=0)
    assert left([copied], LOCAL, DAY).entries == (Entry("account", mine),)


def test_what_is_gone_is_not_looked_for_again(tmp_path: Path) -> None:
    """Whether the run says so, or a sweep since: every sweep of a week reads the same files, in any order."""
    deleted, swept, mine = address(), address(), address()
    sweeps = [journal(tmp_path, {"gone": swept, "environment": "local"}, name="swept.jsonl")]
    files = [
        journal(
            tmp_path,
            announced(deleted),
            {**announced("gonogo-a.txt", what="object"), "of": deleted},
            announced(mine),
            {"gone": deleted, "environment": "local", "at": time.time() - DAY},
        ),
        journal(tmp_path, {"kind": "run", "environment": "local"}, residue(swept), name="ledger.jsonl"),
    ]
    for given in (files, files[::-1]):
        assert left(given, LOCAL, DAY, swept=sweeps).entries == (Entry("account", mine),)


def test_account_that_no_mail_leads_to_is_not_called_gone(
    tmp_path: Path, connection: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deployment that is slow with its mail and one that does not know the address look alike."""
    shipped = locate("local").read_text(encoding="utf-8")
    hasty = tmp_path / "local.toml"
    hasty.write_text(shipped.replace("\nwithin_seconds = 15\n", "\nwithin_seconds = 1\n"), encoding="utf-8")
    for name, value in connection.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", connection.api)
    email, noted = address(), tmp_path / "noted.jsonl"
    given = ["--environment", str(hasty), "--connect", connection.connect, "--ca", connection.ca, "--journal", str(noted)]
    assert main([*given, str(journal(tmp_path, announced(email)))]) == 1
    assert f"{email}: unknown: no mail came within 1 s: it may be gone, or mail is slow" in capsys.readouterr().out
    assert not noted.exists()


@pytest.mark.parametrize("confirmed", [True, False])
def test_account_without_a_known_password_is_removed(
    confirmed: bool, tmp_path: Path, connection: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its objects go first. What was removed is noted, and the second time there is nothing to do."""
    for name, value in connection.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", connection.api)
    email, password, asked = address(), secrets.token_urlsafe(12), datetime.now(UTC)
    origin = LOCAL.origin
    # From an address of its own: the sweep is to find the limiter as it would a day later.
    owner = "127.0.0.91" if confirmed else "127.0.0.92"
    with Wire(connect=connection.connect, ca=Path(connection.ca)) as wire, wire.client(origin, origin=origin, address=owner) as http:
        auth = BetterAuth(http)
        auth.sign_up("Left behind", email, password, "/verified")
        if confirmed:
            mailbox = Resend(wire.client("https://api.resend.com"), connection.variables["RESEND_API_KEY"])
            auth.follow_verification(mailbox.await_mail(email, asked, within=15).links[0])
            auth.sign_in(email, password)
            AppObjects(http).put("left.txt", b"left", "text/plain")
        noted = tmp_path / "noted.jsonl"
        given = ["--environment", "local", "--connect", connection.connect, "--ca", connection.ca, "--journal", str(noted)]
        given.append(str(journal(tmp_path, announced(email))))
        assert main(given) == 0
        assert f"{email}: removed" in capsys.readouterr().out
        assert main(given) == 0
        assert "nothing is left of earlier runs" in capsys.readouterr().out
        with wire.client(origin, origin=origin, address=owner) as stranger, pytest.raises(Refusal) as refused:
            BetterAuth(stranger).sign_in(email, password)
        assert refused.value.code == "INVALID_EMAIL_OR_PASSWORD"


def test_environment_without_a_way_in_is_of_no_use() -> None:
    """Nothing is sent, and the sentence names what the file would have to declare."""
    staging = environments.load("staging", variables=None)
    bare = staging.model_copy(update={"mail": None})
    assert "mail.delivery" not in bare.capabilities
    with sweeping(bare) as context, pytest.raises(UnusableJournal, match=r"cannot be removed: that needs .* and \[mail.delivery\]"):
        remove(context, [Entry("account", address())])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--environment", "local"], "the following arguments are required: FILE"),
        (["--environment", "nowhere", "x"], "unknown environment"),
        (["--environment", "local", "nowhere"], "not set"),
        (["--environment", "local", "n" * 300], "can be no file or folder"),
        (["--environment", "local", "--journal", "n" * 300, "x"], "can be no file or folder"),
        (["--environment", "local", "--swept", "n" * 300, "x"], "can be no file or folder"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4, and nothing is sent."""
    monkeypatch.delenv("RESEND_API_KEY", raising=False)
    assert main(words) == 4
    assert said in capsys.readouterr().err
