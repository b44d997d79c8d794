"""Environments: named targets, one file each, checked as a whole before anything is sent."""

from environments.loading import EnvironmentProblem, load, names
from environments.schema import Environment, Tier

__all__ = ["Environment", "EnvironmentProblem", "Tier", "load", "names"]
