"""Passwords for invented people, such as the rules of most deployments accept."""

from __future__ import annotations

import secrets
import string

LENGTH = 20
"""Characters: enough for whoever asks for many (12 to 16 are common), and no more than the shortest upper bounds that are met (20)."""
# Each common rule asks for one of each, and every list of special characters that may be used has this one
# (https://owasp.org/www-community/password-special-characters). No letters that people take for others.
_SMALL, _LARGE, _DIGITS, _SPECIAL = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!"
_ALL = _SMALL + _LARGE + _DIGITS
_ORDERS = (string.ascii_lowercase, string.digits, "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE = 3
_ENDS = 4
"""One of each kind."""
_LOOKED_AT = 200
"""Longer than this, and some three letters are in an order by chance."""


def new_password(shortest: int = 0, longest: int = 1 << 20) -> str:
    """A password that nobody has used before: 20 characters, or as near as the bounds allow.

    It has small and capital letters, digits and a special character, begins and ends with a letter, and has no three characters alike,
    or in an order that everybody knows. Raises ValueError where no password fits the bounds.
    """
    length = min(max(LENGTH, shortest), longest)
    if length < max(shortest, _ENDS):
        raise ValueError(f"no password has at least {max(shortest, _ENDS)} and at most {longest} characters")
    while True:
        middle = [secrets.choice(_DIGITS), _SPECIAL, *(secrets.choice(_ALL) for _ in range(length - _ENDS))]
        secrets.SystemRandom().shuffle(middle)
        made = f"{secrets.choice(_LARGE)}{''.join(middle)}{secrets.choice(_SMALL)}"
        if length > _LOOKED_AT or not _predictable(made):
            return made


def _predictable(text: str) -> bool:
    lower = text.lower()
    runs = (lower[at : at + _ALIKE] for at in range(len(lower) - _ALIKE + 1))
    return any(len(set(run)) == 1 or any(run in order or run[::-1] in order for order in _ORDERS) for run in runs)
