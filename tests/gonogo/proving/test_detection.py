"""docs/detection.md belongs to today's catalogue, checks and results."""

from __future__ import annotations

import fnmatch
from pathlib import Path

from gonogo.proving import detection
from gonogo.proving.prove import Alarm, FaultResult, Proof, recall, remember
from reports.manifest import Manifest
from sandbox.faults.catalogue import Fault, catalogue
from tests.gonogo.proving.test_judging import CHECK, OTHER, fault


def result(measured: Fault, **changes: object) -> FaultResult:
    """A fault that was noticed."""
    made = {"noticed": True, "check": CHECK, "misattributed": (), "problems": (), "red": (CHECK,), "seconds": 31.4, **changes}
    return FaultResult(fault=measured.id, digest=measured.digest, **made)  # type: ignore[arg-type]


def test_page_is_current() -> None:
    """Whoever changes a fault proves it again (`make prove FAULT=ID`); whoever adds a check writes the page anew (`make manifest`)."""
    page = detection.PAGE.read_text(encoding="utf-8")
    assert page == detection.render(recall(), catalogue(), list(Manifest.load().rows)), (
        "docs/detection.md is stale: `python -m gonogo detection`"
    )


def test_every_fault_was_measured_as_it_is() -> None:
    digests = {measured.fault: measured.digest for measured in recall().results}
    stale = [each.id for each in catalogue() if not each.awaiting and digests.get(each.id) != each.digest]
    assert stale == [], f"changed since they were proved: `make prove FAULT={stale[0] if stale else ''}`"


def test_every_check_was_seen_red() -> None:
    """A check is finished when a fault has turned it red; the few that none can are named with the reason."""
    assert set(detection.without_fault(recall().results, list(Manifest.load().rows))) == detection.SHADOWED.keys()


def test_faults_name_checks_that_exist() -> None:
    checks = Manifest.load().rows.keys()
    faults = [each for each in catalogue() if not each.awaiting]
    assert {each.expect.check for each in faults} - {""} - checks == set()
    assert {pattern for each in faults for pattern in each.also if not fnmatch.filter(checks, pattern)} == set()


def test_page_says_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "fault.toml").write_text("x", encoding="utf-8")
    known = fault(folder=tmp_path, simulated="only an imitation")
    text = detection.render(Proof((result(known),), 20, (Alarm("fail", "slow"),)), [known], [CHECK, OTHER])
    assert "1 of 1 measured faults are noticed" in text
    assert f"| X01 | s | fail | `{CHECK}` | 31 | {known.digest} |" in text
    assert "False alarms over 20 healthy runs: 1." in text
    assert "- X01: only an imitation" in text
    assert text.endswith(f"Not yet:\n\n- `{OTHER}`\n")


def test_page_says_what_was_not_measured(tmp_path: Path) -> None:
    (tmp_path / "fault.toml").write_text("x", encoding="utf-8")
    known = fault(folder=tmp_path)
    before = result(known)
    (tmp_path / "fault.toml").write_text("y", encoding="utf-8")
    text = detection.render(Proof((before,)), [fault(folder=tmp_path)], [CHECK])
    assert "| X01 | s | fail | not measured" in text


def test_newest_results_are_kept(tmp_path: Path) -> None:
    (tmp_path / "fault.toml").write_text("x", encoding="utf-8")
    known, path = fault(folder=tmp_path), tmp_path / "results.json"
    remember(Proof((result(known, noticed=False),), 20, (Alarm("fail", "slow"),)), path)
    kept = remember(Proof((result(known),)), path)
    assert kept == recall(path) == Proof((result(known),), 20, (Alarm("fail", "slow"),))
