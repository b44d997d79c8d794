"""What a fault is put into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A Worker of the sandbox, its database, and the wrangler configuration with which it is deployed."""

    worker: str
    database: str
    configuration: str


TARGETS: Mapping[str, Target] = {
    "local": Target("fm5-staging", "fm5_staging", "wrangler.staging.jsonc"),
    "local-production": Target("fm5", "fm5", "wrangler.production.jsonc"),
}
"""By the environment that verifies it."""
