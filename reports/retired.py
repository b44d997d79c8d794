"""Retired checks: the only way out of the list of checks that are due. Read from `retired.toml`, which is part of the policy's digest."""

import datetime as dt
from collections import Counter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reports.waivers import Text


class Retired(BaseModel):
    """A check that is not due any more, since a day, and who decided that and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Text
    owner: Text
    reason: Text
    date: Annotated[dt.date, Field(strict=True)]


class RetiredFile(BaseModel):
    """The content of `retired.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    retired: tuple[Retired, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "RetiredFile":
        twice = [key for key, count in Counter(row.id for row in self.retired).items() if count > 1]
        if twice:
            raise ValueError(f"{twice[0]} is retired twice: keep one entry")
        return self
