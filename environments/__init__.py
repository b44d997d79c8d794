"""Environments: named targets, one file each, checked as a whole before anything is sent."""

from typing import TYPE_CHECKING, Any

from environments.loading import EnvironmentProblem, hosts_of_others, load, names

if TYPE_CHECKING:
    from environments.schema import Environment, Tier

__all__ = ["Environment", "EnvironmentProblem", "Tier", "hosts_of_others", "load", "names"]


def __getattr__(name: str) -> Any:
    """The schema, which takes 0.15 s to load, when somebody asks for it: that an environment is not there is said without."""
    if name not in ("Environment", "Tier"):
        raise AttributeError(f"environments has no {name}")
    from environments import schema

    return getattr(schema, name)
