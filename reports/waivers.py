"""Waivers and advice: failures that somebody answers for, until a day.

Those of gonogo's own checkout are waivers only, read from `waivers.toml`, which is part of the policy's digest. A team that verifies its
deployment writes both into a file of its own (`reports/team_rules.py`). Either turns the failure of a check into advice that everybody
sees. It hides nothing else: not a check that is missing or could not be decided, not a version that changed, not a secret.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import combinations
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from reports.records import Ids

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Answered(BaseModel, ABC):
    """What waiver and advice have in common: who answers for the failures, why, until when, and where.

    `expires` is the last day, in UTC, on which it counts; without `environments` it counts in all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[Literal["waiver", "advice"]]

    owner: Text
    reason: Text
    expires: Annotated[dt.date, Field(strict=True)]
    environments: Annotated[Ids, Field(min_length=1)] | None = None

    @property
    @abstractmethod
    def names(self) -> Ids:
        """The checks that it names, or whole suites of them."""

    def counts_for(self, check: str) -> bool:
        """Whether it is about this check."""
        return any(within(check, name) for name in self.names)

    def covers(self, environment: str) -> bool:
        """Whether it is about this environment."""
        return self.environments is None or environment in self.environments

    def meets(self, other: "Answered") -> bool:
        """Whether there is an environment that both are about."""
        return self.environments is None or other.environments is None or bool(set(self.environments) & set(other.environments))

    def expired(self, moment: float) -> bool:
        """Whether its last day is over at a moment, in seconds since the epoch."""
        return day_of(moment) > self.expires

    @property
    def said(self) -> str:
        """Who answers for it, and why."""
        return f"{self.owner}: {self.reason}"


class Waiver(Answered):
    """One check that may fail until a day."""

    kind = "waiver"

    check: Text

    @property
    def names(self) -> Ids:
        """The one check."""
        return (self.check,)

    def counts_for(self, check: str) -> bool:
        """Whether it is this one: a waiver is for no suite."""
        return check == self.check


class Advice(Answered):
    """Checks, or suites with all of their checks, whose failures do not decide until a day."""

    kind = "advice"

    checks: Annotated[tuple[Text, ...], Field(min_length=1)]

    @property
    def names(self) -> Ids:
        """As they are written."""
        return self.checks


class WaiverFile(BaseModel):
    """The content of `waivers.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waiver: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "WaiverFile":
        for one, other in combinations(self.waiver, 2):
            if one.check == other.check and one.meets(other):
                raise ValueError(f"{one.check} has two waivers for one environment: keep one")
        return self


class Written(NamedTuple):
    """A waiver or advice, and where it stands: the name of its file, and whose that is."""

    rule: Answered
    file: str = "waivers.toml"
    of: Literal["gonogo", "rules"] = "gonogo"


def within(name: str, suite: str) -> bool:
    """Whether a check, or a suite, is this one or a part of it.

    >>> within("browser.phone::forms_can_be_hit", "browser.phone"), within("browser.phone", "browser"), within("browsers::x", "browser")
    (True, True, False)
    """
    return name == suite or name.startswith((f"{suite}.", f"{suite}::"))


def find(rules: Iterable[Written], check: str, environment: str, moment: float) -> Written | None:
    """What is written about a check in an environment; where several are, one that still counts at the moment."""
    found = [written for written in rules if written.rule.counts_for(check) and written.rule.covers(environment)]
    return min(found, key=lambda written: written.rule.expired(moment), default=None)


def day_of(moment: float) -> dt.date:
    """The day, in UTC, of a moment in seconds since the epoch."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()
