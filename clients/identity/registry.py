"""All ways in, found by walking this package, and those of other repositories as soon as they are imported."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import clients.identity
from clients.identity.port import Identity


def identities() -> dict[str, type[Identity]]:
    """The ways in, by the capability that declares each."""
    _walked()
    return {kind.capability: kind for kind in _below(Identity)}  # type: ignore[type-abstract] # its subclasses are meant


@cache
def _walked() -> None:
    for module in pkgutil.iter_modules(clients.identity.__path__, f"{clients.identity.__name__}."):
        importlib.import_module(module.name)


def _below(kind: type[Identity]) -> list[type[Identity]]:
    found = [each for direct in kind.__subclasses__() for each in (direct, *_below(direct))]
    return [each for each in found if hasattr(each, "capability")]
