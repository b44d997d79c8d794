"""What a selection of journeys means before it is played: what else must play, what it costs, what belongs together."""

from __future__ import annotations

from collections.abc import Iterable

from journeys.cost import Cost
from journeys.journey import Journey


def with_dependencies(journeys: Iterable[type[Journey]]) -> list[type[Journey]]:
    """These journeys and all that they come after, each once, the earlier ones first."""
    found: dict[type[Journey], None] = {}

    def add(journey: type[Journey]) -> None:
        for other in journey.after:
            add(other)
        found[journey] = None

    for journey in journeys:
        add(journey)
    return list(found)


def planned_cost(journeys: Iterable[type[Journey]]) -> Cost:
    """What these journeys declare to use up, with all that they come after; see `fixtures.plan` for what that is in an environment."""
    return sum((journey.cost for journey in with_dependencies(journeys)), Cost())


def required(journeys: Iterable[type[Journey]]) -> tuple[str, ...]:
    """The capabilities that these journeys and those they come after require, each once."""
    return tuple(dict.fromkeys(capability for journey in with_dependencies(journeys) for capability in journey.requires))


def groups(journeys: Iterable[type[Journey]]) -> dict[type[Journey], str]:
    """A group name for each journey: those that read each other share one, and so must share a worker of pytest-xdist.

    Otherwise each worker would play a journey again that another one has played. The name is the first journey's, by
    the alphabet, so that every worker finds the same one.
    """
    members: dict[type[Journey], set[type[Journey]]] = {}
    for journey in with_dependencies(journeys):
        joined = {journey}.union(*(members[other] for other in journey.after))
        for member in joined:
            members[member] = joined
    return {journey: min(f"{member.__module__}.{member.__qualname__}" for member in joined) for journey, joined in members.items()}
