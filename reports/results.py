"""Raw Allure results, made readable: names in words, statuses that agree with the verdict, and what to do now.

The raw results are left as they are. What is rendered is a copy in which every result says what the ledger says, so that report and
verdict cannot contradict each other, and in which a required check that never ran has a result of its own.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reports.cases import Case, Check, gather
from reports.manifest import Manifest, Row, check_id, suite_of
from reports.records import Record
from reports.verdict import Verdict

# Labels that say something about the machine or repeat the name: they would only push the useful ones aside.
_NOISE = {"host", "thread", "framework", "language", "package", "parentSuite", "suite", "subSuite", "tag"}
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "observed": "broken",
    "errored": "broken",
    "inconclusive": "broken",
    "lost": "broken",
    "not_reached": "skipped",
    "not_applicable": "skipped",
    "skipped": "skipped",
}
# Allure's own statuses stand in for our outcomes when a result has no counterpart in the ledger.
_OUTCOME = {"passed": "passed", "failed": "failed", "broken": "errored", "skipped": "skipped"}
_NOW = {
    "failed": "The deployment does not do this. Read the evidence below, mend the deployment, and verify it again.",
    "observed": "Nothing yet: the run as a whole cannot be used (the verdict says why), so this may not be true. Verify again.",
    "errored": "gonogo itself broke here; this says nothing about the deployment. Read the trace below and mend the check or its fixture.",
    "inconclusive": "gonogo could not find out. Remove what stood in the way (see the message), and verify again.",
    "lost": "The process that ran this check is gone. Verify again; if it happens twice, look at the worker's last lines.",
    "missing": "Bring the check back, or if it was dropped on purpose write the manifest anew with `make manifest`.",
    "not_reached": "Look at the step that broke first: this check needed it. There is nothing to mend here.",
    "skipped": "A required check must not be skipped. Read the reason above and remove it.",
    "not_applicable": "Nothing, unless the deployment has this: then declare it in the environment's file.",
}
# The pages of the runbooks, one per capability. Where a check needs several, the first of them counts: what builds on others stands first.
RUNBOOKS = (
    "deploy.rollback",
    "browser",
    "headers",
    "health",
    "storage.s3",
    "storage.objects",
    "mail.delivery",
    "auth.standing",
    "auth.jwt",
    "auth.oauth",
    "auth.cors",
    "auth.email",
)
# Where the runbooks speak of checks that nobody can say anything about.
UNDECIDED = {
    "observed": "inconclusive.md",
    "errored": "inconclusive.md#gonogo-broke",
    "inconclusive": "inconclusive.md#check-could-not-be-decided",
    "lost": "inconclusive.md#worker-lost",
    "missing": "inconclusive.md#check-missing-or-skipped",
    "not_reached": "inconclusive.md#not-reached",
    "skipped": "inconclusive.md#check-missing-or-skipped",
}


def runbook(row: Row) -> str:
    """Page and anchor of a check's entry in the runbooks; empty when none of its capabilities has a page.

    The entry's heading is the check's id, and the anchor what GitHub makes of that heading.
    """
    for page in RUNBOOKS:
        if any(capability == page or capability.startswith(f"{page}.") for capability in row.requires):
            return f"{page}.md#{re.sub(r'[^a-z0-9_-]', '', row.id.lower())}"
    return ""


def prepare(results: Path, target: Path, records: Iterable[Record], verdict: Verdict, manifest: Manifest) -> int:
    """Write the readable copy of raw results into an empty folder. Returns the number of results."""
    target.mkdir(parents=True, exist_ok=True)
    checks = gather(records)
    count = 0
    seen: set[str] = set()
    for path in sorted(results.iterdir()) if results.is_dir() else []:
        if path.name.endswith("-result.json") and (raw := _load(path)) is not None:
            check = check_id(_node(raw))
            seen.add(check)
            _write(target / path.name, _readable(raw, check, checks.get(check), manifest, verdict))
            count += 1
        elif path.is_file() and not path.name.endswith(("-result.json", "-globals.json")):
            shutil.copyfile(path, target / path.name)
    for reason in verdict.reasons:
        if reason.check and reason.check not in seen:
            seen.add(reason.check)
            _write(
                target / f"{_digest(reason.check)}-result.json",
                _missing(reason.check, reason.text, checks.get(reason.check), manifest, verdict),
            )
            count += 1
    return count


def _load(path: Path) -> dict[str, Any] | None:
    """A raw result; None for one that was cut off when its writer was killed. The ledger knows that check, and so does the verdict."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return raw if isinstance(raw, dict) else None


