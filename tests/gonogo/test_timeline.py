"""The timeline: one module with hooks, a state that lives with its run, and Ctrl-C wherever it comes."""

from __future__ import annotations

import ast
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.folder import TEMPORARY
from gonogo.plugin import distribution, timeline
from gonogo.plugin.starting import PLAYING
from gonogo.run.playing import Playing
from gonogo.run.state import Role
from journeys import Journey, step
from reports.ledger import read
from tests.gonogo.fakes import config, fields, run
from tests.gonogo.given import item, knowing
from tests.house import ROOT

pytest_plugins = ["pytester"]

TIMELINE = Path(timeline.__file__).resolve().relative_to(ROOT)
UNCHANGING = {"StashKey", "compile", "frozenset", "tuple", "TypeVar", "Path", "len", "str"}
"""What a module may call to make a constant."""


def tree(file: Path) -> ast.Module:
    """The source of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def hooks(source: ast.AST) -> list[str]:
    """The names of all hooks that a source defines, in a class or outside, as a function, by assignment or by an import."""
    found: list[str] = []
    for node in ast.walk(source):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.name)
        elif isinstance(node, ast.ImportFrom):
            found += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in found if name.startswith("pytest_") and name != "pytest_plugins"]


def test_hooks_are_in_one_module_and_each_is_there_once() -> None:
    """Whoever wants to know what happens when reads one file, from top to bottom."""
    found = {file.relative_to(ROOT): hooks(tree(file)) for file in (ROOT / "gonogo").rglob("*.py")}
    assert [file for file, names in found.items() if names] == [TIMELINE]
    assert [name for name, times in Counter(found[TIMELINE]).items() if times > 1] == []


def test_hooks_are_those_that_pytest_and_xdist_call(pytestconfig: pytest.Config) -> None:
    """A misspelt hook would never be called, and nobody would say so."""
    known = {name for name in dir(pytestconfig.hook) if name.startswith("pytest_")}
    assert set(hooks(tree(ROOT / TIMELINE))) <= known


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def pytest_configure(self): ...",
        "def f():\n    def pytest_configure(): ...",
        "from a import b as pytest_configure",
        "pytest_configure = f",
    ],
)
def test_hooks_are_found_wherever_they_hide(source: str) -> None:
    """What the test above looks for."""
    assert hooks(ast.parse(source)) == ["pytest_configure"]


def states(source: ast.Module) -> Iterator[str]:
    """The names that a module binds to something that can change, or binds again inside of a function."""
    for node in ast.walk(source):
        if isinstance(node, ast.Global):
            yield from node.names
    changed = set(_changed(source))
    for node in _outside_of_functions(source.body):
        if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name != "__all__" and (_is_state(node.value) or name in changed))


def _outside_of_functions(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _outside_of_functions(getattr(node, inner, ()))


def _is_state(value: ast.expr) -> bool:
    """Whether an expression makes something that can change. A table whose every value is a constant is one that nobody has changed."""
    if isinstance(value, ast.Dict):
        return not value.keys or any(_is_state(part) or isinstance(part, ast.Call) for part in value.values)
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return called not in UNCHANGING
    return isinstance(value, (ast.List, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp))


CHANGING = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "clear", "remove", "discard", "sort", "reverse"}


def _changed(source: ast.Module) -> Iterator[str]:
    """The names through which something is changed anywhere in the module: `NAME[...] = `, `del NAME[...]`, `NAME.append(...)`."""
    for node in ast.walk(source):
        by_key = isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del))
        by_name = isinstance(node, ast.Attribute) and node.attr in CHANGING
        if isinstance(node, (ast.Subscript, ast.Attribute)) and (by_key or by_name) and isinstance(node.value, ast.Name):
            yield node.value.id


def test_no_module_keeps_the_state_of_a_run() -> None:
    """Two runs in one process know nothing of each other: what a run knows lies in its `Run`, or in the stash of its configuration."""
    files = [file for room in ("plugin", "run") for file in (ROOT / "gonogo" / room).rglob("*.py")]
    assert len(files) > 10
    assert {file.relative_to(ROOT).as_posix(): names for file in files if (names := list(states(tree(file))))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "A = []",
        "A = {}",
        "A: dict[str, int] = dict()",
        "A = {1}",
        "A = {'a': []}",
        "A = [x for x in 'ab']",
        "A = Thing()",
        "A = threading.Event()",
        "if x:\n    A = []",
        "try:\n    A = set()\nfinally:\n    pass",
        "A = {'a': 1}\ndef f(): A['b'] = 2",
        "A = {'a': 1}\ndef f(): A.update(b=2)",
        "def f():\n    global A\n    A = 1",
    ],
)
def test_state_is_found(source: str) -> None:
    """What the test above looks for."""
    assert set(states(ast.parse(source))) == {"A"}


@pytest.mark.parametrize(
    "source",
    ["A = ('a', 'b')", "A = frozenset({'a'})", "A = re.compile('a')", "A: pytest.StashKey[int] = pytest.StashKey()", "A = {'a': ('b', 1)}"],
)
def test_constants_are_none(source: str) -> None:
    """A table that is only read is no state."""
    assert list(states(ast.parse(source))) == []


class Clocking(Journey, quiet=True):
    """Measures."""

    @step
    def act(self) -> None: ...


class Writing(Journey):
    """Would disturb the measurement."""

    @step
    def act(self) -> None: ...


def test_worker_waits_for_a_measurement_before_it_starts_journeys(tmp_path: Path) -> None:
    """Journeys play in threads beside the checks: those of a group that started first would disturb what another worker measures."""
    of = knowing(config(run(tmp_path, role=Role.WORKER, by="gw1")), Clocking, Writing)
    quiet, other = item("a.py::test_quiet", fixtures=["clocking"], of=of), item("a.py::test_other", fixtures=["writing"], of=of)
    (tmp_path / TEMPORARY).mkdir()
    checks = [quiet, other]
    distribution.group(of, checks)
    quiet.session = other.session = SimpleNamespace(items=checks)
    started: list[list[type[Journey]]] = []
    begun = threading.Event()

    def start(journeys: list[type[Journey]]) -> None:
        started.append(journeys)
        begun.set()

    of.stash[PLAYING] = cast("Playing", SimpleNamespace(scheduler=SimpleNamespace(start=start)))
    waiting = threading.Thread(target=timeline.pytest_runtest_setup, args=(other,))
    waiting.start()
    assert not begun.wait(0.2)
    assert waiting.is_alive()
    timeline.pytest_runtest_teardown(quiet)
    waiting.join(10)
    assert started == [[Writing]]


ENVIRONMENT = """
title = "Acme"
tier = "sandbox"
origin = "https://acme.example"
connect = "127.0.0.1:9"
[health]
[control]
addresses = []
[limits]
converge_seconds = 1
"""
OPEN = """
    import pytest
    from gonogo.plugin import loop

    loop.gate = lambda *_: None  # nobody is asked: these runs are about the way they end
