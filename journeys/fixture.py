"""Journeys as pytest fixtures: the only module of this package that knows pytest. Of a journey it knows that it is a class with a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from journeys.errors import Misuse

_REGISTRY: dict[str, type[Any]] = {}


def fixture_of(journey: type[Any], name: str | None = None) -> Any:
    """See `Journey.fixture`. The fixture asks for one named `stage`, whose `scheduler` plays the journey."""
    name = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", journey.__name__).lower()
    known = _REGISTRY.setdefault(name, journey)
    if (known.__module__, known.__qualname__) != (journey.__module__, journey.__qualname__):
        raise Misuse(f"two journeys want the fixture {name}: {_path(known)} and {_path(journey)}; give one another name: fixture('...')")
    _REGISTRY[name] = journey

    def hand_over(stage: Any) -> Any:
        return stage.scheduler.play(journey)

    hand_over.__doc__ = journey.__doc__
    return pytest.fixture(scope="session", name=name)(hand_over)


def journeys_of(fixture_names: Iterable[str]) -> list[type[Any]]:
    """The journeys among the fixtures that a check asks for (`item.fixturenames`), each once."""
    return list(dict.fromkeys(_REGISTRY[name] for name in fixture_names if name in _REGISTRY))


def _path(journey: type[Any]) -> str:
    return f"{journey.__module__}.{journey.__qualname__}"
