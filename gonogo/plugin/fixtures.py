"""Fixtures: every journey and every facet is one, by its name, for the whole session."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import pytest

from base.places import SUITES
from environments.extensions import modules_of, package_of
from fixtures.facet import Facet
from fixtures.registry import facets
from gonogo.plugin.selection import FACETS, JOURNEYS
from gonogo.plugin.starting import PLAYING
from journeys import Journey

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def name_of(kind: type) -> str:
    """The name of a class as that of a fixture: `RoundTrip` is `round_trip`."""
    return _WORDS.sub("_", kind.__name__).lower()


def register(config: pytest.Config, folders: Iterable[Any] = ()) -> None:
    """Makes a fixture of each journey that a suite has in its `journeys`, of each in the folders of other teams, and of each facet.

    Raises pytest.UsageError where two of them want the same name.
    """
    modules = [*_modules_of_suites(), *(name for folder in folders for name in modules_of(folder))]
    packages = ("suites.", "fixtures.", *(f"{package_of(folder)}." for folder in folders))
    for name in modules:
        importlib.import_module(name)
    found: dict[str, type] = {}
    for kind in (*(kind for kind in _below(Journey) if kind.steps and kind.__module__.startswith(packages)), *facets()):
        other = found.setdefault(name_of(kind), kind)
        if other is not kind:
            raise pytest.UsageError(f"two classes want the fixture {name_of(kind)}: {_path(other)} and {_path(kind)}; rename one of them")
    config.stash[JOURNEYS] = {name: kind for name, kind in found.items() if issubclass(kind, Journey)}
    config.stash[FACETS] = {name: kind for name, kind in found.items() if issubclass(kind, Facet)}
    holder = ModuleType("gonogo.given")
    for name, kind in found.items():
        setattr(holder, name, _fixture(name, kind))
    config.pluginmanager.register(holder, "gonogo-given")


def _modules_of_suites() -> list[str]:
    """Those called `journeys`, or in a package of that name. What else a suite has is loaded by whoever needs it: hypothesis, for one."""
    found = [module.name for module in pkgutil.walk_packages([str(SUITES)], "suites.")]
    return [name for name in found if "journeys" in name.split(".")]


def _fixture(name: str, kind: type) -> Any:
    def journey(pytestconfig: pytest.Config) -> object:
        return pytestconfig.stash[PLAYING].scheduler.play(kind)

    def facet(pytestconfig: pytest.Config) -> object:
        return pytestconfig.stash[PLAYING].context.facet(kind)

    given: Callable[[pytest.Config], object] = journey if issubclass(kind, Journey) else facet
    given.__doc__ = kind.__doc__
    return pytest.fixture(scope="session", name=name)(given)


def _below(kind: type[Journey]) -> list[type[Journey]]:
    return [each for direct in kind.__subclasses__() for each in (direct, *_below(direct))]


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
