"""The machinery that plays journeys: steps and their records, the scheduler, the pacer, actors and costs.

A journey acts and records, in a thread of its own; checks assert over its records and wait for those they read.
"""

from journeys.actors import ActorIdentity, Actors
from journeys.context import current, holding, reading
from journeys.cost import Budget, Cost, Meter
from journeys.errors import (
    BudgetExceeded,
    Contradicted,
    DeadlineExceeded,
    JourneyError,
    Misuse,
    NotReached,
    RunOverdue,
    StepBroke,
    StepCancelled,
)
from journeys.evidence import Evidence
from journeys.facets import Given, Uses, uses
from journeys.journey import Journey
from journeys.limits import Rule
from journeys.pacer import Pacer, Throttled
from journeys.plan import groups, planned_cost, required, with_dependencies
from journeys.properties import Examined, Falsified, examine
from journeys.records import Record, StepState
from journeys.scheduler import Scheduler
from journeys.steps import Step, step
from journeys.timings import Chain, StepTiming, Timings
from journeys.window_stores import FileWindowStore

__all__ = [
    "ActorIdentity",
    "Actors",
    "Budget",
    "BudgetExceeded",
    "Chain",
    "Contradicted",
    "Cost",
    "DeadlineExceeded",
    "Evidence",
    "Examined",
    "Falsified",
    "FileWindowStore",
    "Given",
    "Journey",
    "JourneyError",
    "Meter",
    "Misuse",
    "NotReached",
    "Pacer",
    "Record",
    "Rule",
    "RunOverdue",
    "Scheduler",
    "Step",
    "StepBroke",
    "StepCancelled",
    "StepState",
    "StepTiming",
    "Throttled",
    "Timings",
    "Uses",
    "current",
    "examine",
    "groups",
    "holding",
    "planned_cost",
    "reading",
    "required",
    "step",
    "uses",
    "with_dependencies",
]
