"""The manifest of checks: ids, rendering, and noticing that it is stale."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.manifest import HERE, Manifest, Row, check_id, first_sentence, render, suite_of
from reports.policy import retired_in
from tests.reports.ledgers import MANIFEST, ROWS


@pytest.mark.parametrize(
    ("node", "check"),
    [
        ("suites/auth/test_sign_up.py::test_visitor_becomes_a_member", "auth.sign_up::visitor_becomes_a_member"),
        ("suites/auth/test_sign_up.py::test_names[a::b/c[0]]", "auth.sign_up::names"),
        ("suites/auth/test_sign_up.py::TestNames::test_short", "auth.sign_up::TestNames::short"),
        ("suites/auth/oauth/test_github.py::test_latest", "auth.oauth.github::latest"),
        ("../app/checks/test_orders.py::test_order_is_kept", "app.checks.orders::order_is_kept"),
        ("suites\\auth\\test_sign_up.py::test_x", "auth.sign_up::x"),
    ],
)
def test_check_id(node: str, check: str) -> None:
    """The id of a check comes from where it is and what it is called, not from its parameters."""
    assert check_id(node) == check


def test_suite_of() -> None:
    """A check belongs to the suite its id begins with."""
    assert suite_of("auth.oauth.github::latest") == "auth"


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("One sentence.", "One sentence."),
        ("One sentence\n    over two lines. And more.\n\n    Details.", "One sentence over two lines."),
        ("Ends below 1.5 s. Then more.", "Ends below 1.5 s."),
        ("", ""),
        (None, ""),
    ],
)
def test_first_sentence(docstring: str | None, sentence: str) -> None:
    """The requirement is the first sentence of a docstring, on one line."""
    assert first_sentence(docstring) == sentence


def test_manifest_is_read_as_it_was_written() -> None:
    """What is rendered is read again, whatever the order of the rows, and to the same text."""
    assert list(MANIFEST.rows.values()) == sorted(ROWS, key=lambda row: row.id)
    assert render(reversed(ROWS)) == render(ROWS) == render(MANIFEST.rows.values())
    assert MANIFEST.stale(ROWS) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_requirement_can_be_written(text: str) -> None:
    """A requirement may hold any character."""
    row = Row(id="a.b::c", suite="a", requirement=text)
    assert Manifest.parse(render([row])).rows == {"a.b::c": row}


def test_stale_manifest_says_how() -> None:
    """Each difference is one sentence that names the check."""
    now = [ROWS[0].model_copy(update={"severity": "minor"}), *ROWS[2:], Row(id="new.file::check", suite="new")]
    assert MANIFEST.stale(now) == [
        "auth.sign_up::visitor_becomes_a_member is written down and no longer exists",
        "new.file::check exists and is not written down",
        "health.answer::says_healthy has another severity: 'blocker' is written down, it is 'minor'",
    ]


def test_two_checks_with_one_id_are_refused() -> None:
    """Two checks that cannot be told apart are an error in the suites."""
    with pytest.raises(ReportError, match=r"two checks have the id health\.answer::says_healthy"):
        render([*ROWS, ROWS[0]])


@pytest.mark.parametrize("text", ["not = [toml", '["a::b"]\nsuite = 1\n', '["a::b"]\nsuite = "a"\nsurprise = 1\n', "a = 1\n"])
def test_unreadable_manifest_is_one_sentence(text: str) -> None:
    """A manifest that was edited by hand and broken is named, with what to do."""
    with pytest.raises(ReportError, match=r"checks\.toml cannot be read \(.*\); write it anew with `make manifest`"):
        Manifest.parse(text)


def test_missing_manifest_is_one_sentence(tmp_path: Path) -> None:
    """Without a manifest nothing is required, so there is no going on."""
    with pytest.raises(ReportError, match="cannot read the manifest"):
        Manifest.load(tmp_path / "checks.toml")


def written_before(file: Path) -> set[str]:
    """Every id that a list has ever held, from the history of its repository; skips where there is no whole history."""

    def git(*words: str) -> str:
        command = ["git", "-c", "safe.directory=*", *words]
        return subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False, timeout=30).stdout

    if git("rev-parse", "--is-shallow-repository").strip() != "false":
        pytest.skip("this checkout has no whole history (git fetch --unshallow): whether an id left the list by hand cannot be seen")
    return set(re.findall(r'^[-+]\["([^"]+)"\]$', git("log", "--format=", "-p", "--", file.name), re.MULTILINE))


def test_no_id_left_the_list_by_hand() -> None:
    """Whatever the list has ever held is still in it, or retired by somebody with a reason."""
    gone = written_before(HERE) - Manifest.load().rows.keys() - {row.id for row in retired_in(HERE.parent)}
    assert not gone, f"these left checks.toml without an entry in retired.toml: {sorted(gone)}"


def test_history_shows_what_left_the_list(tmp_path: Path) -> None:
    """The look into the history finds an id that was taken out again."""
    list_of = tmp_path / "checks.toml"
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for rows in (ROWS, ROWS[1:]):
        list_of.write_text(render(rows))
        for words in (["add", "checks.toml"], ["commit", "-q", "-m", "a"]):
            subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)
    assert written_before(list_of) - Manifest.load(list_of).rows.keys() == {ROWS[0].id}
