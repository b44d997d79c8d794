"""What is known about a step: its state, its times, what it returned or raised, and the evidence it left."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from journeys.evidence import Evidence
from journeys.steps import Step


class StepState(enum.StrEnum):
    """Where a step stands. A step leaves `waiting` and `playing` once, and never comes back."""

    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"
    BROKEN = "broken"
    NOT_REACHED = "not reached"
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Whether the state can change no more."""
        return self not in (StepState.WAITING, StepState.PLAYING)


@dataclass(frozen=True)
class Cause:
    """Why steps were not reached: the step that broke (or no step: the run itself) and its error."""

    journey: str
    step: str
    error: BaseException


@dataclass(eq=False)
class Record:
    """One step of one journey in one run. Times in monotonic seconds.

    Written under the scheduler's lock; whoever sees a settled state may read everything else without it.
    """

    step: Step[Any]
    journey: str
    state: StepState = StepState.WAITING
    value: Any = None
    error: BaseException | None = None
    cause: Cause | None = None
    started: float | None = None
    ended: float | None = None
    #: Seconds spent blocked, by reason: "journey" (another journey's record), "pacing" (a rate limit).
    held: dict[str, float] = field(default_factory=dict)
    #: Records of other journeys that this step read.
    read: list[Record] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    #: The check that reported the failure of this step.
    reported_by: str | None = None
    reported: bool = False
    paused_since: float | None = None

    @property
    def name(self) -> str:
        """The step's name."""
        return self.step.name

    @property
    def elapsed(self) -> float | None:
        """Seconds from start to end, None if the step has not ended."""
        return None if self.started is None or self.ended is None else self.ended - self.started

    @property
    def own(self) -> float:
        """Seconds of the step's own work: without those it was held by other journeys or a rate limit."""
        return max(0.0, (self.elapsed or 0.0) - sum(self.held.values()))

    def due(self) -> float | None:
        """The monotonic second at which the step is overdue; None while it is held, for then its time stands still."""
        if self.state is not StepState.PLAYING or self.started is None or self.paused_since is not None:
            return None
        return self.started + self.step.deadline + sum(self.held.values())
