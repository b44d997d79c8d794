"""Numbers that others wrote: Python turns no text of thousands of digits into one, and nobody waits for an endless time."""

import re

LARGEST = 10**18
_WHOLE = re.compile(r"(?P<sign>-?)0*(?P<digits>[0-9]*)")
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")


def whole(value: object) -> int | None:
    """A whole number, or the text of one; beyond 10^18 it is that. None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-LARGEST, min(LARGEST, value))
    found = _WHOLE.fullmatch(value) if isinstance(value, str) and value.strip("-") else None
    if found is None:
        return None
    size = LARGEST if len(found["digits"]) > len(str(LARGEST)) - 1 else int(found["digits"] or 0)
    return -size if found["sign"] else size


def seconds(text: str) -> float | None:
    """A time that an answer asks to wait; None where it does not say it as a number."""
    return float(text) if _SECONDS.fullmatch(text) else None
