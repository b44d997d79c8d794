"""`python -m gonogo verify`: the exit code is the verdict's, whatever is done to the process that plays the run.

The ids are those of the cases by which it was found out that it was not.
"""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.command import running
from tests.end_to_end.situations.acme import BROKEN, FEW, GREEN, SILENT, Acme, acme

AT_EXIT = "import atexit, os\n\natexit.register(lambda: os._exit({code}))\n"
UNCONFIGURED = "def pytest_unconfigure():\n    {line}\n"


@dataclass(frozen=True)
class Case:
    """What is done to the run, and how it has to end: the exit code, and what the verdict's line begins with (empty: there is none)."""

    id: str
    code: int
    verdict: str = ""
    checks: str = GREEN
    conftest: str = ""
    options: tuple[str, ...] = ()
    addopts: str = ""


# In the run's process the pipe to the parent is open: a check names a ledger that is well.
ANOTHER = """\
    import json, os, stat

    other = os.environ["ACME_OTHER"]
    found, run = os.stat(other), json.loads(open(other).readline())["run"]
    said = json.dumps({"ledger": other, "run": run, "file": [found.st_dev, found.st_ino], "code": 0}).encode() + b"\\n"
    for descriptor in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, said)
        except OSError:
            pass
    os._exit(0)
"""


CASES = [
    Case("Y4", 3, addopts="--collect-only"),
    Case("Y4-manifest", 4, addopts="--manifest=check"),
    Case("Y4-help", 3, addopts="--help"),
    Case("Y5", 3, "INCONCLUSIVE", GREEN + "    import os\n    os._exit(0)\n"),
    Case("Y5-killed", 3, "INCONCLUSIVE", GREEN + "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n"),
    Case("Y6", 1, "FAIL", BROKEN, AT_EXIT.format(code=0)),
    Case("Y6-pass", 0, "PASS", GREEN, AT_EXIT.format(code=7)),
    Case("another ledger", 3, checks=GREEN + ANOTHER),
    Case("Y7", 3, options=("-p", "no:gonogo.plugin.timeline")),
    Case("Y9", 0, "PASS", GREEN, UNCONFIGURED.format(line="import socket\n    ring = [socket.socket()]\n    ring.append(ring)")),
    Case("crash", 1, "FAIL", BROKEN, UNCONFIGURED.format(line="import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)")),
    Case("raises", 0, "PASS", GREEN, UNCONFIGURED.format(line="raise RuntimeError('at the very end')")),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """A deployment that is well."""
    with acme(tmp_path_factory.mktemp("acme"), 0) as found:
        found.due(door_opens="critical", bell_rings="critical")
        yield found


AT_NIGHT = {"Y4-manifest", "Y4-help", "Y5-killed", "Y6-pass", "raises"}
"""Others of a kind that each change plays once."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.nightly if case.id in AT_NIGHT else (), id=case.id) for case in CASES]
)
def test_exit_code_is_the_verdicts(shop: Acme, tmp_path: Path, case: Case) -> None:
    """And the digest that is handed over is that of the ledger which the verdict was drawn from; without a verdict there is none."""
    if case.checks.endswith(ANOTHER):
        shop.write("test_acme.py", GREEN)
        passed = shop.command("verify", f"--out={tmp_path / 'other'}", f"--env={shop.declare()}", "--no-report", "suites/health")
        assert passed.returncode == 0, passed.stdout
    shop.write("test_acme.py", case.checks)
    conftest, digest, out = shop.write("conftest.py", case.conftest), tmp_path / "digest", tmp_path / "out"
    digest.write_text("0" * 64 + "\n", encoding="utf-8")  # of an earlier run
    words = [f"--out={out}", f"--env={shop.declare(after=FEW)}", "--no-report", "--digest", str(digest), *case.options]
    addopts = {"PYTEST_ADDOPTS": case.addopts} if case.addopts else {}
    shop.variables = addopts | {"ACME_OTHER": str(tmp_path / "other" / "ledger.jsonl")}
    try:
        ended = shop.command("verify", *words, str(shop.checks), "suites/health")
    finally:
        shop.variables = {}
        conftest.unlink()
    said = ended.stdout + ended.stderr
    verdicts = [line for line in ended.stdout.splitlines() if line.startswith(("PASS ", "FAIL ", "INCONCLUSIVE "))]
    assert (ended.returncode, [line.split()[0] for line in verdicts]) == (case.code, [case.verdict] if case.verdict else []), said
    assert "Traceback (most recent" not in ended.stdout + ended.stderr
    assert digest.exists() is bool(case.verdict)
    if case.verdict:
        assert f"digest   sha256:{digest.read_text().strip()}" == ended.stdout.splitlines()[-1]
        assert (SILENT in verdicts[0]) is (case.verdict == "FAIL")


ADVICE = f"""\
[[advice]]
checks = ["acme"]
owner = "the bell founder"
reason = "a new clapper, ACME-9"
expires = {dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)}
"""
REWRITTEN = f"""\
    import os
    from pathlib import Path

    Path(os.environ["ACME_RULES"]).write_text({ADVICE!r})
    raise AssertionError("the bell is silent")
