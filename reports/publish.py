"""The end of a run: scrub, scan, conclude, render, scan again, and only then put anything where people look."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from reports import history, summary
from reports.advice import Again
from reports.allure import RenderError, Tools, render
from reports.cases import mine
from reports.errors import ReportError
from reports.folder import HISTORY, LEDGER, OUTPUTS, PUBLISH, REPORT, UNFINISHED, WRITTEN, OutputFolder
from reports.front import front
from reports.junit import junit
from reports.ledger import Ledger, read
from reports.manifest import Manifest
from reports.policy import Policy
from reports.reasons import Kind
from reports.records import Leak, Record, Searched
from reports.results import prepare
from reports.scan import Hit, scan
from reports.scrub import scrub
from reports.secrets import Secrets
from reports.verdict import Verdict, conclude


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
    earlier: bytes | None = None,
) -> Published:
    """Conclude over a finished ledger and write everything a run leaves: verdict, summary, JUnit file and report.

    Secrets in the raw results, and in what else the run has written (`also`), are hidden first. If one is found all the same, anywhere,
    the run ends as a leak: only the verdict and the summary are written, there is no `publish` folder to upload, and the raw results and
    the ledger stay where they are for whoever has to find out. If none is, the ledger is told so: without that word it is no pass.
    Without `tools` no report is rendered, and `problem` says why. Never raises for a report that cannot be rendered: the verdict does not
    depend on it. `again` is how the run was started, `earlier` the history of the runs before it, where it is not that of the
    folder. Whoever calls this holds the folder, and has cleared it of what an earlier run left.

    Raises ReportError when the ledger is not the file any more that this process has opened: what it says now is somebody else's word.
    """
    ledger.held()
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / PUBLISH).exists():
        raise ReportError(
            f"{folder / PUBLISH} came into being during the run, and not by it: nothing is released; remove it, and verify again"
        )
    left = [path for path in (results, *also) if path.exists()]
    for path in left:
        scrub(path, secrets)
    hits = scan([*left, ledger.held()], secrets)
    if hits:
        return _leaked(ledger, folder, hits, policy, manifest, secrets)
    reading = ledger.read()
    # What is rendered is searched before the ledger is told that the search is over, and it shows the verdict that holds from then on.
    verdict = conclude((*reading.records, Searched(run=ledger.run)), policy, manifest, damage=reading.damage, shard=True)
    with tempfile.TemporaryDirectory(prefix="gonogo-report-") as temporary:
        stage = Path(temporary)
        problem = _rendered(stage, folder, results, reading.records, verdict, manifest, tools, again, earlier) or problem
        hits = scan([stage], secrets)
        if hits:
            return _leaked(ledger, folder, hits, policy, manifest, secrets)
        ledger.append(Searched())
        _put(stage, folder, verdict)
    if ledger.held().resolve() != (folder / LEDGER).resolve():
        shutil.copyfile(ledger.path, folder / LEDGER)
    _release(folder)
    return Published(verdict, folder, folder / REPORT if (folder / REPORT).is_file() else None, problem)


def render_again(ledger: Path, results: Path, folder: Path, *, policy: Policy, manifest: Manifest, tools: Tools) -> Published:
    """Write report, verdict, summary and JUnit file of an earlier run, from its ledger and its raw results.

    Nobody knows the secrets of that run any more, so nothing is searched, nothing is released for upload, and of a run in which one was
    found there is no report. Raises ReportError when `folder` holds what a run has released, which would be of another making, or what is
    not gonogo's.
    """
    if (folder / PUBLISH).exists():
        raise ReportError(f"{folder} holds what a run has released ({PUBLISH}/), which is not made again: write to another folder")
    reading = read(ledger)
    verdict = conclude(reading.records, policy, manifest, damage=reading.damage, shard=True)
    with OutputFolder(folder, WRITTEN) as held:
        held.clear(but=[LEDGER] if (folder / LEDGER).resolve() == ledger.resolve() else [])
        if verdict.kind is Kind.LEAK:
            _write_outputs(folder, verdict, None)
            return Published(verdict, folder, None, "not rendered, because a secret was found")
        with tempfile.TemporaryDirectory(prefix="gonogo-report-") as temporary:
            stage = Path(temporary)
            problem = _rendered(stage, folder, results, reading.records, verdict, manifest, tools)
            _put(stage, folder, verdict)
    return Published(verdict, folder, folder / REPORT if (folder / REPORT).is_file() else None, problem)


def _rendered(
    stage: Path,
    folder: Path,
    results: Path,
    records: Sequence[Record],
    verdict: Verdict,
    manifest: Manifest,
    tools: Tools | None,
    again: Again | None = None,
    earlier: bytes | None = None,
) -> str:
    """Write the outputs, and with `tools` the report, into `stage`. Returns why there is no report; nothing when there is one."""
    _write_outputs(stage, verdict, mine(records))
    if tools is None:
        return ""
    if earlier is None:
        with suppress(history.HistoryError):  # the first run of this folder, or one whose predecessor was killed as it wrote
            earlier = history.read(folder / HISTORY)
    if earlier:
        (stage / HISTORY).write_bytes(earlier)
    try:
        with tempfile.TemporaryDirectory(prefix="gonogo-results-") as temporary:
            prepared = Path(temporary) / "results"
            prepare(results, prepared, mine(records), verdict, manifest, again)
            _globals(prepared, verdict)
            facts, above = _facts(verdict), front(verdict, manifest)
            render(prepared, stage / REPORT, tools, title=_title(verdict), facts=facts, history=stage / HISTORY, front=above)
    except RenderError as error:
        return str(error)
    return ""


def _put(stage: Path, folder: Path, verdict: Verdict) -> None:
    """Take over what was written on the stage, each file whole or not at all."""
    with _unfinished(folder) as beside:
        for name in (*OUTPUTS, HISTORY):
            # A part has fewer checks than the whole: in the history it would look as if the others had vanished.
            if (stage / name).is_file() and not (name == HISTORY and verdict.part):
                shutil.copyfile(stage / name, beside / name)
                (beside / name).replace(folder / name)


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder beside the outputs, by a name that the next run removes when this one is killed. Raises ReportError when it is there."""
    beside = folder / UNFINISHED
    try:
        beside.mkdir()
    except FileExistsError:
        raise ReportError(
            f"{beside} came into being during the run, and not by it: nothing is written; remove it, and verify again"
        ) from None
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _release(folder: Path) -> None:
    """Copy what was found clean into the folder that may be uploaded, which is there as a whole or not at all."""
    with _unfinished(folder) as beside:
        ready = beside / PUBLISH
        ready.mkdir()
        for name in (*OUTPUTS, HISTORY):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, ready / name)
        ready.rename(folder / PUBLISH)


