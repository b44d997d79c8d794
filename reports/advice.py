"""What now: the part of a report that somebody with a red check reads next."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from base.places import BIN
from reports.cases import Check
from reports.manifest import Row
from reports.runbooks import RunbookEntry, Runbooks
from reports.verdict import Verdict

if TYPE_CHECKING:
    from environments.schema.section import Declares

_NOW = {
    "failed": "The deployment does not do this. Read the evidence below, mend the deployment, and verify it again.",
    "observed": "Nothing yet: the run as a whole cannot be used (the verdict says why), so this may not be true. Verify again.",
    "errored": "gonogo itself broke here; this says nothing about the deployment. Read the trace below and mend the check or its fixture.",
    "inconclusive": "gonogo could not find out. Remove what stood in the way (see the message), and verify again.",
    "lost": "The process that ran this check is gone. Verify again; if it happens twice, look at the worker's last lines.",
    "waived": "Nothing: somebody answers for this until the day that the message names. After it the check decides again.",
    "missing": "Bring the check back, or if it was dropped on purpose enter it in `reports/retired.toml` and run `make manifest`.",
    "not_reached": "Look at the step that broke first: this check needed it. There is nothing to mend here.",
    "skipped": "A required check must not be skipped. Read the reason above and remove it.",
    "not_applicable": "Nothing, unless the deployment has this: then declare it in the environment's file.",
}
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


def pages() -> list[str]:
    """The pages of the runbooks, one per capability. Where a check needs several, the first of them counts: what builds on others stands
    first, as the sections say."""
    return [name for name, section in sorted(_sections().items(), key=lambda found: (found[1].runbook, found[0]))]


def runbook(row: Row) -> str:
    """Page and anchor of a check's entry in the runbooks; empty when none of its capabilities has a page.

    The entry's heading is the check's id, and the anchor what GitHub makes of that heading.
    """
    known = _sections()
    for page in pages():
        if any(f"{capability}.".startswith(f"{page}.") or capability in known[page].provides for capability in row.requires):
            return _place(page, row)
    return _place(row.suite, row) if row.suite in known else ""  # of a check that needs nothing declared


def _place(page: str, row: Row) -> str:
    return f"{page}.md#{re.sub(r'[^a-z0-9_-]', '', row.id.lower())}"


def _sections() -> "Mapping[str, type[Declares]]":
    from environments.schema.registry import sections  # 0.15 s, which a command that writes no report does not pay

    return sections()


def entry(row: Row | None, outcome: str) -> RunbookEntry | None:
    """The runbook's entry about a check that ended in this way."""
    place = runbook(row) if outcome in ("failed", "waived") and row else UNDECIDED.get(outcome, "")
    return Runbooks.load().at(place)


def description(requirement: str, outcome: str, known: Check | None, verdict: Verdict, row: Row | None, again: "Again | None") -> str:
    """Requirement, what now, the runbook's entry, and the command that runs this check alone: Markdown for Allure."""
    if outcome == "passed":
        return requirement
    text = f"**Requirement.** {requirement}\n\n" if requirement else ""
    text += f"**What now.** {_NOW[outcome]}"
    if outcome in ("failed", "observed", "errored", "inconclusive", "lost") and known:
        text += f"\n\nThis check alone, once more:\n\n```\n{alone(known, verdict, again)}\n```"
    page = runbook(row) if outcome in ("failed", "waived") and row else UNDECIDED.get(outcome, "")
    if page:
        text += f"\n\n**Runbook.** `{Runbooks.load().folder(page)}/{page}`"
    # The report is one file, and nobody knows from where it will be read: the entry comes along.
    found = entry(row, outcome) if outcome in ("failed", "waived", "inconclusive", "lost", "missing", "skipped") else None
    return f"{text}\n\n{found.text}" if found else text


@dataclass(frozen=True)
class Again:
    """How a run was started: the command with its options, and the folders it was given, as they were typed."""

    command: str
    folders: str = ""


def alone(known: Check, verdict: Verdict, again: Again | None) -> str:
    """The command that runs one check: by its path, or by its name among all if it is of another repository."""
    node = known.worst.node.split("[", 1)[0]
    again = again or Again(f"{BIN}/pytest --env {shlex.quote(verdict.environment)}")
    if node.startswith("suites/"):
        return f"{again.command} {node}"
    return " ".join(part for part in (again.command, again.folders, f"-k {node.rpartition('::')[2]}") if part)
