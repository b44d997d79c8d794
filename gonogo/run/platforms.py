"""What a run asks of the platform that its environment's file names, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clients.errors import Misconfigured
from clients.platforms import registry
from environments import EnvironmentProblem
from environments.schema.deploy_rollback import Rollback

if TYPE_CHECKING:
    from environments import Environment


def override(version: str | None, environment: Environment) -> str | None:
    """The version to ask for. Raises UsageError where it could not be asked for, or nobody could see whether it answered."""
    if version is None:
        return None
    for lacking, section in ((environment.service is None, "promotion"), (environment.version is None, "version")):
        if lacking:
            raise pytest.UsageError(f"--version-override: {environment.name} has no [{section}], so a version cannot be asked for: add it")
    if registry.named(environment.platform).override(environment.service or "", version) is None:
        raise pytest.UsageError(f"--version-override: the platform {environment.platform} cannot be asked for one version of a service")
    return version


def demand(environment: Environment) -> None:
    """Raises EnvironmentProblem where the file names a platform that there is none of, or does not say what it needs."""
    rollback = environment.section(Rollback)
    try:
        if rollback:
            registry.demand(rollback.platform, rollback.told)
        elif environment.promotion and environment.promotion.platform:
            registry.named(environment.platform)
    except Misconfigured as problem:
        where = "deploy.rollback" if rollback else "promotion"
        raise EnvironmentProblem(f"{environment.name}.toml", [f"{where}: {problem}"]) from None
