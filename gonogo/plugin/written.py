"""The files that options and settings of pytest and of its plugins have made this run write: there must be no secret in them either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from base.places import OUTPUT
from gonogo.run.state import Run

# What a run reads, and the raw results, which are gone through as a whole.
_READ = frozenset({"file_or_dir", "env", "inifilename", "rootdir", "confcutdir", "testpaths", "pythonpath", "allure_report_dir"})
# Clocks of file systems are coarser than the process's.
_COARSE = 2.0
_LARGEST_FOLDER = 10_000
# What Python makes of sources, and keeps in the cache folder here: it has no value that these have not, and would be broken by hiding one.
_BYTECODE = frozenset({".pyc", ".pyo"})


def written(config: pytest.Config, run: Run) -> list[Path]:
    """Every file that a value of an option (`--log-file`) or a setting (`-o log_file=...`) names and that this run has written.

    Of a folder so named (`cache_dir`, `--basetemp`) it is the files in it, unless all of the project or the run's own folder lies there.
    """
    rooms = [path.resolve() for path in (config.rootpath, config.invocation_params.dir, Path.cwd(), run.out, OUTPUT)]
    found: dict[Path, None] = {}
    for value in _values(config):
        for room in dict.fromkeys((config.rootpath, config.invocation_params.dir, Path.cwd())):
            try:
                path = (room / os.path.expandvars(Path(value).expanduser())).resolve()
                if path.is_dir() and not any(own == path or path in own.parents for own in rooms) and not _has_sources(path):
                    found.update((file, None) for file in _inside(path) if _is_of(file, run))
                elif path.is_file() and _is_of(path, run):
                    found[path] = None
            except (OSError, ValueError, RuntimeError):  # no path at all: too long, a NUL in it, somebody's home that is not there
                continue
    return list(found)


def _values(config: pytest.Config) -> Iterator[str]:
    yield from (value for name, given in vars(config.option).items() if name not in _READ for value in _texts(given))
    parser = getattr(config, "_parser", None)  # no public name lists the settings that there are
    for name in sorted(set(parser._inidict) - _READ if parser else ()):
        try:
            yield from _texts(config.getini(name))
        except (ValueError, TypeError, KeyError, pytest.UsageError):
            continue


def _texts(given: object) -> Iterator[str]:
    """The paths that a value may be; `name=value`, as `-o` has it, is one by its second part."""
    if isinstance(given, os.PathLike):
        given = os.fspath(given)
    if isinstance(given, str) and given and "\n" not in given:
        yield given
        name, equals, value = given.partition("=")
        if equals and name.isidentifier() and value:
            yield value
    elif isinstance(given, list | tuple):
        for inner in given:
            yield from _texts(inner)


def _has_sources(folder: Path) -> bool:
    """A value that is only a word may be called as a package of the project is: Python writes there as well, and nobody publishes it."""
    return any(folder.glob("*.py"))


def _inside(folder: Path) -> Iterator[Path]:
    for number, path in enumerate(folder.rglob("*")):
        if number >= _LARGEST_FOLDER:
            return
        if path.suffix not in _BYTECODE and path.is_file() and not path.is_symlink():
            yield path


def _is_of(path: Path, run: Run) -> bool:
    """Whether it was written since the run began, by whom it was: what somebody only reads is left alone."""
    return path.stat().st_mtime >= run.started - _COARSE
