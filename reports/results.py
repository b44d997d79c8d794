"""Raw Allure results, made readable: names in words, statuses that agree with the verdict, and what to do now.

The raw results are left as they are. What is rendered is a copy in which every result says what the ledger says, so that report and
verdict cannot contradict each other, and in which a required check that never ran has a result of its own.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from base.plain_text import plain_lines
from reports.advice import Again, description
from reports.cases import Case, Check, gather
from reports.manifest import Manifest, check_id, suite_of
from reports.records import Record
from reports.verdict import Verdict

# Labels that say something about the machine or repeat the name: they would only push the useful ones aside.
_NOISE = {"host", "thread", "framework", "language", "package", "parentSuite", "suite", "subSuite", "tag"}
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "observed": "broken",
    "waived": "broken",
    "errored": "broken",
    "inconclusive": "broken",
    "lost": "broken",
    "not_reached": "skipped",
    "not_applicable": "skipped",
    "skipped": "skipped",
}
# Allure's own statuses stand in for our outcomes when a result has no counterpart in the ledger.
_OUTCOME = {"passed": "passed", "failed": "failed", "broken": "errored", "skipped": "skipped"}


def prepare(
    results: Path, target: Path, records: Iterable[Record], verdict: Verdict, manifest: Manifest, again: Again | None = None
) -> int:
    """Write the readable copy of raw results into an empty folder. Returns the number of results.

    `again` is how the run was started.
    """
    target.mkdir(parents=True, exist_ok=True)
    checks = gather(records)
    count = 0
    seen: set[str] = set()
    for path in sorted(results.iterdir()) if results.is_dir() else []:
        if path.name.endswith("-result.json") and (raw := _load(path)) is not None:
            check = check_id(_node(raw))
            seen.add(check)
            _write(target / path.name, _plain(_readable(raw, check, checks.get(check), manifest, verdict, again)))
            count += 1
        elif path.is_file() and not path.name.endswith(("-result.json", "-globals.json")):
            shutil.copyfile(path, target / path.name)
    for reason in verdict.reasons:
        if reason.check and reason.check not in seen:
            seen.add(reason.check)
            _write(
                target / f"{_digest(reason.check)}-result.json",
                _missing(reason.check, reason.text, checks.get(reason.check), manifest, verdict, again),
            )
            count += 1
    return count


def _plain(value: Any) -> Any:
    """A result in which every text is plain: Allure keeps names, parameters, messages and traces as they came."""
    if isinstance(value, str):
        return plain_lines(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


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


def _readable(
    raw: dict[str, Any], check: str, known: Check | None, manifest: Manifest, verdict: Verdict, again: Again | None
) -> dict[str, Any]:
    case = _case(known, raw)
    outcome = case.state if case else _OUTCOME.get(str(raw.get("status")), "errored")
    if outcome == "failed" and verdict.observed:
        outcome = "observed"
    exempt = verdict.exempt.get(check) if outcome == "failed" else None
    outcome = "waived" if exempt else outcome
    function = str(raw.get("fullName", "")).partition("#")[2]
    name = str(raw.get("name", ""))
    if function and name.startswith(function):
        name = _words(function) + name[len(function) :]
    details = dict(raw.get("statusDetails") or {})
    decisive = case.decisive if case else None
    if outcome != "passed" and decisive and decisive.reason:
        details["message"] = exempt.text if exempt else decisive.reason
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
        "description": description(requirement, outcome, known, verdict, row, again),
        "titlePath": [],
    }


def _missing(check: str, text: str, known: Check | None, manifest: Manifest, verdict: Verdict, again: Again | None) -> dict[str, Any]:
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
        "description": description(row.requirement if row else "", outcome, known, verdict, row, again),
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


def _words(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _digest(check: str) -> str:
    return hashlib.sha256(check.encode()).hexdigest()[:32]


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
