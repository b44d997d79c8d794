"""Marks the methods that create something in a deployment."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def creates(method: Callable[P, T]) -> Callable[P, T]:
    """The method itself. What it creates has to be in the residue journal first, so suites call it through a facet: lint refuses others."""
    return method
