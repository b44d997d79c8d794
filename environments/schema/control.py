"""[control]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import Connect


class Control(Section):
    """[control]: addresses that tell "this machine has no network" from "the deployment is down". Asked when the origin is not reached."""

    addresses: list[Connect] = Field(
        default=["one.one.one.one:443", "github.com:443"],
        max_length=20,
        description="HOST:PORT, each only connected to; [] asks nobody. In tier sandbox nobody is asked unless this is declared.",
    )
    within_seconds: float = Field(default=5, gt=0, le=60, description="How long one of them may take to accept a connection, in seconds.")
