"""The runbooks: every check has its one entry, with three parts, where the report says it is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from reports.advice import UNDECIDED, pages, runbook
from reports.manifest import Manifest
from reports.reasons import ReasonKind
from reports.records import TroubleMet
from tests.house import ROOT

FOLDER = ROOT / "docs" / "runbooks"
UNSURE = "inconclusive.md"
CHECKS = Manifest.load()
# Reasons of verdicts that are not inconclusive: they have an exit code of their own.
DECIDED = {ReasonKind.FAILED, ReasonKind.WAIVED, ReasonKind.ADVICE, ReasonKind.INTERRUPTED, ReasonKind.USAGE, ReasonKind.LEAK}


@dataclass(frozen=True)
class Entry:
    """A section of a runbook: its page, its heading, and what stands below."""

    page: str
    heading: str
    text: str

    @property
    def anchor(self) -> str:
        """What GitHub makes of the heading."""
        return re.sub(r"[^\w\- ]", "", self.heading.lower()).replace(" ", "-")

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def entries() -> list[Entry]:
    """Every section of every runbook."""
    found = []
    for page in sorted(FOLDER.glob("*.md")):
        _, *sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for section in sections:
            heading, _, text = section.partition("\n")
            found.append(Entry(page.name, heading.strip(), text))
    return found


ENTRIES = entries()
ABOUT_CHECKS = [entry for entry in ENTRIES if entry.page != UNSURE]


def parts(text: str) -> tuple[str, str, str]:
    """What it means for users, likely causes, what to do."""
    found = re.search(r"^\*\*For users\.\*\*(.*)^\*\*Likely causes\*\*$(.*)^\*\*What to do\*\*$(.*)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        return "", "", ""
    return found[1].strip(), found[2].strip(), found[3].strip()


def steps(text: str) -> list[str]:
    """The numbers of a numbered list."""
    return re.findall(r"^(\d+)\. \S", text, re.MULTILINE)


def kinds() -> set[str]:
    """Every kind of reason that the verdict can give for being inconclusive."""
    return {kind.value for kind in ReasonKind if kind not in DECIDED}


def test_every_check_has_exactly_one_entry() -> None:
    """Whoever is woken by a red check finds what to do."""
    written = Counter(entry.heading for entry in ABOUT_CHECKS)
    wrong = {key: written[key] for key in CHECKS.rows if written[key] != 1}
    assert not wrong, f"entries in docs/runbooks, there must be one: {wrong}"


def test_no_entry_for_a_check_that_does_not_exist() -> None:
    """A check that was renamed takes its entry along."""
    stray = [str(entry) for entry in ABOUT_CHECKS if entry.heading not in CHECKS.rows]
    assert not stray, f"no such check in reports/checks.toml: {stray}"


def test_entry_is_where_the_report_says() -> None:
    """The report names page and anchor of an entry from the check's capabilities alone."""
    there = {entry.heading: f"{entry.page}#{entry.anchor}" for entry in ABOUT_CHECKS}
    lost = {key: (runbook(row), there.get(key)) for key, row in CHECKS.rows.items() if runbook(row) != there.get(key)}
    assert not lost, f"the report names the first, the entry is the second: {lost}"


def test_every_capability_has_its_page() -> None:
    """No page that no check leads to, and none missing."""
    led_to = {runbook(row).partition("#")[0] for row in CHECKS.rows.values()}
    assert {page.name for page in FOLDER.glob("*.md")} == {*led_to, UNSURE}
    assert {Path(page).stem for page in led_to} <= set(pages())


@pytest.mark.parametrize("page", sorted({entry.page for entry in ENTRIES}))
def test_every_entry_has_its_three_parts(page: str) -> None:
    """What it means in one sentence, causes and steps as numbered lists."""
    wrong = []
    for entry in (entry for entry in ENTRIES if entry.page == page):
        meaning, causes, todo = parts(entry.text)
        one_sentence = re.fullmatch(r"[^\n]+\.", meaning) and ". " not in meaning
        counted = all(found == [str(n + 1) for n in range(len(found))] and found for found in (steps(causes), steps(todo)))
        if not (one_sentence and counted):
            wrong.append(entry.heading)
    assert not wrong, f"each needs For users (one sentence), Likely causes and What to do (numbered): {wrong}"


def test_every_way_of_being_inconclusive_has_an_entry() -> None:
    """The kinds that verdict.json names are found on the page."""
    listed = [re.findall(r"`(\w+)`", line) for entry in ENTRIES for line in re.findall(r"^Kind: .*", entry.text, re.MULTILINE)]
    known = {kind for line in listed for kind in line}
    assert kinds() >= {"version_changed", "wall", "unreachable", "not_reached", "third_party"}
    assert not kinds() - known, f"docs/runbooks/{UNSURE} says nothing of {sorted(kinds() - known)}"
    assert not known - kinds(), f"no verdict has these kinds: {sorted(known - kinds())}"


def test_every_trouble_is_a_kind_of_reason() -> None:
    """What the ledger says stood in the way is what the verdict names."""
    troubles = get_args(TroubleMet.model_fields["what"].annotation)
    assert troubles
    assert {*troubles} <= {kind.value for kind in ReasonKind}


def test_undecided_checks_are_led_to_an_entry() -> None:
    """Each anchor that the report names for them exists."""
    anchors = {f"{entry.page}#{entry.anchor}" for entry in ENTRIES} | {UNSURE}
    assert not set(UNDECIDED.values()) - anchors


def test_links_resolve() -> None:
    """Every link between runbooks, and from them to other pages, reaches a file and a heading; no two headings share an anchor."""
    anchors: dict[Path, list[str]] = {}
    dead = []
    for page in sorted(FOLDER.glob("*.md")):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if target.is_file() and target not in anchors:
                headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                anchors[target] = [Entry(target.name, heading, "").anchor for heading in headings]
            if not target.is_file() or (anchor and anchors[target].count(anchor) != 1):
                dead.append(f"{page.name}: {link}")
    assert not dead, "\n".join(dead)