"""
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False, 'it does'\n"


def ended(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, list[bool]]:
    """The exit code of a run of what stands in the folder, and for each end that its ledger knows whether it was an interrupt."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (pytester.path / "acme.toml").write_text(ENVIRONMENT, encoding="utf-8")
    words = ("-p", "gonogo.plugin.timeline", "-p", "no:cacheprovider", "--env", "acme.toml", "--out", "out", "--no-report", *arguments)
    code = int(pytester.runpytest_subprocess(*words).ret)
    found = read(pytester.path / "out" / "ledger.jsonl").records
    return code, [bool(fields(record, "interrupted")[0]) for record in found if record.kind == "finish"]


@pytest.mark.parametrize("workers", [0, 1])
def test_ctrl_c_in_a_check_is_no_verdict(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    """A run that somebody ends has no verdict: 2, with workers or without."""
    pytester.makeconftest(f"{OPEN}\n    def pytest_runtest_logreport(report):\n        raise KeyboardInterrupt\n")
    pytester.makepyfile(PASSES)
    assert ended(pytester, monkeypatch, "-n", str(workers)) == (2, [True])


def test_ctrl_c_while_checks_are_collected_is_no_verdict(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before there is anything to run."""
    pytester.makepyfile("raise KeyboardInterrupt")
    assert ended(pytester, monkeypatch) == (2, [True])


def test_ctrl_c_at_the_gate_is_no_verdict(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a version to arrive can take minutes: whoever ends that has ended the run, and nobody is asked anything more."""
    pytester.makeconftest(f"{OPEN}\n    def gate(*_):\n        raise KeyboardInterrupt\n    loop.gate = gate\n")
    pytester.makepyfile(PASSES)
    assert ended(pytester, monkeypatch) == (2, [True])


def test_max_fail_is_no_interrupt(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest ends the session as if by Ctrl-C; the run has a verdict all the same."""
    pytester.makeconftest(OPEN)
    pytester.makepyfile(FAILS + PASSES)
    code, interrupts = ended(pytester, monkeypatch, "--maxfail=1")
    assert (code in (1, 3), interrupts) == (True, [False])


def test_file_that_cannot_be_imported_is_no_interrupt(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest speaks of an interruption; it is a file of ours that hides checks, so nothing passes."""
    pytester.makeconftest(OPEN)
    pytester.makepyfile(test_good=PASSES, test_bad="import nothing_of_that_name\n")
    assert ended(pytester, monkeypatch) == (3, [False])


LEAVES = """
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(config):
        pytest.exit("enough", returncode=0)
"""


def test_session_that_ends_before_there_is_a_run_is_no_yes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves while pytest is configured names the exit code, and nobody has verified anything."""
    pytester.makeconftest(LEAVES)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (pytester.path / "acme.toml").write_text(ENVIRONMENT, encoding="utf-8")
    words = ("-p", "gonogo.plugin.timeline", "-p", "no:cacheprovider", "--env", "acme.toml", "--out", "out")
    assert int(pytester.runpytest_subprocess(*words).ret) == 3
    (pytester.path / "conftest.py").unlink()
    assert int(pytester.runpytest_subprocess(*words, "--version").ret) == 0


WRAPPED = """
    import pytest

    def pytest_configure(config):
        config.called = []

    class Around:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtestloop(self, session):
            session.config.called.append("around")
            return (yield)

    class Before:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session):
            session.config.called.append("before")

    def pytest_collection_finish(session):
        for plugin in (Around(), Before()):
            session.config.pluginmanager.register(plugin)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(config):
        print("called:", *config.called)
"""


def test_everybody_else_in_the_loop_is_called_once(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop calls everybody else's itself: whoever stands around it (pytest's own logging does) or came first was called already."""
    pytester.makeconftest(OPEN + WRAPPED)
    pytester.makepyfile(PASSES)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (pytester.path / "acme.toml").write_text(ENVIRONMENT, encoding="utf-8")
    words = ("-p", "gonogo.plugin.timeline", "-p", "no:cacheprovider", "--env", "acme.toml", "--out", "out", "--no-report", "-s")
    result: Any = pytester.runpytest_subprocess(*words)
    assert "called: around before" in result.outlines
