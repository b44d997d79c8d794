"""Environments: named targets, one file each, checked as a whole before anything is sent."""

from typing import TYPE_CHECKING, Any

from environments.loading import Declaration, EnvironmentProblem, demand_subject, folders, hosts_of_others, load, names, read

if TYPE_CHECKING:
    from environments.schema.environment import Environment, Tier

__all__ = [
    "Declaration",
    "Environment",
    "EnvironmentProblem",
    "Tier",
    "demand_subject",
    "folders",
    "hosts_of_others",
    "load",
    "names",
    "read",
]


def __getattr__(name: str) -> Any:
    """The schema, which takes 0.15 s to load, when somebody asks for it: that an environment is not there is said without."""
    if name not in ("Environment", "Tier"):
        raise AttributeError(f"environments has no {name}")
    from environments.schema import environment

    return getattr(environment, name)
