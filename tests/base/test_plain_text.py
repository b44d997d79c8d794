"""What a deployment says is data: no text of it moves a cursor, ends a line, gives a command or fills a page."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from base.plain_text import LONGEST, LONGEST_NAME, plain, plain_lines, plain_name, visible

ODD = ("Cc", "Cf", "Cs", "Zl", "Zp", "Co")
ALSO_BLANK = "\u034f\u115f\u1160\u3164\uffa0\ufe0f"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("v1\nPASS  all required checks hold\n::error::forged\x1b[2J", None, id="W1"),
        pytest.param("v1\x1b[2J\x1b[31mPASS  all of them", "v1\\x1b[2J\\x1b[31mPASS  all of them", id="W2"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\u2028b\u2029c\x85d\x0b\x0ce", "a\\u2028b\\u2029c\\x85d\\x0b\\x0ce"),
        ("\u202egnp.exe\u2066\u200b\ufeff\u00ad", "\\u202egnp.exe\\u2066\\u200b\\ufeff\\xad"),
        ("\x9b2J\x07\x00", "\\x9b2J\\x07\\x00"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("a\tb", "a b"),
        ("grüße, 日本語, 🎉 and עברית", "grüße, 日本語, 🎉 and עברית"),
    ],
)
def test_text_is_shown_on_one_line(said: str, shown: str | None) -> None:
    """Everything that a terminal would obey, or a reader could not see, is its escape; letters of any language stay."""
    if shown is None:
        shown = "v1\\nPASS  all required checks hold\\n: :error::forged\\x1b[2J"
    assert plain(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("  ::foo::x", "  : :foo::x"),
        ("\u3000::stop-commands::x", "\u3000: :stop-commands::x"),
        ("it says ::error file=a.py,line=1::x", "it says : :error file=a.py,line=1::x"),
        ("it says ::Add-Mask::x", "it says : :Add-Mask::x"),
        ("it says ##[error]x and ##vso[task.complete]", "it says # #[error]x and # #vso[task.complete]"),
        ("###[group]x", "## #[group]x"),
        ("auth.sign_up::error broke, suites/a.py::TestA::test_b", "auth.sign_up::error broke, suites/a.py::TestA::test_b"),
        ("## Heading", "## Heading"),
    ],
)
def test_commands_of_a_workflow_are_broken_up(said: str, shown: str) -> None:
    """Those at the beginning of a line, and those that runners find anywhere; ids of checks are none."""
    assert plain(said) == shown


def test_lines_stay_where_there_may_be_several() -> None:
    """They begin further in than gonogo's own, and each could be a command."""
    said = "a\r\n::error::b\n  ::notice::c\x1b\u2028d"
    assert plain_lines(said, indent="    ") == "a\n    : :error::b\n      : :notice::c\\x1b\\u2028d"


def test_long_text_is_cut_and_says_so() -> None:
    """W3: with its length, and a digest that keeps two apart which begin alike."""
    long = plain_name("v" * 60_000)
    assert len(long) < LONGEST_NAME + 60
    assert long.startswith("vvv")
    assert "[cut: 60000 characters, sha256 " in long
    assert plain_name("v" * 59_999 + "w") != long
    assert plain_name(long) == long
    assert plain_name("v" * LONGEST_NAME) == "v" * LONGEST_NAME


def test_ids_are_kept_whole() -> None:
    """Records find each other by them."""
    node = "suites/a.py::test_b[" + "x" * 9000 + "]"
    assert visible(node) == node
    assert visible("a\nb") == "a\\nb"


@given(st.text(alphabet=st.characters() | st.sampled_from("\x1b\n\r:#[]\u2028\u202e"), max_size=200), st.integers(1, 300))
@example("::error::" * 40, 20)
@example("#" * 20 + "[", 300)
def test_any_text_is_harmless(said: str, most: int) -> None:
    """Whatever is said: one line, nothing invisible, no command, bounded, and the same when it comes by again."""
    shown = plain(said, most)
    assert not [c for c in shown if unicodedata.category(c) in ODD or c in ALSO_BLANK[:5]]
    assert len(shown.splitlines()) <= 1
    assert not shown.lstrip().startswith("::")
    assert "::error::" not in shown
    assert "##[" not in shown
    assert len(shown) <= most + 60
    assert plain(shown, most) == shown
    assert len(plain_lines(said).split("\n")) <= said.count("\n") + 1


def test_bounds_are_those_of_messages() -> None:
    """A name is shorter than a text."""
    assert LONGEST_NAME < LONGEST
