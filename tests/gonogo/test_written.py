"""Files that options and settings make a run write are its own, to be searched before anything is published."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.plugin.written import written
from tests.gonogo.fakes import config, run


def settings(of: Any, **values: Any) -> Any:
    """The configuration with these settings."""
    of._parser = SimpleNamespace(_inidict=values)
    of.getini = values.__getitem__
    return of


@pytest.mark.parametrize("by", ["option", "setting", "word", "path"])
def test_file_that_the_run_wrote_is_its_own(tmp_path: Path, by: str) -> None:
    """S4: `-o log_file=...` as `--log-file=...`, and whatever another plugin's option is called."""
    made = run(tmp_path / "out", started=time.time())
    path = tmp_path / "x.log"
    path.write_text("said")
    options: dict[str, dict[str, Any]] = {"option": {"log_file": str(path)}, "word": {"override_ini": [f"log_file={path}"]}}
    values: dict[str, dict[str, Any]] = {"setting": {"log_file": str(path)}, "path": {"report_paths": [path]}}
    of = settings(config(made, **options.get(by, {})), **values.get(by, {}))
    assert written(of, made) == [path]


def test_file_that_the_run_only_read_is_left_alone(tmp_path: Path) -> None:
    """Nor is what lies in the project, or what was there before."""
    made = run(tmp_path / "out", started=time.time())
    old = tmp_path / "old.txt"
    old.write_text("said")
    os.utime(old, (1, 1))
    (tmp_path / "target.toml").write_text("")
    of = settings(config(made, env=str(tmp_path / "target.toml"), listed=str(old), file_or_dir=["suites"]), here=".", above=str(tmp_path))
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.py").write_text("")
    settings(of, here=".", above=str(tmp_path), package=str(package))
    assert written(of, made) == []


def test_folder_of_a_setting_is_searched(tmp_path: Path) -> None:
    """pytest's cache holds the names of checks, and those may hold parameters."""
    made = run(tmp_path / "out", started=time.time())
    (tmp_path / "cache" / "v").mkdir(parents=True)
    (tmp_path / "cache" / "v" / "lastfailed").write_text("{}")
    (tmp_path / "cache" / "module.cpython-311.pyc").write_bytes(b"")
    assert written(settings(config(made), cache_dir=str(tmp_path / "cache")), made) == [tmp_path / "cache" / "v" / "lastfailed"]
