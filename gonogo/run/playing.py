"""What plays in one process of a run: the scheduler, and the context that facets are made over."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from clients.platforms.drill_mark import DrillMark
from fixtures.context import Context, Guarding, Process
from fixtures.folder import RESIDUE
from fixtures.journal import Journal
from fixtures.wiring import Wiring
from gonogo.run.state import Run
from journeys import Scheduler
from journeys.scheduler import Progress


@dataclass(frozen=True)
class Playing:
    """A scheduler over a context."""

    context: Context
    scheduler: Scheduler

    @classmethod
    def of(cls, run: Run, wiring: Wiring, process: Process, progress: Progress | None = None) -> Playing:
        """What this process of the run plays with; nothing has started yet."""
        scheduler = Scheduler(deadline=run.environment.limits.run_seconds, progress=progress)
        context = Context(
            run.environment,
            wiring,
            Journal(run.out / RESIDUE, run.environment.name, run.secrets.redact),
            run.out,
            run_id=run.id,
            started=datetime.fromtimestamp(run.started, UTC),
            thorough=run.depth == "nightly",
            override=run.override,
            process=process,
            guard=partial(_guarded, run),
            on_cancel=scheduler.on_cancel,
            declared_in=run.declared_in,
        )
        scheduler.given = context
        scheduler.on_cancel(wiring.close)
        return cls(context, scheduler)


def _guarded(run: Run, mark: DrillMark) -> AbstractContextManager[Guarding]:
    from gonogo.run.drill_watchdog import guard  # with the drill only

    return guard(run, mark)
