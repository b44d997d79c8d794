"""`python -m gonogo prove`: which faults are proved, in which system, and what is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gonogo.proving import command, detection, prove
from gonogo.proving.prove import Proof
from sandbox.faults.catalogue import Fault
from sandbox.system import System
from tests.gonogo.proving.test_detection import result

FAULT = """
id = "Y01"
symptom = "s"
cause = "c"
[inject.vars]
BASE_URL = "https://localhost"
[expect]
verdict = "fail"
check = "a::b"
words = ["localhost"]
"""


class Bench:
    """Proving that boots nothing: what was asked for, and what was written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.written: list[str] = []
        bench = self

        class Prover:
            def __init__(self, system: System, faults: Sequence[Fault], _healthy: int, _say: Callable[[str], None]) -> None:
                bench.asked.append((system.name, [fault.id for fault in faults]))
                self.faults = faults

            def run(self, _jobs: int) -> Proof:
                """Everything is noticed."""
                return Proof(tuple(result(fault, check="a::b") for fault in self.faults))

        monkeypatch.setattr(prove, "Prover", Prover)
        monkeypatch.setattr(prove, "remember", lambda _: self.written.append("results"))
        monkeypatch.setattr(detection, "write", lambda _: self.written.append("page"))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_fault_of_the_catalogue_is_written_down(bench: Bench) -> None:
    """By its id, in the default system."""
    assert command.main(["prove", "A01"]) == 0
    assert bench.asked == [("fm5", ["A01"])]
    assert bench.written == ["results", "page"]


def test_folder_outside_is_proved_and_not_written_down(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the system that is named; the page and the results are those of the catalogue."""
    folder = tmp_path / "Y01_name"
    folder.mkdir()
    (folder / "fault.toml").write_text(FAULT, encoding="utf-8")
    assert command.main(["prove", str(folder), "--system", "fm5"]) == 0
    assert bench.asked == [("fm5", ["Y01"])]
    assert bench.written == []
    assert "1 of 1 faults noticed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["A01", "--system", "nothing"], "nothing: unknown system; known: fm5, plain"),
        (["A01", "--system", "plain"], "there is no fault 'A01': the system plain has none"),
        (["--system", "plain"], "no Worker names the environment that verifies it"),
        (["../gone/Y01_name"], "fault.toml: cannot be read"),
    ],
)
def test_what_cannot_be_proved_is_one_sentence(bench: Bench, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["prove", *words]) == 3
    assert said in capsys.readouterr().err
    assert bench.asked == []
