"""What happens to the runner: ten situations, measured, in which pytest or Allure's quality gate ended with 0 and must not have.

Measured with pytest 9.2.0, allure-pytest 2.16.2, pytest-xdist 3.8.0 and allure 3.18.0. A number with a letter is a variation.
"""

from __future__ import annotations

from functools import partial

from reports.ledger import read
from tests.end_to_end.command import Ended
from tests.end_to_end.situations.acme import BROKEN, GREEN, SILENT, Acme
from tests.end_to_end.situations.table import BOTH, WITH_WORKERS, Situation

SPOILER = '''\
"""A check after which nothing is as it was."""

import os
import signal
import time
from pathlib import Path

import pytest

from gonogo.run.state import run_of


def runner() -> int:
    """The process that a person or CI has started: with workers it is the parent of this one."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@pytest.mark.requires("health")
def test_spoils(pytestconfig) -> None:
    """Waits until the ledger holds the outcome that matters, and spoils the run."""
    run = run_of(pytestconfig)
    until = time.monotonic() + 20
    while '"outcome":"{after}"' not in (run.out / "ledger.jsonl").read_text() and time.monotonic() < until:
        time.sleep(0.05)
    results = list(Path(pytestconfig.option.allure_report_dir).iterdir())
    {spoil}
'''
PLUGIN = '''\
"""Acme's own settings for pytest."""

import pytest


'''
SKIPS = """\
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.skip(reason="no credentials: ACME_TOKEN is not set"))
"""
LEAVES_OUT = """\
def pytest_collection_modifyitems(config, items):
    gone = [item for item in items if "deployment_says_that_it_is_healthy" in item.name]
    items[:] = [item for item in items if item not in gone]
"""
DESELECTS = LEAVES_OUT + "    config.hook.pytest_deselected(items=gone)\n"
# For pytest's status 5 (no test was collected) this is a widespread recipe.
REPLACES = """\
@pytest.hookimpl({when})
def pytest_sessionfinish(session):
    session.exitstatus = {status}
"""
EXITS = """\
def {hook}():
    pytest.exit("nothing more to do", returncode=0)
"""
DIES = "os.kill({process}, signal.{signal}); time.sleep(20)"


def played(acme: Acme, *more: str, checks: str = GREEN, plugin: str = "", spoil: str = "", after: str = "failed") -> Ended:
    """A run with these checks, this conftest.py, and a check that spoils the run once the ledger holds such an outcome."""
    acme.write("test_acme.py", checks)
    if plugin:
        acme.write("conftest.py", PLUGIN + plugin)
    if spoil:
        acme.write("test_spoiler.py", SPOILER.format(spoil=spoil, after=after))
    return acme.verify(*more)


def dead(acme: Acme, ended: Ended) -> Ended:
    """The runner is gone: it has left no verdict, and its exit status was no yes. The ledger is judged."""
    assert ended.status != 0, ended.said
    assert not (ended.out / "verdict.json").exists()
    assert read(ended.out / "ledger.jsonl").records
    return acme.conclude(ended.out / "ledger.jsonl")


def nothing_recorded(acme: Acme) -> Ended:
    ledger = acme.folder / "ledger.jsonl"
    ledger.touch()
    return acme.conclude(ledger)


def killed(acme: Acme) -> Ended:
    """An earlier run in the same folder has passed: what it left is no answer about this one."""
    out = acme.out()
    assert acme.verify(out=out).status == 0
    acme.write("test_spoiler.py", SPOILER.format(spoil=DIES.format(process="runner()", signal="SIGKILL"), after="passed"))
    return dead(acme, acme.verify(out=out))


