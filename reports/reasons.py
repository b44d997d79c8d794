"""The words of a verdict: how a run can end, why, and what a reason weighs."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

SEVERITIES = ("blocker", "critical", "normal", "minor", "trivial")


class Kind(StrEnum):
    """The conclusions a run can end in."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INTERRUPTED = "interrupted"
    USAGE = "usage"
    LEAK = "leak"

    @property
    def exit_code(self) -> int:
        """The exit code of a process that ends with this conclusion."""
        return _EXIT_CODES[self]


_EXIT_CODES = {Kind.PASS: 0, Kind.FAIL: 1, Kind.INTERRUPTED: 2, Kind.INCONCLUSIVE: 3, Kind.USAGE: 4, Kind.LEAK: 6}


class Weight(IntEnum):
    """What a reason weighs. The lowest number decides: a leak hides everything, what is missing hides nothing."""

    LEAK = 0
    INTERRUPTED = 1
    USAGE = 2
    TAINTED = 3
    FAILED = 4
    MISSING = 5

    @property
    def kind(self) -> Kind:
        """The conclusion that a reason of this weight leads to."""
        return _CONCLUSIONS[self]


_CONCLUSIONS = {
    Weight.LEAK: Kind.LEAK,
    Weight.INTERRUPTED: Kind.INTERRUPTED,
    Weight.USAGE: Kind.USAGE,
    Weight.TAINTED: Kind.INCONCLUSIVE,
    Weight.FAILED: Kind.FAIL,
    Weight.MISSING: Kind.INCONCLUSIVE,
}


@dataclass(frozen=True)
class Reason:
    """Why the verdict is not a pass: a short slug, a sentence, and the check it is about, if it is about one.

    `order` sorts reasons of one weight: by severity, then by the moment.
    """

    kind: str
    text: str
    check: str | None = None
    weight: Weight = Weight.MISSING
    order: tuple[int, float] = (0, 0.0)

    def __str__(self) -> str:
        return f"{self.check}: {self.text}" if self.check else self.text
