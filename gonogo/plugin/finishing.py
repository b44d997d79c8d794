"""The end of a process that has played journeys: what it leaves behind and writes down at its end."""

from __future__ import annotations

import time

import pytest

from clients.errors import Trouble
from fixtures import cleaning
from fixtures.wiring import Wiring
from gonogo.plugin.drills import observe
from gonogo.plugin.outcomes import unseen_failures
from gonogo.plugin.progress import PROGRESS
from gonogo.plugin.starting import PLAYING, WIRING
from gonogo.run.state import Role, Run
from journeys import Scheduler
from reports.records import CostReported, ProbeRetry, Residue, StepEnded, TimingsReported, VersionObserved

LAST_STEPS = 60.0
STATES = {"done": "done", "broken": "broken", "not reached": "not_reached", "cancelled": "cancelled"}


def _silence(scheduler: Scheduler, *, interrupted: bool) -> bool:
    """Lets journeys end that no check has waited for: nothing is created behind the back of the clean-up. True when they were cut short."""
    until = time.monotonic() + LAST_STEPS
    while not interrupted and not scheduler.idle and time.monotonic() < until:
        time.sleep(0.02)
    if interrupted or not scheduler.idle:
        scheduler.cancel()
    return scheduler.cancelled.is_set()


def finish_process(config: pytest.Config, run: Run, *, interrupted: bool) -> None:
    """Cleans up after the journeys of this process, and writes down what they did and cost."""
    playing, wiring = config.stash.get(PLAYING, None), config.stash.get(WIRING, None)
    progress = config.stash.get(PROGRESS, None)
    if progress is not None:
        progress.end()
    if wiring is None:
        return
    if playing is None:  # the gate let nothing through, or workers played: what the gate itself cost
        _bill(run, wiring)
        return
    scheduler = playing.scheduler
    interrupted = _silence(scheduler, interrupted=interrupted)
    wiring.spending.last_things()
    steps = [
        StepEnded(journey=timing.journey, step=timing.step, state=STATES[timing.state.value], seconds=round(timing.own, 3))  # type: ignore[arg-type]
        for timing in scheduler.timings().steps
        if timing.state.settled
    ]
    run.ledger.append(*steps)
    run.ledger.append(*unseen_failures(config, scheduler.unreported()))
    bound = wiring.pacer.bound()
    left = cleaning.named(playing.context, "the run was cut short") if interrupted else cleaning.remove(playing.context)
    run.ledger.append(*(Residue(what=each.what, name=each.name, reason=each.reason, unknown=each.unknown) for each in left))
    timings = scheduler.timings()
    if run.role is not Role.DRILL:
        run.ledger.append(
            TimingsReported(
                wall=round(timings.wall, 3),
                longest_chain=round(timings.longest.seconds, 3),
                chain=" > ".join(timings.longest.steps),
                pacing_bound=round(bound, 3),
            )
        )
        seen = wiring.versions_by_host
        run.ledger.append(*(VersionObserved(where="during", ids=ids, source="every answer", host=host) for host, ids in seen.items()))
    elif not interrupted:
        try:
            observe(config, run, "drill_end")
        except Trouble as trouble:
            run.notes.append(f"the version after the drill could not be read: {trouble}")
    run.ledger.append(*(ProbeRetry(probe=probe, error=why, journey=journey) for journey, probe, why in wiring.retried))
    _bill(run, wiring)


def _bill(run: Run, wiring: Wiring) -> None:
    total = wiring.spending.meter.total
    run.ledger.append(CostReported(requests=total.requests, mails=total.mails, accounts=total.accounts, objects=total.objects))
