"""All sections there are: those of this package, and those that folders of other repositories have brought."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

import environments.schema
from environments.schema.environment import Environment
from environments.schema.section import CAPABILITIES, Declares

OF_EVERY_FILE = frozenset({"version", "limits.addresses", "origin.https"})
"""Capabilities of the parts that every file may have."""


class Group(BaseModel):
    """Tables that share the first part of their names: ``[auth.email]`` and ``[auth.jwt]``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class OpenGroup(Group):
    """One in which others may have tables as well."""

    model_config = ConfigDict(extra="ignore")


class OpenEnvironment(Environment):
    """A file of which others may have tables as well: whoever signs or admits loads no code of theirs."""

    model_config = ConfigDict(extra="ignore")

    def _inconsistencies_of_sections(self) -> list[str]:
        """What sections demand of each other may be in a table of others: a run says so, which knows them."""
        return []


@cache
def shipped() -> dict[str, type[Declares]]:
    """The sections of this package, by capability, in the order of their names."""
    package = environments.schema
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return {name: found for name, found in sorted(CAPABILITIES.items()) if found.__module__.startswith(f"{package.__name__}.")}


def sections() -> dict[str, type[Declares]]:
    """The sections of this package and of folders that were loaded, by capability."""
    own = shipped()
    return {**own, **{name: found for name, found in sorted(CAPABILITIES.items()) if name not in own}}


def providers(capability: str) -> list[str]:
    """The sections that bring a capability along: of ``members``, every way to come in."""
    return [name for name, found in sections().items() if capability in found.provides]


def section_of(capability: str) -> str:
    """The section that a capability belongs to: itself, or the one that it refines. Empty when none does."""
    return max((name for name in sections() if f"{capability}.".startswith(f"{name}.")), key=len, default="")


def is_known(capability: str) -> bool:
    """Whether this package alone says what a capability is: a section of it, or a refinement. Members may come by a section of others."""
    return capability in OF_EVERY_FILE or any(f"{capability}.".startswith(f"{name}.") for name in shipped())


def model(*, foreign: bool = True) -> type[Environment]:
    """The model of a whole file. Without ``foreign`` it knows this package's sections alone, and passes over tables of others."""
    return _model(tuple((sections() if foreign else shipped()).values()), foreign=foreign)


@cache
def _model(found: tuple[type[Any], ...], *, foreign: bool) -> type[Environment]:
    fields: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = defaultdict(dict)
    for section in found:
        group, dot, name = section.capability.partition(".")
        if dot:
            groups[group][name] = (section | None, None)
        else:
            fields[group] = (section | None, None)
    for group, inside in groups.items():
        made = create_model(group.title(), __base__=Group if foreign else OpenGroup, __doc__=f"[{group}]", **inside)
        fields[group] = (made | None, None)
    return create_model("Environment", __base__=Environment if foreign else OpenEnvironment, **fields)
