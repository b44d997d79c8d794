"""From when to when a ticket counts: from the end of its run, for half an hour, and not beyond the last day of what was applied."""

from datetime import date, timedelta

from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.statement import Gate, moment, parsed
from reports.waivers import day_of

LIFETIME = timedelta(minutes=30)
# Two machines' clocks may differ by so many seconds.
SKEW = 60.0


def expiry(finished: str) -> str:
    """The end of a ticket whose run ended at this moment. Nobody can choose another one."""
    return moment((parsed(finished) + LIFETIME).timestamp())


def demand(gate: Gate, now: float, longest: float) -> None:
    """Raises Rejected unless `now` (seconds since the epoch) lies in the window of a run that took at most `longest` seconds."""
    started, finished, expires = (parsed(text).timestamp() for text in (gate.started, gate.finished, gate.expires))
    if started > finished:
        raise Rejected(Rejection.TIME_ORDER, f"the run ended at {gate.finished}, before it began at {gate.started}")
    if finished > now + SKEW:
        raise Rejected(Rejection.FUTURE, f"the run ended at {gate.finished}, and it is {moment(now)}: set the clocks of both machines")
    if gate.expires != expiry(gate.finished):
        text = f"it lasts until {gate.expires}, a ticket lasts {LIFETIME.seconds // 60} minutes from the end of its run, {gate.finished}"
        raise Rejected(Rejection.LIFETIME, text)
    if now >= expires:
        raise Rejected(Rejection.EXPIRED, f"it ended at {gate.expires}, and it is {moment(now)}: verify again")
    if finished - started > longest + SKEW:
        text = f"the run lasted from {gate.started} to {gate.finished}, the policy allows {longest:.0f} s: what was seen first may be gone"
        raise Rejected(Rejection.TOO_LONG, text)


def demand_unexpired(gate: Gate, now: float) -> None:
    """Raises Rejected where the last day of a waiver or advice that was applied is over at `now`, seconds since the epoch."""
    today = day_of(now)
    for applied in gate.applied:
        if date.fromisoformat(applied.expires) < today:
            text = f"{applied.check} failed, and its {applied.kind} ended on {applied.expires} ({applied.owner}: {applied.reason})"
            raise Rejected(Rejection.RULES, f"{text}: since then the failure decides; verify again")
