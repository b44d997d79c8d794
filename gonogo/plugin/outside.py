"""Checks from outside: folders of other repositories, each with a list of its own of the checks that are due."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest

from gonogo.run.state import Role, run_of
from reports.errors import ReportError
from reports.manifest import FILE, Manifest
from reports.policy import Policy
from reports.records import Due


def folders(config: pytest.Config) -> list[Path]:
    """The folders of checks that were named and lie outside of the project."""
    paths = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    found = {path if path.is_dir() else path.parent for path in paths if config.rootpath not in (path, *path.parents)}
    return sorted(folder for folder in found if folder not in config.rootpath.parents)


def due(config: pytest.Config) -> list[Due]:
    """What those folders have written down. Raises ReportError when it cannot be read."""
    return [
        Due(of=folder.name, check=row.id, **vars(row.facts))
        for folder in folders(config)
        if (folder / FILE).is_file()
        for row in Manifest.load(folder / FILE).rows.values()
    ]


def demand_distinct(named: Sequence[Path], rows: Sequence[Due]) -> None:
    """Folders go by their names, and checks by their ids: of two that share one, either could vanish unnoticed.

    Raises ReportError for the first that is there twice.
    """
    for first, second in combinations(named, 2):
        if first.name == second.name:
            text = f"{first} and {second} have the same name, by which the run tells them apart: rename one, or name the folder above both"
            raise ReportError(text)
    owners = dict.fromkeys(Manifest.load().rows, "gonogo itself")
    for row in rows:
        if row.check in owners:
            text = f"{row.of}/{FILE} has the check {row.check}, and so has {owners[row.check]}: rename its file or function"
            raise ReportError(text)
        owners[row.check] = row.of


def demand(config: pytest.Config) -> None:
    """The rules of the run can be read and fit each other: a mistake in them is a usage error, before anything is sent."""
    run = run_of(config)
    if run is None or run.role is not Role.OWNER:
        return
    try:
        demand_distinct(folders(config), due(config))
        Policy.load().demand(Manifest.load().rows)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None
