"""Journals that no run has written, as whoever may upload an artifact could: cases J1 to J4, and others of their kinds."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import environments
from fixtures.journal import Entry, Journal
from gonogo.sweep import files, journals
from gonogo.sweep.command import main
from gonogo.sweep.files import UnusableJournal
from gonogo.sweep.journals import AT_MOST, demand_own, left, note

LOCAL = environments.load("local", variables=None)
DAY = 24 * 3600.0
LONG_AGO = 1_700_000_000


def address(name: str) -> str:
    """One that a run would make up."""
    return f"delivered+gonogo-case-{name}@resend.dev"


def account(name: str, **more: object) -> bytes:
    """A journal's line about an account."""
    return json.dumps({"account": address(name), "environment": "local", "at": LONG_AGO, **more}).encode()


def says(**line: object) -> bytes:
    """Any line."""
    return json.dumps(line).encode()


GOOD = account("good")
# What is found beside the good account, which counts whatever else its file holds.
LINES: dict[str, tuple[list[bytes], set[str]]] = {
    "J1: 200,000 lists deep": ([b"[" * 200_000 + b"]" * 200_000], set()),
    "J1: objects, and a key of ours": ([b'{"account":' * 90_000 + b"1" + b"}" * 90_000], set()),
    "J1: deep inside of a line": ([account("deep", more="")[:-1] + b',"x":' + b"[" * 90_000 + b"]" * 90_000 + b"}"], set()),
    "J4: addresses of people and of nobody": (
        [account("x", account="chief@resend.dev"), says(account=None), says(account=["a"]), says(account={"a": 1}), says(account=1)],
        set(),
    ),
    "J4: letters that only look like ours": ([account("x", account="delivered+gonogo-\u212a@resend.dev")], set()),
    "J4: line breaks and escapes": ([account("x\n::error::"), account("x\x1b[2J"), account("x", account=address("x") + "\n")], set()),
    "types of a residue record": ([says(kind="residue", what=[], name={}), says(kind="residue", what="account", name=None)], set()),
    "types of a run record": ([says(kind={}, environment=[]), says(kind=["run"]), says(environment=[1], account=address("x"))], set()),
    "times that are none": (
        [
            account(name, at=at)
            for name, at in (("nan", float("nan")), ("inf", float("inf")), ("huge", 10**400), ("yes", True), ("text", "x"))
        ],
        {"nan", "inf", "huge", "yes", "text"},
    ),
    "numbers that are too long": ([b'{"account":' + b"9" * 10_000 + b"}"], set()),
    "details of any type": ([account("of", of=["x"]), account("details", more={"a": 1}, of=7)], {"of", "details"}),
    "no UTF-8, and NUL": ([b"\xff\xfe\x00", b'{"account": "\xff"}', b"\0" * 4096, account("x")[:-4] + b"\xff"], set()),
    "halves of characters": ([account("x", of="\ud800"), b'{"account": "\\ud800"}'], {"x"}),
    "a line without an end": ([b'{"account": "' + b"x" * (3 << 20)], set()),
    "an end that a long line hides": ([b"x" * (files.LINE + 5) + account("hidden")], set()),
    "gone, of nothing that can be named": ([says(gone=[1], environment="local"), says(gone=None), says(gone={"a": 1})], set()),
}


@pytest.mark.parametrize("case", LINES)
def test_content_that_is_no_line_of_a_journal_is_passed_over(tmp_path: Path, case: str) -> None:
    """Whatever a file holds: no traceback, and its good line counts."""
    lines, more = LINES[case]
    file = written(tmp_path / "residue.jsonl", GOOD, *lines)
    os.utime(file, (LONG_AGO, LONG_AGO))
    assert {entry.name for entry in left([file], LOCAL, DAY).entries} == {address(name) for name in {"good", *more}}


