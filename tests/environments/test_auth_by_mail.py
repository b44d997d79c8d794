"""What a file may say of members who are let in by a mail, and what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import load
from environments.loading import EnvironmentProblem

FILE = """
title = "Notes"
tier = "staging"
origin = "https://notes.acme.example"
{more}
[{section}]
addresses = "a+{{label}}@acme.example"
{keys}
"""
DELIVERY = '[mail.delivery]\nkey = "KEY"\nsender = "a@acme.example"\n'


def _loaded(tmp_path: Path, section: str, keys: str = "", more: str = DELIVERY) -> frozenset[str]:
    (tmp_path / "notes.toml").write_text(FILE.format(section=section, keys=keys, more=more), encoding="utf-8")
    return load(str(tmp_path / "notes.toml"), variables=None).capabilities


@pytest.mark.parametrize("section", ["auth.code", "auth.magic_link"])
def test_least_is_addresses_and_an_inbox(tmp_path: Path, section: str) -> None:
    """The rest is better-auth's; without an inbox the file is refused."""
    assert {section, "members", "members.cookies", "members.mailed"} <= _loaded(tmp_path, section)
    with pytest.raises(EnvironmentProblem, match=r"needs a way to read the mail: add \[mail\.delivery\]"):
        _loaded(tmp_path, section, more="")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('deletion = "/me"', "must be a method and a path such as POST /delete-user"),
        ('deletion = "GET /me"', "the method is POST, PUT, PATCH, DELETE"),
        ('deletion = "POST me"', "must start with '/'"),
        ("length = 3", "length"),
        ('challenge = "a..b"', "dotted path"),
    ],
)
def test_mistake_is_a_sentence(tmp_path: Path, keys: str, says: str) -> None:
    """With what to write instead."""
    with pytest.raises(EnvironmentProblem, match=says):
        _loaded(tmp_path, "auth.code", keys)


def test_forms_with_a_password_do_not_fit(tmp_path: Path) -> None:
    """The browser's people have one."""
    with pytest.raises(EnvironmentProblem, match=r"\[browser\] signs up and in with a password"):
        _loaded(tmp_path, "auth.code", more=f"{DELIVERY}\n[browser]\n")


def test_second_factor_is_better_auths(tmp_path: Path) -> None:
    """It needs to know where that is mounted."""
    text = 'title = "N"\ntier = "staging"\norigin = "https://notes.acme.example"\n[auth.two_factor]\n'
    (tmp_path / "notes.toml").write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match=r"\[auth\.two_factor\] needs \[auth\.email\]"):
        load(str(tmp_path / "notes.toml"), variables=None)
