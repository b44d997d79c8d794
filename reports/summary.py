"""The conclusion in words: the five lines a terminal ends with, and the same as Markdown for a job page."""

import datetime as dt
import html
import re
from collections.abc import Iterable

from base.plain_text import plain
from reports.reasons import Kind, Reason, ReasonKind
from reports.verdict import Verdict

# Where an object lies in memory differs from process to process, and tells nobody anything.
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_HEADLINE, _LONGEST = 200, 400
# What GitHub's Markdown makes something of: code, emphasis, links and images, cells of tables; and what begins a block.
_MARKDOWN = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)|\A[#>+=-]")
# What it makes links of by itself: addresses, people and issues
# (https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls).
_LINKED = re.compile(r"(?=://)|(?<=\bwww)(?=\.)|(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\bGH-)(?=\d)", re.IGNORECASE)
_APART = "<!-- -->"
WORDS = {
    Kind.PASS: "PASS",
    Kind.FAIL: "FAIL",
    Kind.INCONCLUSIVE: "INCONCLUSIVE",
    Kind.INTERRUPTED: "INTERRUPTED",
    Kind.USAGE: "NOTHING RUN",
    Kind.LEAK: "LEAK",
}


def headline(verdict: Verdict) -> str:
    """The verdict in one line, with what decided it."""
    word = WORDS[verdict.kind]
    if verdict.kind == Kind.PASS:
        what = (
            f"all {verdict.counts.required} selected required checks" if verdict.part else f"all {verdict.counts.required} required checks"
        )
        c = verdict.counts
        exempt = [f"{number} {word}" for number, word in ((c.waived, "waived"), (c.advised, "that are advice")) if number]
        what += f" hold but for {' and '.join(exempt)}" if exempt else " hold"
        return f"{word} (of a part)  {what}" if verdict.part else f"{word}  {what}"
    return f"{word}{' (of a part)' if verdict.part else ''}  {shorten(str(verdict.reasons[0]))}{_rest(verdict)}"


def _rest(verdict: Verdict) -> str:
    """How many other reasons there are, one per cause; checks that were only kept away by a failure are none of them."""
    others = grouped(reason for reason in verdict.reasons[1:] if reason.kind != ReasonKind.NOT_REACHED)
    missed = sum(reason.kind == ReasonKind.NOT_REACHED for reason in verdict.reasons[1:])
    parts = [f"{len(others)} more {'reason' if len(others) == 1 else 'reasons'}"] if others else []
    parts += [f"{missed} not reached"] if missed else []
    return f" (and {', '.join(parts)})" if parts else ""


def meaning(verdict: Verdict) -> str:
    """What the verdict says about the deployment, in a sentence for somebody who sees it for the first time."""
    c = verdict.counts
    failed = f"{c.failed} of {c.required} required checks failed" if c.failed else "A part of the deployment is not there, or does not work"
    said = {
        Kind.PASS: headline(verdict).partition("  ")[2].capitalize() + ", on one version. Nothing stands against promoting it.",
        Kind.FAIL: f"{failed}: the deployment does not do what is required of it. Do not promote it.",
        Kind.INCONCLUSIVE: "gonogo cannot know: neither a yes nor a fault that was found. Remove what stood in the way, and verify again.",
        Kind.INTERRUPTED: "Somebody stopped the run: nothing was concluded. Verify again.",
        Kind.USAGE: "Nothing was run.",
        Kind.LEAK: "A secret was found in what the run would leave behind. Publish nothing of it.",
    }[verdict.kind]
    return (
        said.replace("Nothing stands against promoting it.", "It is a part: this says nothing about a promotion.") if verdict.part else said
    )


def version(verdict: Verdict) -> str:
    """Which version this is about, and how sure that is."""
    identity = verdict.identity
    shown = ", ".join(identity.ids) or "unknown"
    said = {
        "unchanged": "the same from start to end" + (", restored after the drill" if identity.drilled else ""),
        "changed": "changed during the run",
        "not_restored": "not restored after the drill",
        "unknown": "not observed from start to end",
        "undeclared": "the environment does not say where it can be read",
    }[identity.state]
    return f"{shown} ({said})"


def counts(verdict: Verdict) -> str:
    """How the checks ended, most important first; zeros are left out except for passed and failed."""
    c = verdict.counts
    parts = [f"{c.passed} of {c.required} required passed", f"{c.failed} failed"]
    parts += [f"{c.waived} waived"] if c.waived else []
    parts += [f"{c.advised} advice"] if c.advised else []
    parts += [f"{c.flaky} only with a repeated request"] if c.flaky else []
    parts += [f"{c.not_reached} not reached"] if c.not_reached else []
    parts += [f"{c.unknown} unknown"] if c.unknown else []
    parts += [f"advisory: {c.advisory_passed} passed, {c.advisory_failed} failed"] if c.advisory_passed or c.advisory_failed else []
    parts += [f"{c.not_applicable} not applicable"] if c.not_applicable else []
    return ", ".join(parts)


def cost(verdict: Verdict) -> str:
    """What the run took."""
    names = ("requests", "mails", "accounts", "objects")
    return ", ".join(
        f"{value} {name if value != 1 else name[:-1]}" for name in names if (value := getattr(verdict.cost, name)) or name != "objects"
    )


def ratio(verdict: Verdict) -> float | None:
    """Time of the run over its floor, the larger of the longest chain and the pacing bound; None when the floor is not known."""
    timings = verdict.timings
    floor = max(timings.longest_chain, timings.pacing_bound) if timings else 0.0
    return timings.wall / floor if timings and floor > 0 else None


def timing(verdict: Verdict) -> str:
    """How long the run took beside the time it could not get under."""
    timings = verdict.timings
    if timings is None:
        return "not measured"
    times = ratio(verdict)
    if times is None:
        return f"{timings.wall:.1f} s"
    floor = max(timings.longest_chain, timings.pacing_bound)
    paced = timings.pacing_bound > timings.longest_chain
    because = "the pacing of the declared rate limit" if paced else f"the longest chain{', ' + timings.chain if timings.chain else ''}"
    return f"{timings.wall:.1f} s, {times:.2f} x its floor of {floor:.1f} s ({because})"


def lines(verdict: Verdict, report: str = "") -> list[str]:
    """The five lines a run ends with: verdict, version, counts, cost, report."""
    table = (("version", version(verdict)), ("checks", counts(verdict)), ("cost", cost(verdict)), ("report", report or "not rendered"))
    return [headline(verdict), *(f"{name:<8} {text}" for name, text in table)]


def details(verdict: Verdict, most: int = 12) -> list[str]:
    """What the five lines leave out: further reasons, observations that decide nothing, notes. At most `most` lines of each."""
    found: list[str] = []
    for title, some in (
        ("reasons", grouped(verdict.reasons)),
        ("observed, and not usable", grouped(verdict.observed)),
        ("waived failures", grouped(verdict.waived)),
        ("failures that are advice", grouped(verdict.advised)),
        ("advisory failures", grouped(verdict.advisory)),
        ("notes", list(verdict.notes)),
    ):
        if title == "reasons" and len(some) == 1 and len(_line(some[0])) <= _HEADLINE:
            continue  # the headline says it
        if some:
            found.append(f"{title}:")
            found += [f"  - {shorten(text, _LONGEST)}" for text in some[:most]]
            found += [f"  - and {len(some) - most} more"] if len(some) > most else []
    return found


def grouped(reasons: Iterable[Reason], named: int = 3) -> list[str]:
    """Reasons in words, those with the same text as one: a cause that stops forty checks is one cause."""
    groups: dict[tuple[str, str], list[Reason]] = {}
    for reason in reasons:
        groups.setdefault((reason.kind, _ADDRESS.sub("0x…", reason.text)), []).append(reason)
    found: list[str] = []
    for (_, text), alike in groups.items():
        checks = [reason.check for reason in alike if reason.check]
        if len(checks) < 2:
            found.append(str(alike[0]))
            continue
        more = f" and {len(checks) - named} more" if len(checks) > named else ""
        found.append(f"{len(checks)} checks: {text} ({', '.join(checks[:named])}{more})")
    return found


def markdown(verdict: Verdict, report: str = "") -> str:
    """The conclusion for a job page."""
    mark = {Kind.PASS: "✅", Kind.FAIL: "❌"}.get(verdict.kind, "⚠️")
    started = dt.datetime.fromtimestamp(verdict.started, dt.UTC).strftime("%Y-%m-%d %H:%M UTC") if verdict.started else "unknown"
    where = f"{verdict.environment or 'unknown'} ({verdict.tier or 'unknown tier'}), {verdict.origin or 'unknown origin'}"
    rows = [
        ("Version", version(verdict)),
        ("Checks", counts(verdict)),
        ("Time", timing(verdict)),
        ("Cost", cost(verdict)),
    ]
    shown = [f"| Environment | {_own(where)} |", *(f"| {name} | {_cell(value)} |" for name, value in rows)]
    shown += [f"| Run | {_code(verdict.run or 'unknown')}, {started} |"]
    shown += [f"| Part | {_code(verdict.arguments)}: a result of this part only |"] if verdict.part else []
    shown += [f"| Report | {_own(report)} |"] if report else []
    text = [f"## {mark} {_cell(headline(verdict))}", "", "| | |", "|---|---|", *shown]
    text += _section("Reasons", verdict.reasons) if verdict.kind != Kind.PASS else []
    text += _section("Observed, and not usable", verdict.observed) + _section("Waived failures", verdict.waived)
    text += _section("Failures that are advice", verdict.advised) + _section("Advisory failures", verdict.advisory)
    text += ["", "### Notes", "", *(f"- {_cell(note)}" for note in verdict.notes)] if verdict.notes else []
    return "\n".join(text) + "\n"


def _section(title: str, reasons: Iterable[Reason]) -> list[str]:
    """Reasons as a table: each with its check, but those that were only kept away by a cause as one row per cause."""
    some = list(reasons)
    missed = [reason for reason in some if reason.kind == ReasonKind.NOT_REACHED]
    rows = [f"| {_code(r.check) if r.check else ''} | {_cell(r.text)} |" for r in some if r.kind != ReasonKind.NOT_REACHED]
    rows += [f"| | {_cell(text)} |" for text in grouped(missed)]
    return ["", f"### {title}", "", "| Check | What |", "|---|---|", *rows] if rows else []


def shorten(text: str, most: int = _HEADLINE) -> str:
    """A text on one line, cut where it gets longer than a title may be."""
    text = _line(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _line(text: str) -> str:
    return plain(" ".join(text.split()))


def _cell(text: str) -> str:
    """A text of a table's cell, a heading or a list, in which nothing is Markdown, and nothing becomes a link.

    A dollar begins a formula
    (https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions).
    """
    return _LINKED.sub(_APART, _own(text)).replace("$", "<span>$</span>")


def _own(text: str) -> str:
    """As :func:`_cell`, for what whoever verifies has declared: its address may be a link."""
    return _MARKDOWN.sub(r"\\\g<0>", html.escape(_line(text), quote=False).replace("&gt;", ">"))


def _code(text: str) -> str:
    """Code in a table: a backtick would end it, and a bar would end the cell."""
    return f"`{_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"