def written(file: Path, *lines: bytes) -> Path:
    """A file of these lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def test_sweep_takes_a_bounded_number_and_every_file_has_its_turn(tmp_path: Path) -> None:
    """J2: a thousand accounts of one file neither become a thousand mails nor keep another file's from being removed."""
    many = written(tmp_path / "many.jsonl", *(account(f"{number}") for number in range(1_000)))
    other = written(tmp_path / "other.jsonl", GOOD, account("second"))
    found = left([many, other], LOCAL, DAY)
    assert (len(found.entries), found.more, found.all) == (AT_MOST, 1_002 - AT_MOST, False)
    names = {entry.name for entry in found.entries}
    assert {address("good"), address("second")} <= names
    # What is looked for is another choice each time: what nobody can remove does not stand in the way for ever.
    assert names != {entry.name for entry in left([many, other], LOCAL, DAY).entries}


GONE = {
    "J3: without a time": says(gone=address("good"), environment="local"),
    "J3: with one": says(gone=address("good"), environment="local", at=time.time() - DAY),
    "in capitals": says(gone=address("good").upper(), environment="local", at=time.time() - DAY),
    "the line of a sweep": None,
}


@pytest.mark.parametrize("case", GONE)
def test_only_a_sweep_says_of_another_runs_thing_that_it_is_gone(tmp_path: Path, case: str) -> None:
    """J3: beside the journal that names the account, in whichever order; and a sweep's own journal is heard."""
    foreign = written(tmp_path / "foreign.jsonl", GOOD, says(object="gonogo-a.txt", of=address("good"), environment="local", at=LONG_AGO))
    line = GONE[case]
    noted = tmp_path / "gone.jsonl"
    if line:
        written(noted, line)
    else:
        note(noted, Entry("account", address("good")), LOCAL)
    for given in ([foreign, noted], [noted, foreign]):
        assert [entry.name for entry in left(given, LOCAL, DAY).entries] == [address("good")]
    assert left([foreign], LOCAL, DAY, swept=[noted]).entries == ()


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ({"gone": address("good"), "environment": "local", "at": LONG_AGO + 5}, False),
        ({"gone": address("good"), "environment": "local", "at": LONG_AGO - 5}, True),
        ({"gone": address("good"), "environment": "preview", "at": LONG_AGO + 5}, True),
        ({"gone": address("good"), "environment": "local"}, True),
    ],
)
def test_run_says_so_of_its_own_with_place_and_time(tmp_path: Path, line: dict[str, object], stays: bool) -> None:
    """J3: as a run writes it, and after the thing came to be."""
    found = left([written(tmp_path / "residue.jsonl", GOOD, says(**line))], LOCAL, DAY)
    assert bool(found.entries) is stays


def test_journal_that_a_run_writes_is_understood(tmp_path: Path) -> None:
    """The two modules agree on what a line is."""
    journal = Journal(tmp_path / "residue.jsonl", LOCAL.name)
    for name in ("one", "two"):
        journal.creates("account", address(name))
    journal.gone("account", address("one"))
    assert left([tmp_path / "residue.jsonl"], LOCAL, -1).entries == (Entry("account", address("two")),)


def test_folders_are_looked_through_and_links_in_them_are_not_followed(tmp_path: Path) -> None:
    """Ledgers and journals at any depth; what only is called so is passed over."""
    written(tmp_path / "runs" / "1" / "a" / "residue.jsonl", GOOD)
    written(tmp_path / "runs" / "2" / "notes.jsonl", account("notes"))
    elsewhere = written(tmp_path / "elsewhere" / "residue.jsonl", account("elsewhere"))
    (tmp_path / "runs" / "3").symlink_to(elsewhere.parent)
    (tmp_path / "runs" / "4").mkdir()
    (tmp_path / "runs" / "4" / "residue.jsonl").symlink_to(elsewhere)
    (tmp_path / "runs" / "5" / "ledger.jsonl").mkdir(parents=True)
    os.mkfifo(tmp_path / "runs" / "residue.jsonl")
    assert [entry.name for entry in left([tmp_path / "runs"], LOCAL, DAY).entries] == [address("good")]
    for named in (tmp_path / "runs" / "residue.jsonl", Path(os.devnull)):
        with pytest.raises(UnusableJournal, match="is no file: name ledgers"):
            left([named], LOCAL, DAY)


