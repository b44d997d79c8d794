"""The end of a run: scrub, scan, conclude, render, scan again, and only then put anything where people look."""

import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reports import summary
from reports.advice import Again
from reports.allure import RenderError, Tools, render
from reports.cases import mine
from reports.errors import ReportError
from reports.front import front
from reports.junit import junit
from reports.ledger import Ledger, read
from reports.manifest import Manifest
from reports.policy import Policy
from reports.records import Leak, Record
from reports.results import prepare
from reports.scan import Hit, scan
from reports.scrub import scrub
from reports.secrets import Secrets
from reports.verdict import Verdict, conclude

LEDGER, REPORT, HISTORY = "ledger.jsonl", "report.html", "history.jsonl"
# The only folder that may be uploaded. It comes into being last, and only when nothing was found anywhere.
PUBLISH = "publish"
_OUTPUTS = (LEDGER, REPORT, "verdict.json", "summary.md", "junit.xml")


@dataclass(frozen=True)
class Published:
    """What came out of a run. `report` is the rendered file; without one, `problem` says why in a sentence."""

    verdict: Verdict
    folder: Path
    report: Path | None = None
    problem: str = ""

    @property
    def lines(self) -> list[str]:
        """The five lines for the terminal."""
        return summary.lines(self.verdict, _shown(self.report) if self.report else self.problem)


def fresh(folder: Path, keep: Path | None = None) -> Path:
    """Make an output folder ready for a run: what an earlier run left must not be taken for this one's.

    Keeps the history, and `keep`, the ledger of a run that writes it right there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / PUBLISH, ignore_errors=True)
    if (folder / PUBLISH).exists():
        raise ReportError(f"{folder / PUBLISH} of an earlier run cannot be removed: remove it, or choose another folder")
    for name in _OUTPUTS:
        if keep is None or (folder / name).resolve() != keep.resolve():
            (folder / name).unlink(missing_ok=True)
    return folder


def publish(
    ledger: Ledger,
    results: Path,
    folder: Path,
    *,
    policy: Policy,
    manifest: Manifest,
    secrets: Secrets,
    also: Iterable[Path] = (),
    tools: Tools | None = None,
    again: Again | None = None,
    problem: str = "not rendered",
) -> Published:
    """Conclude over a finished ledger and write everything a run leaves: verdict, summary, JUnit file and report.

    Secrets in the raw results, and in what else the run has written (`also`), are hidden first. If one is found all the same, anywhere,
    the run ends as a leak: only the verdict and the summary are written, there is no `publish` folder to upload, and the raw results and
    the ledger stay where they are for whoever has to find out. Without `tools` no report is rendered, and `problem` says why. Never raises
    for a report that cannot be rendered: the verdict does not depend on it. `again` is how the run was started.
    """
    fresh(folder, keep=ledger.path)
    left = [path for path in (results, *also) if path.exists()]
    for path in left:
        scrub(path, secrets)
    hits = scan([path for path in (*left, ledger.path) if path.exists()], secrets)
    if hits:
        return _leaked(ledger, folder, hits, policy, manifest, secrets)
    reading = read(ledger.path)
    verdict = conclude(reading.records, policy, manifest, damage=reading.damage, shard=True)
    with tempfile.TemporaryDirectory(prefix="gonogo-report-") as temporary:
        stage = Path(temporary)
        report = stage / REPORT
        history = stage / HISTORY
        if (folder / HISTORY).is_file():
            shutil.copyfile(folder / HISTORY, history)
        if tools is not None:
            try:
                prepare(results, stage / "results", mine(reading.records), verdict, manifest, again)
                _globals(stage / "results", verdict)
                facts, above = _facts(verdict), front(verdict, manifest)
                render(stage / "results", report, tools, title=_title(verdict), facts=facts, history=history, front=above)
            except RenderError as error:
                problem = str(error)
        _write_outputs(stage, verdict, mine(reading.records))
        rendered = [path for path in (report, history, *(stage / name for name in _OUTPUTS)) if path.is_file()]
        hits = scan(rendered, secrets)
        if hits:
            return _leaked(ledger, folder, hits, policy, manifest, secrets)
        for path in rendered:
            # A part has fewer checks than the whole: in the history it would look as if the others had vanished.
            if path != history or not verdict.part:
                shutil.copyfile(path, folder / path.name)
    if ledger.path.resolve() != (folder / LEDGER).resolve():
        shutil.copyfile(ledger.path, folder / LEDGER)
    _release(folder)
    return Published(verdict, folder, folder / REPORT if (folder / REPORT).is_file() else None, problem)


def _release(folder: Path) -> None:
    """Copy what was found clean into the folder that may be uploaded, which is there as a whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=folder) as temporary:
        ready = Path(temporary) / PUBLISH
        ready.mkdir()
        for name in (*_OUTPUTS, HISTORY):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, ready / name)
        ready.rename(folder / PUBLISH)


