"""The end of a run: what is written, and what is not when a secret turns up."""

from __future__ import annotations

import json
import secrets as tokens
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.allure import Tools
from reports.encodings import Needle
from reports.errors import ReportError
from reports.folder import MARK, WRITTEN, OutputFolder
from reports.ledger import read
from reports.publish import Published, publish, render_again
from reports.reasons import Kind
from reports.scan import scan
from reports.secrets import Secrets
from tests.reports.ledgers import POLICY
from tests.reports.runs import ENDED, ledger, manifest

OUTPUTS = {"ledger.jsonl", "verdict.json", "summary.md", "junit.xml"}


@pytest.fixture
def raw(raw_results: Path, tmp_path: Path) -> Path:
    """Raw results of one's own."""
    shutil.copytree(raw_results, tmp_path / "raw")
    return tmp_path / "raw"


def published(tmp_path: Path, raw: Path, secrets: Secrets, tools: Tools | None = None) -> Published:
    """The run, published, in a folder that it took over from an earlier one."""
    written = ledger(tmp_path / "ledgers", secrets)
    with OutputFolder(tmp_path / "out", WRITTEN, ours=True) as held:
        held.clear()
        return publish(written, raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=secrets, tools=tools)


def left(folder: Path) -> set[str]:
    """The names of what a run has left, but for the folder's mark."""
    return {path.name for path in folder.iterdir()} - {MARK}


@dataclass(frozen=True)
class Planted:
    """A run with a secret in its evidence, published and rendered; where its files lie, and what it was to hide."""

    folder: Path
    raw: Path
    secrets: Secrets
    done: Published


