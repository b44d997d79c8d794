"""A wiring as runs make it: with the limits and the costs that the environment's facets declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from environments import Environment
from fixtures import registry
from fixtures.wiring import Wiring


def priced(environment: Environment, counts: Path | None, **more: Any) -> Wiring:
    """The wiring of this environment."""
    return Wiring(environment, counts, registry.limits(environment), registry.costs(environment), **more)
