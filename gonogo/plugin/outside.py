"""Checks from outside: folders of other repositories, each with a list of its own of the checks that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pytest

import environments
from environments.neighbours import neighbours
from gonogo.plugin.asked import is_part
from gonogo.run.state import Role, Run, run_of
from reports.cases import due as written
from reports.errors import ReportError
from reports.manifest import FILE, Manifest
from reports.policy import Policy
from reports.records import Due, Severity
from reports.team_rules import Judged, severities
from reports.waivers import day_of


def folders(config: pytest.Config) -> list[Path]:
    """The folders of checks that were named and lie outside of the project."""
    paths = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    found = {path if path.is_dir() else path.parent for path in paths if config.rootpath not in (path, *path.parents)}
    return sorted(folder for folder in found if folder not in config.rootpath.parents)


def due(config: pytest.Config) -> list[Due]:
    """What those folders have written down, and those that the environment's file extends. Raises ReportError when it cannot be read.

    A capability that the file declares is verified by its folder's checks: a run that was not given the folder has not done so.
    """
    return [
        Due(of=folder.name, check=row.id, **vars(row.facts))
        for folder in _listing(config)
        if (folder / FILE).is_file()
        for row in Manifest.load(folder / FILE).rows.values()
    ]


def _listing(config: pytest.Config) -> list[Path]:
    run, named = run_of(config), folders(config)
    extended = environments.folders(run.declaration) if run and run.declaration else ()
    return [*named, *(folder for folder in dict.fromkeys(extended) if not {folder, *folder.parents} & set(named))]


def _demand_folders(config: pytest.Config) -> None:
    """A check's id is its place below the folder that was named: of a file that lies outside and is named itself, pytest tells no place.

    Raises pytest.UsageError.
    """
    for argument in config.args:
        path = (config.invocation_params.dir / argument.partition("::")[0]).resolve()
        if path.is_file() and config.rootpath not in path.parents:
            text = f"{path} is named, and checks from outside go by their folder: name {path.parent}, and choose with -k"
            raise pytest.UsageError(text)


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


def _judged(config: pytest.Config, run: Run, known: Mapping[str, Severity], policy: Policy) -> Judged:
    """What the team's rules have to fit. The environments they may name are those beside the run's file, and beside the rules themselves.

    Where there is no other, a team keeps each file in a folder of its own: then nobody knows their names.
    """
    folders = {run.rules.folder, Path(run.declared_in).absolute().parent} if run.rules and run.declared_in else set()
    names = frozenset().union(*map(neighbours, folders), {run.environment.name})
    environments = names if len(names) > 1 else frozenset()
    return Judged(known, day_of(run.started), run.environment.name, policy.retired, environments, whole=not is_part(config))


def demand(config: pytest.Config) -> None:
    """The rules of the run can be read and fit each other: a mistake in them is a usage error, before anything is sent."""
    run = run_of(config)
    if run is None or run.role is not Role.OWNER:
        return
    _demand_folders(config)
    try:
        demand_distinct(folders(config), due(config))
        policy, manifest = Policy.load(), Manifest.load()
        policy.demand(manifest.rows)
        if run.rules:
            run.rules.demand(_judged(config, run, severities(written(due(config), manifest)), policy))
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None
