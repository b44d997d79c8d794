"""Environments: named targets, one file each, checked as a whole before anything is sent."""

from environments.loading import EnvironmentProblem, hosts_of_others, load, names
from environments.schema import Environment, Tier

__all__ = ["Environment", "EnvironmentProblem", "Tier", "hosts_of_others", "load", "names"]