def _node(raw: Mapping[str, Any]) -> str:
    """The pytest node id of a raw result, without its parameters; Allure keeps its parts in `titlePath` and `fullName`."""
    module, _, name = str(raw.get("fullName", "")).partition("#")
    parts = [str(part) for part in raw.get("titlePath") or []] or [module.replace(".", "/") + ".py"]
    file = next((i for i, part in enumerate(parts) if part.endswith(".py")), len(parts) - 1)
    return "::".join(["/".join(parts[: file + 1]), *parts[file + 1 :], name])


def _case(check: Check | None, raw: Mapping[str, Any]) -> Case | None:
    """The case of the ledger that a raw result is about: by its node label if it has one, else if there is only one candidate."""
    if check is None:
        return None
    named = next((label.get("value") for label in raw.get("labels", []) if label.get("name") == "node"), None)
    if named is not None:
        return check.cases.get(str(named))
    states = {case.state for case in check.cases.values()}
    return check.worst if len(states) == 1 else None


def _readable(raw: dict[str, Any], check: str, known: Check | None, manifest: Manifest, verdict: Verdict) -> dict[str, Any]:
    case = _case(known, raw)
    outcome = case.state if case else _OUTCOME.get(str(raw.get("status")), "errored")
    if outcome == "failed" and verdict.observed:
        outcome = "observed"
    function = str(raw.get("fullName", "")).partition("#")[2]
    name = str(raw.get("name", ""))
    if function and name.startswith(function):
        name = _words(function) + name[len(function) :]
    details = dict(raw.get("statusDetails") or {})
    decisive = case.decisive if case else None
    if outcome != "passed" and decisive and decisive.reason:
        details["message"] = decisive.reason
    if outcome in ("not_reached", "not_applicable"):
        details.pop("trace", None)  # a trace through gonogo's own frames, which nobody has to read
    labels = [label for label in raw.get("labels", []) if label.get("name") not in _NOISE | {"node", "as_id"}]
    row = manifest.rows.get(check)
    requirement = str(raw.get("description") or (row.requirement if row else ""))
    return {
        **raw,
        "name": name,
        "status": _STATUS[outcome],
        "statusDetails": details,
        "labels": [*_defaults(labels, check), *labels, *_ours(check, outcome)],
        "description": _description(requirement, outcome, known, verdict, row),
        "titlePath": [],
    }


def _missing(check: str, text: str, known: Check | None, manifest: Manifest, verdict: Verdict) -> dict[str, Any]:
    """A result for a required check of which Allure has none: it vanished, or its result was lost on the way."""
    outcome = "missing" if known is None or known.state == "passed" else known.state
    row = manifest.rows.get(check)
    moment = int(verdict.started * 1000)
    severity = [{"name": "severity", "value": row.severity}] if row else []
    return {
        "uuid": _digest(check),
        "historyId": _digest(check),
        "fullName": check,
        "name": _words(check.rpartition("::")[2]),
        "status": _STATUS.get(outcome, "broken"),
        "statusDetails": {"message": text},
        "labels": [*_defaults([], check), *severity, *_ours(check, outcome)],
        "description": _description(row.requirement if row else "", outcome, known, verdict, row),
        "start": moment,
        "stop": moment,
    }


def _defaults(labels: list[dict[str, Any]], check: str) -> list[dict[str, str]]:
    """The labels that the tree is built from, for a check that does not set them."""
    present = {label.get("name") for label in labels}
    module = check.split("::", 1)[0].rpartition(".")[2]
    defaults = {"epic": _words(suite_of(check)), "feature": _words(module)}
    return [{"name": name, "value": value} for name, value in defaults.items() if name not in present]


def _ours(check: str, outcome: str) -> list[dict[str, str]]:
    return [{"name": "check", "value": check}, {"name": "outcome", "value": outcome.replace("_", " ")}]


def _description(requirement: str, outcome: str, known: Check | None, verdict: Verdict, row: Row | None) -> str:
    if outcome == "passed":
        return requirement
    text = f"**Requirement.** {requirement}\n\n" if requirement else ""
    text += f"**What now.** {_NOW[outcome]}"
    page = runbook(row) if outcome == "failed" and row else UNDECIDED.get(outcome, "")
    if page:  # as text: the report is one file, and nobody knows from where it will be read
        text += f"\n\n**Runbook.** `docs/runbooks/{page}`"
    if outcome in ("failed", "observed", "errored", "inconclusive", "lost") and known:
        node = known.worst.node.split("[", 1)[0]
        text += f"\n\nThis check alone, once more:\n\n```\npytest --env {verdict.environment} {node}\n```"
    return text


def _words(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _digest(check: str) -> str:
    return hashlib.sha256(check.encode()).hexdigest()[:32]


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