def _leaked(ledger: Ledger, folder: Path, hits: list[Hit], policy: Policy, manifest: Manifest, secrets: Secrets) -> Published:
    """Record the leak, and write nothing but what has just been cleaned."""
    ledger.append(*(Leak(secret=hit.secret, where=f"{hit.where} ({hit.how})") for hit in hits))
    reading = ledger.read()
    verdict = conclude(reading.records, policy, manifest, damage=reading.damage, shard=True)
    for name in (REPORT, "junit.xml"):
        (folder / name).unlink(missing_ok=True)
    _write_outputs(folder, verdict, None, secrets.redact)
    return Published(verdict, folder, None, "not rendered, because a secret was found")


def write(folder: Path, verdict: Verdict, records: Iterable[Record]) -> None:
    """Write what shards amount to together: verdict, summary and JUnit file, in place of those of an earlier run.

    Raises OSError, and ReportError when the folder holds what is not gonogo's.
    """
    with OutputFolder(folder, WRITTEN) as held:
        held.clear()
        _write_outputs(folder, verdict, records)


def _write_outputs(folder: Path, verdict: Verdict, records: Iterable[Record] | None, redact: Callable[[str], str] = str) -> None:
    """Verdict and summary, and with the records a JUnit file."""
    texts = {
        "verdict.json": json.dumps(verdict.as_dict(), indent=2, ensure_ascii=False) + "\n",
        "summary.md": summary.markdown(verdict),
    }
    if records is not None:
        texts["junit.xml"] = junit(records, verdict)
    for name, text in texts.items():
        (folder / name).write_text(redact(text), encoding="utf-8")


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
        **({"Rules of the team": verdict.rules_digest[:16]} if verdict.rules_digest else {}),
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
