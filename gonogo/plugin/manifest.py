"""`--manifest write|check`: the written lists of checks, from a collection of the suites and of folders from outside. Runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from gonogo.plugin import outside
from gonogo.plugin.selection import facts_of, node_of
from reports.errors import ReportError
from reports.manifest import FILE, HERE, Manifest, Row, check_id, first_sentence, render, suite_of
from reports.policy import Policy, retired_in


def rows(items: list[pytest.Item]) -> list[Row]:
    """One row per check, however many cases it has."""
    found: dict[str, Row] = {}
    for item in items:
        identity = check_id(node_of(item.nodeid))
        found[identity] = Row(
            id=identity,
            suite=suite_of(identity),
            **vars(facts_of(item)),
            requirement=first_sentence(getattr(getattr(item, "function", None), "__doc__", "")),
        )
    return list(found.values())


def lists(config: pytest.Config, items: Iterable[pytest.Item]) -> dict[Path, list[Row]]:
    """The file of each list, and its rows: ours, unless only folders from outside were named, and one for each of them."""
    found: dict[Path, list[pytest.Item]] = {folder / FILE: [] for folder in outside.folders(config)}
    ours: list[pytest.Item] = []
    for item in items:
        home = next((file for file in found if file.parent in Path(getattr(item, "path", HERE)).parents), None)
        (ours if home is None else found[home]).append(item)
    return {**({HERE: rows(ours)} if ours or not found else {}), **{file: rows(some) for file, some in found.items()}}


def refusal(file: Path, current: Iterable[Row], others: Collection[str]) -> str | None:
    """Why this list must not be written: an id that vanished without being retired, or is retired and still there, or twice."""
    ids = {row.id for row in current}
    retired = {row.id for row in retired_in(file.parent)}
    vanished = sorted(Manifest.load(file).rows.keys() - ids - retired) if file.is_file() else []
    if vanished:
        more = f" (and {len(vanished) - 1} more)" if len(vanished) > 1 else ""
        return f"{vanished[0]}{more} vanished and is not retired: bring it back, or enter it in retired.toml with owner, reason and date"
    if both := sorted(ids & retired):
        return f"{both[0]} is retired and still a check: take it out of retired.toml, or delete the check"
    if twice := sorted(ids & set(others)):
        return f"{twice[0]} is a check of two folders: rename one of the test functions"
    return None


def quieten(config: pytest.Config) -> None:
    """Without pytest's closing words: "no tests ran" is true here, and reads like trouble in a log of CI."""
    if config.option.manifest:
        config.option.verbose = -2


def loop(session: pytest.Session) -> bool | None:
    """Writes or compares instead of running checks."""
    mode = session.config.option.manifest
    if mode is None or session.testsfailed:
        return None
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None, "--manifest speaks through the terminal"
    try:
        for line in _each(mode, lists(session.config, session.items)):
            reporter.write_line(line)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from None
    return True


def _each(mode: str, found: dict[Path, list[Row]]) -> Iterable[str]:
    """Writes or compares every list, a line for each. Raises ReportError."""
    for file, current in found.items():
        others = {row.id for other, some in found.items() if other != file for row in some}
        others |= Manifest.load(HERE).rows.keys() if file != HERE and HERE not in found else set()
        stale = Manifest.load(file).stale(current) if mode == "check" else []
        yield from stale
        if why := refusal(file, current, others):
            raise ReportError(why)
        if file == HERE:
            Policy.load().demand({row.id for row in current})
        if mode == "write":
            file.write_text(render(current), encoding="utf-8")
            yield f"{file.name}: {len(current)} checks"
            continue
        if stale:
            command = "make manifest" if file == HERE else "pytest --manifest write suites FOLDER"
            raise ReportError(f"{file.name} is stale: write it anew with `{command}`")
        yield f"{file.name} is current: {len(current)} checks"
