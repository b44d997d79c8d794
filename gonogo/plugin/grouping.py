"""Groups of checks: those whose journeys read one another, or that one check ties together, stay together on every worker and shard."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gonogo.plugin.selection import journeys_of_item
from journeys import groups


def grouped(items: Iterable[pytest.Item]) -> dict[str, str]:
    """The group of each check, by node id; a check without a journey is in none."""
    of_item = {item.nodeid: journeys_of_item(item) for item in items}
    # A check that reads two journeys ties them together, as if one came after the other.
    names = groups({journey for journeys in of_item.values() for journey in journeys})
    tied: dict[str, str] = {}

    def root(name: str) -> str:
        while tied.setdefault(name, name) != name:
            name = tied[name]
        return name

    for journeys in of_item.values():
        for journey in journeys[1:]:
            tied[root(names[journey])] = root(names[journeys[0]])
    return {node: root(names[journeys[0]]) for node, journeys in of_item.items() if journeys}
