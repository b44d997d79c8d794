"""Folders of other teams: their sections, facets and journeys become known by importing their modules."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from environments.team_client import LOADED, NOT_CODE

__all__ = ["LOADED", "NOT_CODE", "ExtensionProblem", "load_folders", "modules_of", "package_of"]


class ExtensionProblem(Exception):
    """A folder cannot be loaded; the message says which, why, and what to do."""


def load_folders(folders: Iterable[Path]) -> None:
    """Import every module of these folders, but for tests; each folder is a package of its own name. Raises ExtensionProblem."""
    from environments.schema.registry import shipped

    shipped()  # a section that is in the way of one of ours is then the folder's mistake, whichever was to be loaded first
    for folder in folders:
        if not folder.is_dir():
            raise ExtensionProblem(f"extends: there is no folder {folder}: name one beside the file")
        _load(folder)


def package_of(folder: Path) -> str:
    """The name that the folder's modules import each other by: `checks` for ``../app/checks``. Raises ExtensionProblem."""
    name = folder.name.replace("-", "_")
    if not name.isidentifier():
        raise ExtensionProblem(f"extends: {folder.name} cannot be the name of a package: rename it to letters, digits and underscores")
    return name


def modules_of(folder: Path) -> list[str]:
    """The names of the folder's modules but for tests, outer ones first."""
    files = sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), path.as_posix()))
    named = (path.relative_to(folder).with_suffix("") for path in files if not path.name.startswith(NOT_CODE))
    visible = (path for path in named if path.name != "__init__" and not any(part.startswith(".") for part in path.parts))
    return [".".join((package_of(folder), *path.parts)) for path in visible]


def _load(folder: Path) -> None:
    _package(folder)
    LOADED[package_of(folder)] = folder
    for name in modules_of(folder):
        try:
            importlib.import_module(name)
        except ExtensionProblem:
            raise
        except (Exception, SystemExit) as error:
            raise ExtensionProblem(f"extends: {_place(folder, name, error)} cannot be loaded: {type(error).__name__}: {error}") from error


def _place(folder: Path, module: str, error: BaseException) -> str:
    """The folder's file in which it went wrong: the innermost, for one may import the other."""
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        files.append(Path(error.filename))
    inside = [file for file in files if file.is_relative_to(folder)]
    return f"{folder.name}/{(inside[-1].relative_to(folder) if inside else Path(*module.split('.')[1:]).with_suffix('.py')).as_posix()}"


def _is_at(places: Iterable[str], folder: Path) -> bool:
    return [Path(place).resolve() for place in places] == [folder]


def _package(folder: Path) -> ModuleType:
    """Makes the folder importable under its own name, without a place on Python's path: its neighbours stay where they are."""
    name = package_of(folder)
    known = sys.modules.get(name)
    if known is not None and _is_at(getattr(known, "__path__", ()), folder):
        return known
    # `tests` is how many call such a folder; gonogo's own, and those that other packages leave behind, are loaded by no run.
    found = None if known is not None or name == "tests" else importlib.util.find_spec(name)
    if found is not None and _is_at(found.submodule_search_locations or (), folder):  # its repository is on Python's path
        return importlib.import_module(name)
    if known is not None or found is not None:
        raise ExtensionProblem(f"extends: a Python package is called {name} already: rename the folder {folder}")
    begin = folder / "__init__.py"
    loader = importlib.machinery.SourceFileLoader(name, str(begin)) if begin.is_file() else None
    spec = importlib.machinery.ModuleSpec(name, loader, origin=str(begin) if loader else None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if loader:
        try:
            loader.exec_module(module)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise ExtensionProblem(f"extends: {folder.name}/__init__.py cannot be loaded: {type(error).__name__}: {error}") from error
    return module
