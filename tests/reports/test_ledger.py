"""The ledger file: many writers, sudden deaths, and what a reader makes of them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.ledger import Ledger, LedgerError, read
from reports.reasons import Kind
from reports.records import CostReported, Leak, Searched, StepEnded, seal
from tests.reports.ledgers import HEALTH, healthy, judged, kinds, result, run, sealed

WRITER = """
import sys
from pathlib import Path
from reports.ledger import Ledger
from reports.records import StepEnded
ledger = Ledger(Path(sys.argv[1]), "run-1", by=sys.argv[2])
for number in range(int(sys.argv[3])):
    ledger.append(StepEnded(journey=sys.argv[2], step=str(number), state="done", cause="x" * 3000))
    if number == 0:
        print("going", flush=True)
"""
ROOT = Path(__file__).resolve().parents[2]


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Another process that writes into the same ledger."""
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "runs" / "ledger.jsonl"


def test_records_come_back_as_they_were(path: Path) -> None:
    """What is written is read, stamped with run, moment and writer, which a record may also bring along."""
    ledger = Ledger(path, "run-1", by="gw0")
    ledger.append(run())
    ledger.append(result(HEALTH, at=5.0), CostReported(requests=1))
    ledger.close()
    reading = read(path)
    assert reading.damage == ()
    assert [r.kind for r in reading.records] == ["run", "result", "cost"]
    assert {(r.run, r.by) for r in reading.records} == {("run-1", "gw0")}
    assert reading.records[1].at == 5.0
    assert abs(reading.records[2].at - time.time()) < 3600


def test_finished_run_can_be_judged(path: Path) -> None:
    """A ledger that was written, finished and searched is sealed, and its verdict is that of its records."""
    ledger = Ledger(path, "run-1")
    for record in healthy():
        ledger.append(record.model_copy(update={"at": 0.0}))
    finish = ledger.finish(0)
    unsearched = judged(read(path).records)
    assert (unsearched.exit_code, kinds(unsearched)) == (3, ["unsearched"])
    ledger.append(Searched())
    ledger.close()
    records = read(path).records
    assert (finish.records, finish.digest) == seal(records)
    assert judged(records).exit_code == 0


