"""Whose files lie in the output folder, as whole runs meet it; and interpreters in which no check can fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from reports.folder import MARK, OutputFolder
from tests.clients.servers import Answer, Arrived, Server, serving
from tests.end_to_end.command import Ended, running, verify
from tests.end_to_end.servers import HOST, declared, healthy
from tests.end_to_end.situations.acme import BROKEN, Acme, acme

FEW = "requests = 10"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A deployment that is well."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as made:
        made.routes = healthy()
        yield made


@pytest.fixture
def words(server: Server, tmp_path: Path) -> list[str]:
    """What a run against it is called with."""
    return [f"--env={declared(tmp_path / 'acme.toml', server, after=FEW)}", "--no-report", "suites/health"]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, also what a link leads to."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def theirs(folder: Path, *names: str) -> dict[str, bytes]:
    """Somebody's files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    return contents(folder)


def refused(ended: Ended, out: Path, said: str) -> None:
    """A usage error, one line, about the folder."""
    assert ended.status == 4, ended.said
    assert len(ended.lines) == 1, ended.said
    assert f"--out {out}: " in ended.lines[0], ended.said
    assert said in ended.lines[0], ended.said


def test_files_of_others_are_not_touched(words: list[str], tmp_path: Path) -> None:
    """O1 to O3: those with the names that gonogo uses itself, and those that a run's own refusal comes before."""
    out = tmp_path / "out"
    before = theirs(out, "tmp/deep/mine", "report.html", "junit.xml", "allure-results/old-result.json", "measured/mine")
    refused(verify(out, *words), out, "allure-results and 4 more, which has no mark of gonogo's: nothing was touched")
    assert contents(out) == before


def test_history_is_handed_over_and_not_put_into_the_folder(words: list[str], tmp_path: Path) -> None:
    """O5: a file that nobody has marked is somebody's, also where it has the name of a history; the option reads it where it is."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    handed = b'{"uuid": "a", "name": "a", "timestamp": 1, "testResults": {}}\n'
    for folder in (out, elsewhere):
        folder.mkdir()
        (folder / "history.jsonl").write_bytes(handed)
    refused(verify(out, *words), out, "holds history.jsonl, which has no mark of gonogo's: nothing was touched")
    assert contents(out) == {"history.jsonl": handed}
    ended = verify(tmp_path / "new", *words, f"--history={elsewhere / 'nowhere'}")
    assert (ended.status, (tmp_path / "new").exists()) == (4, False), ended.said
    assert "cannot be read (No such file or directory): name the history.jsonl of an earlier run" in ended.lines[-1], ended.said
    assert verify(tmp_path / "new", *words, f"--history={elsewhere / 'history.jsonl'}").status == 0
    assert contents(elsewhere) == {"history.jsonl": handed}


MISTAKES = (
    ("--env=nowhere", "suites/health"),
    ("suites/nowhere",),
    ("suites/health/test_health.py::test_nowhere",),
    ("suites/health", "-m", "no_such_mark"),
    ("suites/health", "-k", "not ("),
    ("suites/health", "-o", "nonsense=1"),
    ("suites/nowhere", "-n", "1"),
)


def test_usage_error_leaves_the_last_run_as_it_was(words: list[str], tmp_path: Path) -> None:
    """What the run before has found is there until another one begins: neither a mistake in the file nor one in the options ends it."""
    out = tmp_path / "out"
    assert verify(out, *words).status == 0
    before = evidence(out)
    for mistake in MISTAKES:
        ended = verify(out, *words[:-1], *mistake)
        assert ended.status == 4, ended.said
        assert evidence(out) == before, mistake
    assert verify(out, *words, "-m", "smoke").status == 0


def evidence(folder: Path) -> dict[str, bytes]:
    """What a run has left, but for the mark."""
    return {name: text for name, text in contents(folder).items() if name != MARK}


ENDS = {
    "configure": "def pytest_configure(config):\n    raise RuntimeError('broken')\n",
    "configure-exits": "import pytest\n\ndef pytest_configure(config):\n    pytest.exit('enough', returncode=0)\n",
    "start-exits": "import pytest\n\n\n@pytest.hookimpl(tryfirst=True)\n"
    "def pytest_sessionstart(session):\n    pytest.exit('enough', returncode=0)\n",
}


@pytest.mark.parametrize("ends", ENDS)
def test_run_that_never_begins_is_no_verdict_and_leaves_its_folder_usable(tmp_path: Path, ends: str) -> None:
    """A plugin that breaks or leaves before the first check says nothing about the deployment: 3, a sentence, and the next run works."""
    with acme(tmp_path, 0) as made:
        out = made.out()
        file = made.write("conftest.py", ENDS[ends])
        ended = made.verify(out=out)
        assert ended.status == 3, ended.said
        assert "AssertionError" not in ended.text, ended.said
        file.unlink()
        assert made.verify(out=out).status == 0


def test_folder_is_used_by_one_run_at_a_time(words: list[str], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """O6: the second is refused, and the first concludes over what it has written itself, also where both have one id."""
    out = tmp_path / "out"
    with OutputFolder(out, ()):
        refused(verify(out, *words, "--run-id", "same"), out, "another run is using")
    ended = verify(out, *words, "--run-id", "same")
    assert (ended.status, ended.verdict["run"]) == (0, "same"), ended.said
    asked, free = threading.Event(), threading.Event()

    def held(arrived: Arrived) -> Answer | None:
        asked.set()
        free.wait(60)
        return healthy()["/status"](arrived)

    monkeypatch.setattr(server, "routes", {"/status": held})
    with running(out, *words, "--run-id", "same") as first:
        first.wait_until(asked.is_set, "the first run has begun")
        (tmp_path / "by-another-name").symlink_to(out)
        refused(verify(tmp_path / "by-another-name", *words, "--run-id", "same"), out, "another run is using")
        free.set()
        assert first.wait().status == 0


@pytest.mark.parametrize(
    ("variables", "more"),
    [
        ({"PYTHONOPTIMIZE": "1", "PYTEST_ADDOPTS": "--assert=plain -W ignore"}, ()),
        ({"PYTHONOPTIMIZE": "1"}, ("--assert=plain", "-o", "filterwarnings=ignore")),
        ({"PYTHONOPTIMIZE": "2"}, ()),
    ],
    ids=["ignored", "by option", "rewritten"],
)
def test_interpreter_without_assertions_is_refused(
    words: list[str], tmp_path: Path, variables: Mapping[str, str], more: tuple[str, ...]
) -> None:
    """In one that leaves assertions out a broken deployment would pass: nothing is played there."""
    ended = verify(tmp_path / "out", *words, *more, env=variables)
    assert ended.status == 4, ended.said
    assert "leaves assertions out, so that every check would pass: start Python without -O" in ended.lines[-1], ended.said
    assert not (tmp_path / "out" / "verdict.json").exists()


SETS = """\
import os

os.environ["PYTHONOPTIMIZE"] = "1"
"""


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Acme]:
    """A deployment with a check that does not hold, whose conftest.py takes the assertions from whatever is started after it."""
    with acme(tmp_path, 2) as made:
        made.write("test_acme.py", BROKEN)
        made.write("conftest.py", SETS)
        yield made


def test_worker_that_would_lose_its_assertions_is_refused(broken: Acme) -> None:
    """The variable is set when the run is under way already: what a worker inherits is asked of the worker."""
    ended = broken.verify()
    assert ended.status == 4, ended.said
    assert "the Python of worker gw0 leaves assertions out" in ended.text, ended.said
