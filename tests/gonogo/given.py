"""What the tests of the plugin put beside the fakes: configurations that know journeys and facets, and checks that belong to one."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.facet import Facet
from gonogo.plugin.fixtures import name_of
from gonogo.plugin.selection import FACETS, JOURNEYS
from journeys import Journey
from tests.gonogo import fakes


def knowing(of: Any, *kinds: type) -> Any:
    """Makes fixtures of these journeys and facets, by the names that a run gives them. Returns the configuration."""
    of.stash[JOURNEYS] = {name_of(kind): kind for kind in kinds if issubclass(kind, Journey)}
    of.stash[FACETS] = {name_of(kind): kind for kind in kinds if issubclass(kind, Facet)}
    return of


def item(nodeid: str = "suites/auth/test_sign_in.py::test_works", *marks: pytest.MarkDecorator, of: Any = None, **rest: Any) -> Any:
    """A check of that configuration (without one: of one that knows nothing) with these marks, which asks for these fixtures."""
    return fakes.item(nodeid, *marks, of=fakes.config() if of is None else of, **rest)