def test_several_processes_and_threads_write_whole_lines(path: Path) -> None:
    """Writers in processes and threads at the same time leave every record whole."""
    processes = [writer(path, f"process-{number}", 40) for number in range(2)]
    ledger = Ledger(path, "run-1", by="threads")

    def write(name: str) -> None:
        for number in range(40):
            ledger.append(StepEnded(journey=name, step=str(number), state="done", cause="y" * 2000))

    threads = [threading.Thread(target=write, args=(f"thread-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate()[1] or process.returncode for process in processes] == [0, 0]
    reading = read(path)
    assert reading.damage == ()
    assert len({(r.journey, r.step) for r in reading.records if r.kind == "step"}) == len(reading.records) == 6 * 40


def test_killed_writer_leaves_what_it_knew(path: Path) -> None:
    """After SIGKILL every record that was written is there."""
    process = writer(path, "doomed", 100_000)
    assert process.stdout is not None
    assert process.stdout.readline() == "going\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    reading = read(path)
    steps = [int(r.step) for r in reading.records if r.kind == "step"]
    assert steps == list(range(len(steps)))
    assert steps


def test_cut_line_is_reported(path: Path) -> None:
    """A last line without its end is damage, and what stands before it is still read."""
    ledger = Ledger(path, "run-1")
    ledger.append(run(), result(HEALTH))
    ledger.close()
    path.write_bytes(path.read_bytes()[:-10])
    reading = read(path)
    assert [r.kind for r in reading.records] == ["run"]
    assert len(reading.damage) == 1
    assert "line 2" in reading.damage[0]
    assert "cut off" in reading.damage[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "Invalid JSON"),
        ('{"kind": "surprise"}', "surprise"),
        ('{"kind": "cost", "requests": "many"}', "cost.requests"),
        ('{"kind": "cost", "extra": 1}', "cost.extra"),
        ("", "Invalid JSON"),
        ('{"kind": "timings", "wall": NaN, "longest_chain": 1}', "timings.wall"),
    ],
)
def test_foreign_line_is_reported(path: Path, line: str, words: str) -> None:
    """A line that is no record is named with its number and what is wrong with it, and spoils no other."""
    ledger = Ledger(path, "run-1")
    ledger.append(CostReported(requests=1))
    with path.open("a") as file:
        file.write(line + "\n")
    ledger.append(CostReported(requests=2))
    ledger.close()
    reading = read(path)
    assert [r.requests for r in reading.records if r.kind == "cost"] == [1, 2]
    assert len(reading.damage) == 1
    assert "line 2" in reading.damage[0]
    assert words in reading.damage[0]


def test_after_the_finish_only_the_search_for_secrets_writes(path: Path) -> None:
    """A journey that nobody waited for adds nothing; a secret that is found afterwards does, and that none was."""
    ledger = Ledger(path, "run-1")
    ledger.append(run())
    ledger.finish(0)
    ledger.append(StepEnded(journey="late", step="a", state="done"), Leak(secret="TOKEN", where="report.html"), Searched())
    ledger.close()
    reading = read(path)
    assert [r.kind for r in reading.records] == ["run", "finish", "leak", "searched"]
    assert "broken_seal" not in {r.kind for r in judged(reading.records).reasons}


def test_secrets_are_hidden_before_they_are_written(path: Path) -> None:
    """Every line goes through the redaction that the ledger was given, and the seal is that of what was written."""
    ledger = Ledger(path, "run-1", redact=lambda line: line.replace("hunter22", "[hidden]"))
    ledger.append(run(), result(HEALTH, "failed", "said hunter22"))
    ledger.finish(1)
    ledger.close()
    assert b"hunter22" not in path.read_bytes()
    records = read(path).records
    assert "broken_seal" not in {r.kind for r in judged(records).reasons}


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A ledger that is not there is named, with what to do."""
    with pytest.raises(ReportError, match=r"cannot read the ledger .*nowhere\.jsonl: No such file or directory; name a ledger"):
        read(tmp_path / "nowhere.jsonl")


def test_unwritable_place_is_one_sentence(tmp_path: Path) -> None:
    """A ledger that cannot be opened stops a run before it sends anything."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot open the ledger"):
        Ledger(tmp_path / "file" / "ledger.jsonl", "run-1")


def test_full_disk_is_one_sentence() -> None:
    """A run that cannot record what it sees must not go on."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(LedgerError, match="No space left"):
        Ledger(full, "run-1").append(run())


@given(cut=st.integers(1, 400), other=st.integers(1, 400))
def test_lines_of_two_writers_that_ran_into_each_other_never_pass(cut: int, other: int) -> None:
    """On a file system that interleaves writes a line can hold halves of two: whatever is left of them, it is no pass."""
    lines = [record.model_dump_json() for record in sealed(healthy())]
    first, second = len(lines) // 2, len(lines) // 2 + 1
    torn = lines[first][:cut] + lines[second][:other]
    rest = lines[first][cut:] + lines[second][other:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        path.write_text("\n".join([*lines[:first], torn, rest, *lines[second + 1 :]]) + "\n")
        reading = read(path)
    verdict = judged(reading.records, damage=reading.damage)
    assert verdict.kind == Kind.INCONCLUSIVE
    assert {"damaged", "broken_seal"} & {reason.kind for reason in verdict.reasons}


def test_two_runs_in_one_folder_never_pass(path: Path) -> None:
    """Two processes that both believe to own the run leave a ledger of two runs, whichever of them finished last."""
    ledgers = [Ledger(path, name) for name in ("run-1", "run-2")]
    for record in healthy():
        for ledger in ledgers:
            ledger.append(record)
    for ledger in ledgers:
        ledger.finish(0)
        ledger.close()
    kinds = {reason.kind for reason in judged(read(path).records).reasons}
    assert {"several_runs", "foreign", "finished_twice"} <= kinds