@pytest.mark.parametrize(("bound", "value"), [("FILE", 300), ("ALL", 300), ("FILES", 1), ("THINGS", 5)])
def test_what_lies_beyond_the_bounds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int) -> None:
    """Bytes of a file, of all files, and the number of files: what was read counts, and the rest is not called gone."""
    monkeypatch.setattr(journals if bound == "THINGS" else files, bound, value)
    for run in range(2):
        written(tmp_path / f"{run}" / "residue.jsonl", *(account(f"{run}-{number}") for number in range(4)))
    found = left([tmp_path], LOCAL, DAY)
    assert found.unread
    assert not found.all
    assert 0 < len(found.entries) < 8


MISTAKES: dict[str, Callable[[Path], object]] = {
    "notes": lambda file: file.write_text("my notes\n"),
    "no line break": lambda file: file.write_text("notes"),
    "a run's": lambda file: file.write_bytes(GOOD + b"\n"),
    "more keys": lambda file: file.write_bytes(says(gone="a", environment="local", account="b") + b"\n"),
    "a folder": lambda file: file.mkdir(),
    "no folder around it": lambda file: file.parent.rmdir(),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_journal_to_write_is_a_sweeps_own(tmp_path: Path, mistake: str) -> None:
    """What is written to is believed as well: a file that no sweep has written is left as it is."""
    journal = tmp_path / "notes" / "swept.jsonl"
    journal.parent.mkdir()
    MISTAKES[mistake](journal)
    before = journal.read_bytes() if journal.is_file() else b""
    with pytest.raises(UnusableJournal, match=r"nothing was touched|is no file|there is no folder"):
        demand_own(journal)
    assert (journal.read_bytes() if journal.is_file() else b"") == before


def test_sweep_that_was_killed_leaves_a_journal_that_goes_on(tmp_path: Path) -> None:
    """Its last line may have been cut off: the next one begins a line of its own."""
    journal = tmp_path / "swept.jsonl"
    note(journal, Entry("account", address("one")), LOCAL)
    with journal.open("ab") as file:
        file.write(b'{"gone": "deliv')
    demand_own(journal)
    note(journal, Entry("account", address("two")), LOCAL)
    residue = written(tmp_path / "residue.jsonl", GOOD, account("one"), account("two"))
    assert [entry.name for entry in left([residue], LOCAL, DAY, swept=[journal]).entries] == [address("good")]


@pytest.mark.parametrize("words", [["--at-most", "0"], ["--at-most", "x"], ["--older-than", "nan"], ["--older-than", "-1"]])
def test_numbers_that_are_none_are_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4."""
    assert main(["--environment", "local", *words, "x"]) == 4
    assert f"argument {words[0]}: invalid" in capsys.readouterr().err


@pytest.mark.parametrize(
    "lines",
    [
        [account("evil"), account("good", of=address("evil"))],
        [account("good", of=address("good"))],
        [account("GOOD", of=address("good"))],
        [account("evil", of=address("good")), account("good", of=address("evil"))],
    ],
    ids=["of another", "of itself", "of itself, in capitals", "in a circle"],
)
def test_one_journal_takes_nothing_out_of_another(tmp_path: Path, lines: list[bytes]) -> None:
    """An account that is said to belong to one that is named as well would not be looked for; a run's own word about it stays."""
    good = written(tmp_path / "good.jsonl", GOOD)
    evil = written(tmp_path / "evil.jsonl", *lines)
    assert address("good") in {entry.name.lower() for entry in left([good, evil], LOCAL, DAY).entries}


def test_details_that_journals_do_not_agree_on_are_not_believed(tmp_path: Path) -> None:
    """Whoever may upload an artifact would otherwise put a password of theirs in the place of the account's."""
    for number, lines in enumerate([[account("a", password="ours", of="x")], [account("a", password="theirs", of="x")], [account("b")]]):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "residue.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    found = {entry.name: dict(entry.details) for entry in left([tmp_path], LOCAL, DAY).entries}
    assert found == {address("a"): {"of": "x"}, address("b"): {}}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_folder_that_is_closed_is_said(tmp_path: Path) -> None:
    """What was not looked through is not called gone."""
    (tmp_path / "closed").mkdir(mode=0)
    assert "closed" in left([tmp_path], LOCAL, DAY).unread[0]
