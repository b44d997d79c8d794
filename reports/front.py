"""What stands above Allure's report: the verdict, what failed, why, and what now, in that order."""

import html
from collections.abc import Iterable

from reports import summary
from reports.advice import entry
from reports.manifest import Manifest
from reports.markup import rendered
from reports.reasons import Kind, Reason, ReasonKind, Weight
from reports.runbooks import RunbookEntry, Runbooks
from reports.verdict import Verdict

_SHOWN = 8
_COLOURS = {Kind.PASS: "#1a7f4b", Kind.FAIL: "#c02b2b"}
_OTHER = "#96650a"
# Allure's ring shows the share of checks that did not fail, also of a run that failed: it says nothing about the verdict.
_STYLE = """
article:has(> [aria-label^="Success rate"]) { display: none }
#gonogo { --ground: #fff; --ink: #1d2733; --soft: #5b6876; --line: #d9dfe6; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--ground); max-width: 920px; margin: 16px auto; border-radius: 8px; overflow: hidden; border: 1px solid var(--line) }
html[data-theme="dark"] #gonogo { --ground: #1b2028; --ink: #e6eaf0; --soft: #9aa7b5; --line: #343c48 }
#gonogo header { background: var(--verdict); color: #fff; padding: 14px 24px } #gonogo h1 { font-size: 26px; margin: 0 }
#gonogo header p { margin: 2px 0 0; overflow-wrap: anywhere } #gonogo .body { padding: 4px 24px 16px }
#gonogo h2 { font-size: 15px; margin: 16px 0 4px } #gonogo li { margin: 4px 0; overflow-wrap: anywhere }
#gonogo ol.reasons { padding-left: 20px; margin: 0 } #gonogo .check { color: var(--soft); font-size: 13px }
#gonogo summary { cursor: pointer; color: #2f6fd0 } #gonogo details { border-left: 3px solid var(--line); padding-left: 12px }
#gonogo code, #gonogo pre { font: 13px ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
#gonogo a { color: #2f6fd0 } #gonogo h1, #gonogo h2, #gonogo b { font-weight: 650 } #gonogo ol { list-style: decimal; padding-left: 22px }
#gonogo ul { list-style: disc; padding-left: 22px; margin: 0 } #gonogo p { margin: 6px 0 }
"""


def front(verdict: Verdict, manifest: Manifest) -> str:
    """HTML of the front. It has no script, and asks nothing of the network."""
    word = summary.WORDS[verdict.kind] + (" (of a part)" if verdict.part else "")
    colour = _COLOURS.get(verdict.kind, _OTHER)
    where = f"{verdict.environment or 'unknown environment'} · {verdict.origin or 'unknown origin'} · version {summary.version(verdict)}"
    body = "".join(_sections(verdict, manifest))
    head = f"<header><h1>{_text(word)}</h1><p>{_text(summary.meaning(verdict))}</p><p>{_text(where)}</p></header>"
    return f'<style>{_STYLE}</style>\n<section id="gonogo" style="--verdict: {colour}">{head}<div class="body">{body}</div></section>\n'


def _sections(verdict: Verdict, manifest: Manifest) -> Iterable[str]:
    failed = [reason for reason in verdict.reasons if reason.weight == Weight.FAILED and reason.kind != ReasonKind.NOT_REACHED]
    rest = [reason for reason in verdict.reasons if reason not in failed and reason.kind != ReasonKind.NOT_REACHED]
    missed = [reason for reason in verdict.reasons if reason.kind == ReasonKind.NOT_REACHED]
    yield from _list("What failed, and what now", failed, manifest)
    yield from _list("What nobody knows, and what now" if verdict.kind != Kind.LEAK else "What was found", rest, manifest)
    if missed:
        said = "".join(f"<li>{_text(text)}</li>" for text in summary.grouped(missed)[:_SHOWN])
        number = f"{len(missed)} checks were" if len(missed) > 1 else "1 check was"
        yield f"<h2>{number} not reached: nothing to mend there</h2><details><summary>Which, and why</summary><ul>{said}</ul></details>"
    yield from _list("Seen in a run that cannot be used, so it may not be true", verdict.observed, manifest, advice=False)
    yield from _list("Waived", verdict.waived, manifest, advice=False)
    yield from _list("Advice, until the day that is named", verdict.advised, manifest, advice=False)
    yield from _list("Failed, and not required", verdict.advisory, manifest, advice=False)
    if verdict.notes:
        yield f"<h2>Notes</h2><ul>{''.join(f'<li>{_text(note)}</li>' for note in verdict.notes[:_SHOWN])}</ul>"
    if verdict.kind == Kind.PASS:
        yield f"<p>{_text(summary.counts(verdict))}. {_text(summary.timing(verdict))}</p>"


def _list(title: str, reasons: Iterable[Reason], manifest: Manifest, *, advice: bool = True) -> Iterable[str]:
    some = _together(reasons)
    if not some:
        return
    items = "".join(
        f"<li>{_reason(reason, also, manifest, advice, first=number == 0)}</li>" for number, (reason, also) in enumerate(some[:_SHOWN])
    )
    more = f"<p>and {len(some) - _SHOWN} more: see the results below</p>" if len(some) > _SHOWN else ""
    yield f'<h2>{_text(title)}</h2><ol class="reasons">{items}</ol>{more}'


def _together(reasons: Iterable[Reason]) -> list[tuple[Reason, int]]:
    """Reasons, each with how many others say the same of other checks: one cause is one cause. Failures stay apart."""
    groups: dict[tuple[str, str, str | None], list[Reason]] = {}
    for reason in reasons:
        groups.setdefault((reason.kind, reason.text, reason.check if reason.kind == ReasonKind.FAILED else None), []).append(reason)
    return [(alike[0], len(alike) - 1) for alike in groups.values()]


def _reason(reason: Reason, also: int, manifest: Manifest, advice: bool, *, first: bool) -> str:
    row = manifest.rows.get(reason.check) if reason.check else None
    title = f'<b>{_text(row.requirement)}</b> <span class="check">{_text(row.id)}</span><br>' if row else ""
    if reason.check and not row:
        title = f"<b>{_text(reason.check)}</b><br>"
    if also:
        title = f"<b>{also + 1} checks</b>, {_text(reason.check or '')} among them<br>"
    found = _entry(reason, manifest) if advice else None
    more = f"<details{' open' if first else ''}><summary>What now</summary>{rendered(found.text)}</details>" if found else ""
    return f"{title}{_text(summary.shorten(reason.text, 400))}{more}"


def _entry(reason: Reason, manifest: Manifest) -> RunbookEntry | None:
    if reason.kind == ReasonKind.FAILED:
        return entry(manifest.rows.get(reason.check or ""), "failed")
    return Runbooks.load().kinds.get(reason.kind)


def _text(text: str) -> str:
    return html.escape(text)
