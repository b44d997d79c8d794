"""How long a run took, and how long it had to take at least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from journeys.journey import Journey
from journeys.records import Record, StepState


@dataclass(frozen=True)
class StepTiming:
    """One step, and the seconds of its own work: without those it was held by other journeys or a rate limit."""

    journey: str
    step: str
    state: StepState
    own: float


@dataclass(frozen=True)
class Chain:
    """Steps that had to wait for each other, and the seconds of their own work."""

    seconds: float
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s: {' > '.join(self.steps) or 'nothing'}"


@dataclass(frozen=True)
class Timings:
    """All steps of a run. `wall` is the time since the first start in seconds, for a finished run that of its last step.

    `longest` is the longest chain of the journeys that play together; exclusive ones play alone, and after the others.
    """

    steps: tuple[StepTiming, ...]
    wall: float
    longest: Chain


def measure(plays: Sequence[tuple[type[Journey], Sequence[Record]]], began: float | None, now: float) -> Timings:
    """Compute the timings of plays; `began` and `now` are monotonic seconds."""
    origin = now if began is None else began
    steps = [
        StepTiming(journey=record.journey, step=record.name, state=record.state, own=record.own)
        for _, records in plays
        for record in records
    ]
    before = {id(later): earlier for _, records in plays for earlier, later in pairwise(records)}
    chains: dict[int, Chain] = {}
    for _, records in plays:
        for record in records:
            _chain(record, before, chains)
    shared = [chains[id(record)] for kind, records in plays if not kind.exclusive for record in records]
    playing = any(record.state is StepState.PLAYING for _, records in plays for record in records)
    ends = [record.ended for _, records in plays for record in records if record.ended is not None]
    return Timings(
        steps=tuple(steps),
        wall=(now if playing or not ends else max(ends)) - origin,
        longest=max(shared, key=lambda chain: chain.seconds, default=Chain(0.0, ())),
    )


def _chain(record: Record, before: dict[int, Record], chains: dict[int, Chain]) -> Chain:
    """The longest chain that ends with this step: its own time after that of the step before and of the steps it read."""
    known = chains.get(id(record))
    if known is None:
        needed = [*([before[id(record)]] if id(record) in before else []), *record.read]
        longest = max((_chain(other, before, chains) for other in needed), key=lambda chain: chain.seconds, default=Chain(0.0, ()))
        mine = () if record.started is None else (f"{record.journey}.{record.name}",)
        known = chains[id(record)] = Chain(longest.seconds + record.own, longest.steps + mine)
    return known
