"""The order in which failures are told: a cause before what follows from it.

What depends on what is read from the checks: each was collected with the journeys that it reads and those that these need.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reports.cases import Check
from reports.reasons import Reason

Needs = frozenset[str]


def told_in_order(reasons: Iterable[Reason], checks: Mapping[str, Check]) -> list[Reason]:
    """The reasons with places: the graver first, among those of one severity the step that most had to wait for, then the earlier one; but
    none before the broken step of a journey that its own journeys need.

    `Reason.order` is its severity and moment before, and its place afterwards.
    """
    reasons = list(reasons)
    kept_away = Counter((r.journey, r.step) for check in checks.values() for r in check.results if r.outcome == "not_reached")
    needs = {check.id: _needs(check, checks) for reason in reasons if (check := checks.get(reason.check or ""))}

    def rank(reason: Reason) -> tuple[object, ...]:
        check = checks.get(reason.check or "")
        result = check.result if check else None
        waited = kept_away[result.journey, result.step] if result and result.step else 0
        severity, at = reason.order
        return severity, -min(waited, 1), len(needs.get(reason.check or "", ())), at, reason.check or "", reason.text

    left, told = sorted(reasons, key=rank), list[Reason]()
    while left:
        first = next((r for r in left if not any(_explains(other, r, needs, checks) for other in left)), left[0])
        left.remove(first)
        told.append(replace(first, order=(0, float(len(told)))))
    return told


def _explains(cause: Reason, other: Reason, needs: Mapping[str, Needs], checks: Mapping[str, Check]) -> bool:
    """Whether a broken step of one stands in the way of all that the other looks at."""
    check = checks.get(cause.check or "")
    if check is None or check.result is None or not check.result.step or cause is other:
        return False
    return bool(needs[check.id]) and needs[check.id] < needs.get(other.check or "", frozenset())


def _needs(check: Check, checks: Mapping[str, Check]) -> Needs:
    """The journeys behind a failure: those of the step that broke, else all that the check reads."""
    broken = check.result.journey if check.result else ""
    sets = [_read(each) for each in checks.values() if broken in _read(each)] if broken else []
    return frozenset.intersection(*sets) if sets else _read(check)


def _read(check: Check) -> Needs:
    return frozenset(name for case in check.cases.values() for collected in case.collected for name in collected.journeys)
