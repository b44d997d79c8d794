"""What a deployment says reaches ledger, verdict, summary, JUnit file and report as plain text (issue 14, W1 to W3)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports import summary
from reports.evidence import exchanges
from reports.front import front
from reports.junit import junit
from reports.ledger import Ledger, read
from reports.manifest import Manifest, check_id
from reports.records import PhaseEnded, ProbeRetry, Residue, TroubleMet, VersionObserved
from reports.results import prepare
from tests.reports.ledgers import MANIFEST, SIGN_UP, ending, healthy, judged, sealed

FORGED = "v1\nPASS  all required checks hold\r\n::error::forged\x1b[2J\x9b1m\u202e\u2028##[error]x"
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def harmless(text: str) -> bool:
    """Nothing that a terminal obeys, no line of the deployment's own, no command of a workflow."""
    lines = text.split("\n")
    forged = [line for line in lines if line.startswith("PASS") or line.lstrip().startswith("::") or "##[" in line]
    return not INVISIBLE.search(text) and not forged


@pytest.mark.parametrize(
    "said", [FORGED, "v1\x1b[2J\x1b[31mPASS  all of them", "v" * 60_000, f"{FORGED} " * 5_000], ids=["W1", "W2", "W3", "W1 and W3"]
)
def test_everything_that_people_read_is_plain(said: str, tmp_path: Path) -> None:
    """Whatever a version, a message, a name of an object and an error say."""
    records = [
        *ending(SIGN_UP, "failed", said),
        VersionObserved(where="during", ids=(said,), source=said, host=said, at=3.0),
        TroubleMet(what="third_party", host=said, text=said, fix=said),
        ProbeRetry(probe=said, error=said),
        Residue(what="object", name=said, reason=said),
    ]
    ledger = Ledger(tmp_path / "ledger.jsonl", "run-1")
    ledger.append(*records)
    assert harmless(ledger.path.read_text(encoding="utf-8").replace('"\n', ""))
    verdict = judged(sealed(records))
    lines = [*summary.lines(verdict), *summary.details(verdict)]
    assert all("\n" not in line for line in lines)
    xml = junit(read(ledger.path).records, verdict)
    for text in (*lines, summary.markdown(verdict), xml, front(verdict, Manifest())):
        assert harmless(text)
        assert len(text) < 200_000
    assert json.loads(json.dumps(verdict.as_dict())) == json.loads(json.dumps(verdict.as_dict(), ensure_ascii=False))
    assert max(map(len, lines)) < 2_000
    if len(said) > 5_000:
        assert "[cut: " in summary.markdown(verdict)


def test_raw_results_are_shown_plainly(tmp_path: Path) -> None:
    """Names, parameters, messages and traces, however deep they lie."""
    raw = tmp_path / "raw"
    raw.mkdir()
    step = {"name": FORGED, "statusDetails": {"message": FORGED, "trace": FORGED}, "steps": [{"name": FORGED}]}
    content = {"fullName": "suites.auth.test_x#test_y", "name": FORGED, "status": "failed", "parameters": [{"name": "a", "value": FORGED}]}
    (raw / "a-result.json").write_text(json.dumps({**content, **step, "name": FORGED, "labels": []}))
    records = sealed(healthy())
    prepare(raw, tmp_path / "ready", records, judged(records), MANIFEST)
    (made,) = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "ready").glob("a-result.json")]
    for text in (made["name"], made["statusDetails"]["trace"], made["steps"][0]["name"], made["parameters"][0]["value"]):
        assert not INVISIBLE.search(text)
        assert "\n: :error::forged" in text
        assert "##[" not in text


def test_transcripts_are_plain() -> None:
    """Headers and bodies as they came, and nothing of them for the terminal that shows the file."""

    class Said:
        def transcript(self) -> str:
            return f"< 200\n< x-title: {FORGED}\n\n< {FORGED}"

        def curl(self) -> str:
            return "curl --connect-to ::127.0.0.1:8443 https://acme.example/"

    transcript, commands = (piece.body.decode() for piece in exchanges([Said()]))
    assert not INVISIBLE.search(transcript)
    assert "--connect-to ::127.0.0.1:8443" in commands


def test_records_that_agree_still_do(tmp_path: Path) -> None:
    """The name by which records find each other is one name in the ledger, however it is spelt."""
    node = "suites/auth/test_x.py::test_y[\x1b" + "n" * 9_000 + "]"
    ledger = Ledger(tmp_path / "ledger.jsonl", "run-1")
    ledger.append(PhaseEnded(check=check_id(node), node=node, phase="call", outcome="passed"))
    (record,) = read(ledger.path).records
    assert isinstance(record, PhaseEnded)
    assert record.node == node.replace("\x1b", "\\x1b")