def killed_while_writing(acme: Acme) -> Ended:
    """What was written ends in the middle of the failure."""
    ended = played(acme, checks=BROKEN, spoil=DIES.format(process="runner()", signal="SIGKILL"))
    ledger = ended.out / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    (failed,) = (number for number, line in enumerate(lines) if b'"outcome":"failed"' in line)
    ledger.write_bytes(b"".join(lines[:failed]) + lines[failed][: len(lines[failed]) // 2])
    return dead(acme, ended)


def worker_dies(acme: Acme) -> Ended:
    ended = played(acme, spoil=DIES.format(process="os.getpid()", signal="SIGKILL"), after="passed")
    return ended if acme.workers else dead(acme, ended)


def runner_dies(acme: Acme) -> Ended:
    return dead(acme, played(acme, spoil=DIES.format(process="runner()", signal="SIGSEGV"), after="passed"))


def import_error(acme: Acme, *more: str) -> Ended:
    acme.write("test_broken.py", "import acme_tools_that_are_not_there\n")
    return acme.verify(*more)


def advice(acme: Acme) -> Ended:
    acme.due(door_opens="critical", bell_rings="minor")
    return played(acme, checks=BROKEN.replace("@critical\ndef test_bell", "@minor\ndef test_bell"))


def vanished(acme: Acme) -> Ended:
    """The failing check is taken out of its file; the list of those that are due still has it."""
    return played(acme, checks=GREEN.replace("test_bell_rings", "bell_rings"))


def two_environments(acme: Acme) -> Ended:
    """One folder of results for both; the ledgers are judged as one."""
    results = f"--alluredir={acme.folder / 'results'}"
    acme.write("test_acme.py", BROKEN)
    staging = acme.verify(results, env=acme.declare("staging"))
    assert (staging.status, staging.verdict["kind"]) == (1, "fail"), staging.said
    acme.write("test_acme.py", GREEN)
    preview = acme.verify(results, env=acme.declare("preview"))
    assert (preview.status, preview.verdict["environment"]) == (0, "preview"), preview.said
    together = acme.folder / "together.jsonl"
    together.write_bytes(b"".join((ended.out / "ledger.jsonl").read_bytes() for ended in (staging, preview)))
    return acme.conclude(together)


def of_a_part(acme: Acme, ended: Ended) -> None:
    """A part has a result, and says so; it gets no ticket."""
    assert ended.verdict["part"], ended.said
    refused, ticket = acme.sign(ended)
    assert (refused.returncode, ticket.exists()) == (1, False), refused.stdout + refused.stderr


EMPTIES = "[file.unlink() for file in results]"
CUTS = "[file.write_bytes(file.read_bytes()[:40]) for file in results]"
IMPORT = ("test_broken.py could not be collected", "acme_tools_that_are_not_there")
HEALTHY = "health.health::deployment_says_that_it_is_healthy"
UNFINISHED = ("the main pass never finished",)

ROWS = (
    Situation("01-results-emptied", "the results folder is empty", partial(played, checks=BROKEN, spoil=EMPTIES), "fail", (SILENT,)),
    Situation("01b-no-records", "nothing was recorded", nothing_recorded, "inconclusive", ("the ledger is empty",)),
    Situation("02-all-skipped", "every check is skipped", partial(played, plugin=SKIPS), "inconclusive", ("skipped: no credentials",)),
    Situation("03-results-cut", "the failed results are cut off", partial(played, checks=BROKEN, spoil=CUTS), "fail", (SILENT,)),
    Situation("03b-killed", "the runner is killed", killed, "inconclusive", UNFINISHED, workers=BOTH),
    Situation(
        "03c-killed-writing",
        "the runner is killed while it writes a failure",
        killed_while_writing,
        "inconclusive",
        UNFINISHED,
    ),
    Situation("04-worker-dies", "a worker dies inside a check", worker_dies, "inconclusive", ("spoiler::spoils",), workers=WITH_WORKERS),
    Situation("05-runner-dies", "plain pytest dies", runner_dies, "inconclusive", UNFINISHED),
    Situation("06-import-error", "a module cannot be imported", import_error, "inconclusive", IMPORT, workers=BOTH),
    Situation(
        "06b-continued",
        "the same, and collection goes on",
        lambda acme: import_error(acme, "--continue-on-collection-errors"),
        "inconclusive",
        IMPORT,
        workers=WITH_WORKERS,
    ),
    Situation(
        "07-status-replaced",
        "a plugin says 0 after a failure",
        partial(played, checks=BROKEN, plugin=REPLACES.format(when="", status=0)),
        "fail",
        (SILENT,),
    ),
    Situation(
        "07b-at-last",
        "the same, after everybody else",
        partial(played, checks=BROKEN, plugin=REPLACES.format(when="trylast=True", status=0)),
        "fail",
        (SILENT,),
    ),
    Situation(
        "07c-no-tests",
        "a plugin says 0 where no test was collected",
        lambda acme: played(acme, "-k", "there_is_no_such_check", plugin=REPLACES.format(when="trylast=True", status=0)),
        "inconclusive",
        ("nothing that is required was selected",),
        workers=WITH_WORKERS,
    ),
    Situation("07d-advice", "pytest says 1 because of mere advice", advice, "pass", (SILENT,)),
    Situation(
        "07e-status-137",
        "a plugin says 137 after a pass",
        partial(played, plugin=REPLACES.format(when="trylast=True", status=137)),
        "pass",
    ),
    Situation(
        "08-two-environments", "a check fails on staging and passes on preview", two_environments, "fail", (SILENT, "holds 2 run records")
    ),
    Situation(
        "09-deselected", "a plugin deselects a required check", partial(played, plugin=DESELECTS), "inconclusive", (HEALTHY,), workers=BOTH
    ),
    Situation(
        "09b-left-out",
        "a plugin leaves out a required check",
        partial(played, plugin=LEAVES_OUT),
        "inconclusive",
        (HEALTHY,),
    ),
    Situation("09c-ignored", "--ignore", lambda acme: played(acme, "--ignore=suites/health"), "inconclusive", (HEALTHY,)),
    Situation("09g-vanished", "a check is gone", vanished, "inconclusive", ("acme::bell_rings: required, and not collected",)),
    Situation("09d-maxfail", "--maxfail", lambda acme: played(acme, "--maxfail=1", checks=BROKEN), "fail", (SILENT,), workers=BOTH),
    Situation("09e-keyword", "-k", lambda acme: played(acme, "-k", "not bell", checks=BROKEN), "pass", also=of_a_part),
    Situation(
        "09f-deselect",
        "--deselect",
        lambda acme: played(acme, "--deselect=test_acme.py::test_bell_rings", checks=BROKEN),
        "pass",
        also=of_a_part,
        workers=WITH_WORKERS,
    ),
    Situation(
        "10-exit-zero",
        "pytest.exit(returncode=0) after a failure",
        partial(played, checks=BROKEN, spoil='pytest.exit("done", returncode=0)'),
        "fail",
        (SILENT,),
        workers=BOTH,
    ),
    Situation(
        "10b-at-the-end",
        "the same when the session ends",
        partial(played, checks=BROKEN, plugin=EXITS.format(hook="pytest_sessionfinish")),
        "fail",
        (SILENT,),
        workers=WITH_WORKERS,
    ),
    Situation(
        "10c-at-the-start",
        "the same when it starts",
        partial(played, plugin=EXITS.format(hook="pytest_sessionstart")),
        "inconclusive",
        ("instead of finishing its checks",),
    ),
)