def _leaked(ledger: Ledger, folder: Path, hits: list[Hit], policy: Policy, manifest: Manifest, secrets: Secrets) -> Published:
    """Record the leak, and write nothing but what has just been cleaned."""
    ledger.append(*(Leak(secret=hit.secret, where=f"{hit.where} ({hit.how})") for hit in hits))
    reading = read(ledger.path)
    verdict = conclude(reading.records, policy, manifest, damage=reading.damage, shard=True)
    for name in (REPORT, "junit.xml"):
        (folder / name).unlink(missing_ok=True)
    _write_outputs(folder, verdict, (), secrets)
    return Published(verdict, folder, None, "not rendered, because a secret was found")


def write(folder: Path, verdict: Verdict, records: Iterable[Record]) -> None:
    """Write what shards amount to together: verdict, summary and JUnit file, in place of those of an earlier run. Raises OSError."""
    _write_outputs(fresh(folder), verdict, records)


def _write_outputs(folder: Path, verdict: Verdict, records: Iterable[Record], secrets: Secrets | None = None) -> None:
    texts = {
        "verdict.json": json.dumps(verdict.as_dict(), indent=2, ensure_ascii=False) + "\n",
        "summary.md": summary.markdown(verdict),
    }
    if secrets is None:
        texts["junit.xml"] = junit(records, verdict)
    for name, text in texts.items():
        (folder / name).write_text(secrets.redact(text) if secrets else text, encoding="utf-8")


def _title(verdict: Verdict) -> str:
    """What the window and the list of earlier runs call this one. Why it ended so stands above the report."""
    return f"{summary.WORDS[verdict.kind]}{' (of a part)' if verdict.part else ''} · {verdict.environment or 'unknown environment'}"


def _facts(verdict: Verdict) -> dict[str, str]:
    """What a reader wants to know about the run before any single check. Allure cuts values after some 35 characters."""
    times, timings, c = summary.ratio(verdict), verdict.timings, verdict.counts
    return {
        "Origin": verdict.origin or "unknown",
        "Tier": verdict.tier or "unknown",
        "Version": ", ".join(verdict.identity.ids) or "unknown",
        "Version was": verdict.identity.state.replace("_", " "),
        "Required checks": f"{c.passed} of {c.required} passed, {c.failed} failed, {c.not_reached + c.unknown} open",
        "Cost": summary.cost(verdict),
        "Time": "unknown" if timings is None else f"{timings.wall:.1f} s" + (f", {times:.2f} x its floor" if times else ""),
        "Run": verdict.run or "unknown",
        "Suites": verdict.suite_revision or "unknown",
        "Policy": verdict.policy_digest[:16],
    }


def _globals(results: Path, verdict: Verdict) -> None:
    """The reasons of the verdict on a page of their own: some are about no check at all."""
    now = int(verdict.started * 1000)
    errors = [{"message": text, "timestamp": now} for text in summary.grouped((*verdict.reasons, *verdict.observed))]
    (results / "verdict-attachment.md").write_text(summary.markdown(verdict), encoding="utf-8")
    attachments = [{"name": "The verdict in full", "source": "verdict-attachment.md", "type": "text/markdown", "timestamp": now}]
    (results / "verdict-globals.json").write_text(json.dumps({"errors": errors, "attachments": attachments}), encoding="utf-8")


def _shown(path: Path) -> str:
    """A path as short as it can be copied into a shell."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