"""


@pytest.mark.parametrize(
    ("how", "before", "check", "code"),
    [("named", ADVICE, BROKEN, 0), ("by PYTEST_ADDOPTS", ADVICE, BROKEN, 1), ("rewritten by a check", "", GREEN + REWRITTEN, 1)],
    ids=["named", "addopts", "rewritten"],
)
def test_rules_of_a_team_are_those_that_the_run_was_given(shop: Acme, tmp_path: Path, how: str, before: str, check: str, code: int) -> None:
    """What a check is advice by was named to the command, and is what it was when the run began."""
    rules = tmp_path / "rules.toml"
    rules.write_text(before, encoding="utf-8")
    shop.write("test_acme.py", check)
    option = f"--rules={rules}"
    shop.variables = {"ACME_RULES": str(rules)} | ({"PYTEST_ADDOPTS": option} if how == "by PYTEST_ADDOPTS" else {})
    words = [f"--out={tmp_path / 'out'}", f"--env={shop.declare(after=FEW)}", "--no-report", str(shop.checks), "suites/health"]
    try:
        ended = shop.command("verify", *words, *(() if how == "by PYTEST_ADDOPTS" else (option,)))
    finally:
        shop.variables = {}
    said = ended.stdout + ended.stderr
    assert ended.returncode == code, said
    assert rules.read_text(encoding="utf-8") == ADVICE
    ledger = str(tmp_path / "out" / "ledger.jsonl")
    if code:
        assert SILENT in said
        assert "advice until" not in said or how == "by PYTEST_ADDOPTS"
        assert shop.command("verdict", ledger).returncode == code
        return
    assert f"{SILENT}; advice until " in said
    assert "by the bell founder: a new clapper, ACME-9" in said
    judged = {"with": shop.command("verdict", ledger, option), "without": shop.command("verdict", ledger)}
    assert {name: done.returncode for name, done in judged.items()} == {"with": 0, "without": 1}
    assert "rules of a team" in judged["without"].stdout


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)])
def test_signals_reach_the_run(shop: Acme, tmp_path: Path, number: signal.Signals) -> None:
    """Whoever asks the parent to end asks the run, and hears its verdict from the parent."""
    shop.write("test_acme.py", GREEN + "    import time\n    time.sleep(60)\n")
    words = [f"--env={shop.declare(after=FEW)}", str(shop.checks), "suites/health", "--no-report"]
    with running(tmp_path / "out", *words, parent=True) as run:
        until = time.monotonic() + 60
        while '"check":"acme::door_opens"' not in _text(tmp_path / "out" / "ledger.jsonl") and time.monotonic() < until:
            time.sleep(0.1)
        run.process.send_signal(number)
        ended = run.wait(30)
    assert ended.status == (2 if number is signal.SIGINT else 3), ended.said
    assert any(line.startswith("INTERRUPTED" if number is signal.SIGINT else "INCONCLUSIVE") for line in ended.lines), ended.said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("notes.md", "mine\n", "holds something else than a digest"),
        ("nowhere/digest", None, "there is no folder"),
        ("", None, "needs the name"),
    ],
)
def test_file_of_the_digest_is_not_somebody_elses(shop: Acme, tmp_path: Path, name: str, text: str | None, said: str) -> None:
    """Nothing is replaced, and nothing was sent by then."""
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = shop.command("verify", f"--env={shop.declare()}", f"--digest={tmp_path / name if name else ''}")
    assert (ended.returncode, said in ended.stderr) == (4, True), ended.stderr
    assert text is None or (tmp_path / name).read_text(encoding="utf-8") == text


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
