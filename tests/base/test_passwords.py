"""Passwords that the rules of most deployments accept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.passwords import LENGTH, new_password


@given(st.integers(0, 64), st.integers(4, 200))
def test_each_kind_of_character_within_the_bounds(shortest: int, longest: int) -> None:
    """A small and a capital letter, a digit and a special character, and nothing else; it begins and ends with a letter."""
    if max(shortest, 4) > longest:
        with pytest.raises(ValueError, match="no password has at least"):
            new_password(shortest, longest)
        return
    made = new_password(shortest, longest)
    assert shortest <= len(made) <= longest
    assert len(made) == min(max(LENGTH, shortest), longest)
    assert all(any(kind(c) for c in made) for kind in (str.islower, str.isupper, str.isdigit))
    assert made.count("!") == 1
    assert made.replace("!", "").isascii()
    assert made.replace("!", "").isalnum()
    assert made[0].isalpha() and made[-1].isalpha()  # noqa: PT018 - one sentence


def test_nothing_that_people_guess() -> None:
    """No three characters alike, and none in an order; no two passwords alike."""
    made = [new_password() for _ in range(2000)]
    assert len(set(made)) == len(made)
    for text in made:
        runs = {text[at : at + 3].lower() for at in range(len(text) - 2)}
        assert not [run for run in runs if len(set(run)) == 1 or run in "abcdefghijklmnopqrstuvwxyz 23456789 qwertyuiop"]
