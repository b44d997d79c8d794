"""Folders of other teams: their sections, facets and journeys become known by importing their modules."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

NOT_CODE = ("test_", "conftest")


class ExtensionProblem(Exception):
    """A folder cannot be loaded; the message says which, why, and what to do."""


def load_folders(file: Path, folders: Iterable[str]) -> tuple[Path, ...]:
    """Import every module of the folders that an environment file names, but for tests; each folder is a package of its own name.

    Returns the folders. Raises ExtensionProblem.
    """
    found = tuple((file.parent / folder).resolve() for folder in folders)
    for folder in found:
        if not folder.is_dir():
            raise ExtensionProblem(f"extends: there is no folder {folder}: name one beside the file")
        _load(folder)
    return found


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
    for name in modules_of(folder):
        try:
            importlib.import_module(name)
        except ExtensionProblem:
            raise
        except Exception as error:
            where = "/".join(name.split(".")[1:])
            raise ExtensionProblem(f"extends: {folder.name}/{where}.py cannot be loaded: {type(error).__name__}: {error}") from error


def _package(folder: Path) -> ModuleType:
    """Makes the folder importable under its own name, without a place on Python's path: its neighbours stay where they are."""
    name = package_of(folder)
    known = sys.modules.get(name)
    if known is not None and [Path(place).resolve() for place in getattr(known, "__path__", ())] == [folder]:
        return known
    if known is not None or importlib.util.find_spec(name) is not None:
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
        except Exception as error:
            del sys.modules[name]
            raise ExtensionProblem(f"extends: {folder.name}/__init__.py cannot be loaded: {type(error).__name__}: {error}") from error
    return module