@pytest.fixture(scope="module")
def planted(raw_results: Path, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Played once: rendering takes longer than all else here."""
    folder, secrets = tmp_path_factory.mktemp("planted"), Secrets()
    raw = folder / "raw"
    shutil.copytree(raw_results, raw)
    value = secrets.register("RESEND_API_KEY", "re_" + tokens.token_hex(12))
    for path in raw.iterdir():
        path.write_text(path.read_text().replace("PLANTED", value))
    assert scan([raw], secrets), "the control was not planted"
    return Planted(folder, raw, secrets, published(folder, raw, secrets, tools))


def test_everything_is_written(planted: Planted) -> None:
    """Report, ledger, verdict, summary and JUnit file lie in the output folder, and tell the same."""
    done = planted.done
    assert left(done.folder) == {*OUTPUTS, "report.html", "history.jsonl", "publish"}
    assert {path.name for path in (done.folder / "publish").iterdir()} == {*OUTPUTS, "report.html", "history.jsonl"}
    assert done.verdict.kind == Kind.FAIL
    assert json.loads((done.folder / "verdict.json").read_text())["exit_code"] == 1
    assert read(done.folder / "ledger.jsonl").records == read(planted.folder / "ledgers" / "ledger.jsonl").records
    assert (done.folder / "summary.md").read_text().startswith("## ❌ FAIL auth.sign_up::confirmation_is_mailed: a link")
    assert done.lines[0].startswith("FAIL")
    assert done.lines[4].endswith("report.html")


def test_junit_tells_the_same(tmp_path: Path, raw: Path) -> None:
    """Cases as JUnit knows them: what nobody knows is an error, and the verdict is a case of its own."""
    root = ET.parse(published(tmp_path, raw, Secrets()).folder / "junit.xml").getroot()  # noqa: S314 - our own file
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["auth", "gonogo"]
    auth = suites["auth"]
    assert [auth.get(k) for k in ("tests", "failures", "errors", "skipped")] == [str(len(ENDED)), "1", "1", "2"]
    assert [case.get("name") for case in auth if case.find("failure") is not None] == ["confirmation_is_mailed"]
    verdict = suites["gonogo"].find("testcase/failure")
    assert verdict is not None
    assert str(verdict.get("message")).startswith("fail: auth.sign_up::confirmation_is_mailed")


def test_earlier_report_never_stays(tmp_path: Path, raw: Path) -> None:
    """What an earlier run left cannot be taken for this run's; the history is kept."""
    out = tmp_path / "out"
    out.mkdir()
    for name in ("report.html", "history.jsonl", "verdict.json"):
        (out / name).write_text("{}")
    done = published(tmp_path, raw, Secrets())
    assert done.report is None
    assert done.lines[4] == "report   not rendered"
    assert left(out) == {*OUTPUTS, "history.jsonl", "publish"}


def test_ledger_in_the_output_folder_is_kept(tmp_path: Path, raw: Path) -> None:
    """A run may write its ledger right where it is published."""
    written = ledger(tmp_path / "out")
    done = publish(written, raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=Secrets())
    assert done.verdict.kind == Kind.FAIL
    assert left(done.folder) == {*OUTPUTS, "publish"}


def test_planted_secret_is_scrubbed(planted: Planted) -> None:
    """A secret in the evidence is hidden before the report is rendered, and everything published is clean."""
    done = planted.done
    assert done.verdict.kind == Kind.FAIL
    assert done.report, done.problem
    assert scan([planted.raw, done.folder], planted.secrets) == []
    attached = [path.read_text() for path in planted.raw.glob("*-attachment*")]
    assert any("[hidden RESEND_API_KEY]" in text for text in attached)


def test_secret_that_cannot_be_scrubbed_is_a_leak(tmp_path: Path, raw: Path, tools: Tools) -> None:
    """A secret in a file name is beyond the scrub: exit 6, no report, and the name of the secret is all that is told."""
    secrets = Secrets()
    value = secrets.register("RESEND_API_KEY", "re_" + tokens.token_hex(12))
    (raw / f"{value}-attachment.txt").write_text("hello")
    done = published(tmp_path, raw, secrets, tools)
    assert (done.verdict.kind, done.verdict.exit_code, done.report) == (Kind.LEAK, 6, None)
    assert "RESEND_API_KEY" in done.lines[0]
    assert done.lines[4] == "report   not rendered, because a secret was found"
    assert left(done.folder) == {"verdict.json", "summary.md"}
    assert scan([done.folder], secrets) == []
    assert [r.secret for r in read(tmp_path / "ledgers" / "ledger.jsonl").records if r.kind == "leak"] == ["RESEND_API_KEY"]


def test_what_a_leak_leaves_cannot_be_uploaded(tmp_path: Path, raw: Path) -> None:
    """The folder that may be uploaded is not there after a leak, also when an earlier run has left one."""
    stale = tmp_path / "out" / "publish"
    stale.mkdir(parents=True)
    (stale / "report.html").write_text("of an earlier run")
    secrets = Secrets()
    (raw / f"{secrets.register('KEY', tokens.token_hex(12))}.txt").write_text("hello")
    done = published(tmp_path, raw, secrets)
    assert done.verdict.exit_code == 6
    assert not (done.folder / "publish").exists()


@pytest.mark.parametrize("unreadable", ["guard.log", "wrangler-home/trace.zip"])
def test_what_else_a_run_writes_is_searched_too(tmp_path: Path, raw: Path, unreadable: str) -> None:
    """Logs are scrubbed like results, and an archive among them that nobody can open is a leak."""
    secrets, also = Secrets(), tmp_path / "left"
    value = secrets.register("CLOUDFLARE_API_TOKEN", tokens.token_hex(12))
    (also / "wrangler-home").mkdir(parents=True)
    (also / "guard.log").write_text(f"token {value}")
    written = ledger(tmp_path / "ledgers", secrets)
    done = publish(written, raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=secrets, also=[also])
    assert done.verdict.kind == Kind.FAIL
    assert (also / "guard.log").read_text() == "token [hidden CLOUDFLARE_API_TOKEN]"
    (also / unreadable).write_bytes(b"PK\x03\x04 cut")
    written = ledger(tmp_path / "more", secrets)
    again = publish(written, raw, tmp_path / "again", policy=POLICY, manifest=manifest(), secrets=secrets, also=[also])
    assert again.verdict.kind == Kind.LEAK
    assert not (again.folder / "publish").exists()


def test_ledger_says_that_the_search_is_over(tmp_path: Path, raw: Path) -> None:
    """A run that was killed while it was searched is no pass, so the word for its end is written when nothing was found, and not before."""
    seen: set[str] = set()

    class Watched(Secrets):
        def found(self, data: bytes) -> list[tuple[str, Needle]]:
            seen.add(read(tmp_path / "ledgers" / "ledger.jsonl").records[-1].kind)
            return super().found(data)

    done = published(tmp_path, raw, Watched())
    assert seen == {"finish"}
    assert [record.kind for record in read(done.folder / "publish" / "ledger.jsonl").records][-2:] == ["finish", "searched"]


def test_secret_that_only_the_report_holds_is_a_leak(tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is rendered is searched once more; after a hit the ledger does not say that none was found."""
    secrets = Secrets()
    value = secrets.register("RESEND_API_KEY", "re_" + tokens.token_hex(12))
    monkeypatch.setattr("reports.publish.junit", lambda *_: f"<testsuites name='{value}'/>")
    done = published(tmp_path, raw, secrets)
    assert (done.verdict.kind, sorted(left(done.folder))) == (Kind.LEAK, ["summary.md", "verdict.json"])
    kinds = [record.kind for record in read(tmp_path / "ledgers" / "ledger.jsonl").records]
    assert "leak" in kinds
    assert "searched" not in kinds


def test_folder_that_somebody_else_has_made_is_not_released(tmp_path: Path, raw: Path) -> None:
    """A `publish` that was not there when the run began is not its own: it is not replaced, and there is no verdict that rests on it."""
    theirs = tmp_path / "out" / "publish"
    theirs.mkdir(parents=True)
    (theirs / "index.html").write_text("a site")
    with pytest.raises(ReportError, match=r"publish came into being during the run, and not by it: nothing is released"):
        publish(ledger(tmp_path / "ledgers"), raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=Secrets())
    assert (theirs / "index.html").read_text() == "a site"


def test_ledger_that_is_not_held_is_not_concluded_over(tmp_path: Path, raw: Path) -> None:
    """Another file in the ledger's place, or none, is no word of this run, whatever it says: no verdict is drawn, and nothing released."""
    held = ledger(tmp_path / "ledgers")
    shutil.copyfile(held.path, tmp_path / "copy")
    held.path.unlink()
    for said in (
        "is gone .* somebody removed it during the run; verify again",
        "another file than this run has opened: somebody replaced it",
    ):
        with pytest.raises(ReportError, match=said):
            publish(held, raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=Secrets())
        shutil.copyfile(tmp_path / "copy", held.path)
    assert not (tmp_path / "out" / "publish").exists()


def test_run_is_rendered_again(tmp_path: Path, raw: Path, tools: Tools) -> None:
    """The same verdict, report, summary and JUnit file; nobody knows the secrets any more, so nothing is released."""
    done = published(tmp_path, raw, Secrets())
    given = {"policy": POLICY, "manifest": manifest(), "tools": tools}
    again = render_again(done.folder / "publish" / "ledger.jsonl", raw, tmp_path / "again", **given)  # type: ignore[arg-type]
    assert again.verdict == done.verdict
    assert left(again.folder) == {"verdict.json", "summary.md", "junit.xml", "report.html", "history.jsonl"}
    with pytest.raises(ReportError, match="holds what a run has released"):
        render_again(done.folder / "ledger.jsonl", raw, done.folder, **given)  # type: ignore[arg-type]
    assert (done.folder / "publish" / "verdict.json").is_file()


def test_leak_is_not_rendered_again(tmp_path: Path, raw: Path, tools: Tools) -> None:
    """A command that knows no secrets does not bring out what the run kept back."""
    secrets = Secrets()
    value = secrets.register("RESEND_API_KEY", "re_" + tokens.token_hex(12))
    (raw / f"{value}-attachment.txt").write_text("hello")
    published(tmp_path, raw, secrets)
    kept = tmp_path / "ledgers" / "ledger.jsonl"
    before = kept.read_bytes()
    again = render_again(kept, raw, tmp_path / "again", policy=POLICY, manifest=manifest(), tools=tools)
    assert (again.verdict.exit_code, again.report) == (6, None)
    assert left(again.folder) == {"verdict.json", "summary.md"}
    assert kept.read_bytes() == before


def test_secret_in_the_ledger_is_a_leak(tmp_path: Path, raw: Path) -> None:
    """A ledger that was written without redaction is found, whatever the results look like."""
    secrets = Secrets()
    value = secrets.register("RESEND_API_KEY", "re_" + tokens.token_hex(12))
    ended = {**ENDED, "inbox_answers": ("inconclusive", f"said {value}")}
    written = ledger(tmp_path / "ledgers", ended=ended)
    done = publish(written, raw, tmp_path / "out", policy=POLICY, manifest=manifest(), secrets=secrets)
    assert done.verdict.kind == Kind.LEAK
    assert scan([done.folder], secrets) == []


def test_report_that_cannot_be_rendered_changes_no_verdict(tmp_path: Path, raw: Path, tools: Tools) -> None:
    """The verdict is there without a report, and the fifth line says why there is none."""
    done = published(tmp_path, raw, Secrets(), Tools(tmp_path / "no-node", tools.allure))
    assert done.verdict.kind == Kind.FAIL
    assert "cannot start" in done.lines[4]
    assert left(done.folder) == {*OUTPUTS, "publish"}


def test_run_without_results_is_published(tmp_path: Path) -> None:
    """A run that was stopped before pytest wrote anything still leaves its verdict."""
    done = published(tmp_path, tmp_path / "never", Secrets())
    assert left(done.folder) == {*OUTPUTS, "publish"}
