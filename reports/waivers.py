"""Waivers: failures that somebody answers for, until a day. Read from `waivers.toml`, which is part of the policy's digest.

A waiver turns the failure of one check into advice that everybody sees. It hides nothing else: not a check that is missing or could not be
decided, not a version that changed, not a secret.
"""

import datetime as dt
from collections.abc import Iterable
from itertools import combinations
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from reports.records import Ids

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Waiver(BaseModel):
    """One waiver. `expires` is the last day, in UTC, on which it counts; without `environments` it counts in all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: Text
    owner: Text
    reason: Text
    expires: Annotated[dt.date, Field(strict=True)]
    environments: Annotated[Ids, Field(min_length=1)] | None = None

    def covers(self, environment: str) -> bool:
        """Whether it is about this environment."""
        return self.environments is None or environment in self.environments

    def expired(self, moment: float) -> bool:
        """Whether its last day is over at a moment, in seconds since the epoch."""
        return dt.datetime.fromtimestamp(moment, dt.UTC).date() > self.expires

    @property
    def said(self) -> str:
        """Who answers for it, and why."""
        return f"{self.owner}: {self.reason}"


class WaiverFile(BaseModel):
    """The content of `waivers.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waiver: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "WaiverFile":
        for one, other in combinations(self.waiver, 2):
            shared = one.environments is None or other.environments is None or set(one.environments) & set(other.environments)
            if one.check == other.check and shared:
                raise ValueError(f"{one.check} has two waivers for one environment: keep one")
        return self


def find(waivers: Iterable[Waiver], check: str, environment: str) -> Waiver | None:
    """The waiver of a check in an environment, expired or not."""
    return next((waiver for waiver in waivers if waiver.check == check and waiver.covers(environment)), None)
