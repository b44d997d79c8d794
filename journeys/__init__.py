"""The machinery that plays journeys: steps and their records, the scheduler, the pacer, actors and costs.

A journey acts and records, in a thread of its own; checks assert over its records and wait for those they read.
"""

from journeys.actors import Actors, Identity
from journeys.context import current, holding, reading
from journeys.cost import Budget, Cost, Meter
from journeys.errors import BudgetExceeded, Cancelled, Contradicted, JourneyError, Misuse, NotReached, Overdue, RunOverdue, StepBroke
from journeys.evidence import Evidence
from journeys.facets import Given, Uses, uses
from journeys.journey import Journey
from journeys.limits import Rule
from journeys.pacer import Pacer, Refused
from journeys.plan import groups, planned_cost, required, with_dependencies
from journeys.properties import Examined, Falsified, examine
from journeys.records import Record, State
from journeys.scheduler import Scheduler
from journeys.shelf import FileShelf
from journeys.steps import Step, step
from journeys.timings import Chain, StepTiming, Timings

__all__ = [
    "Actors",
    "Budget",
    "BudgetExceeded",
    "Cancelled",
    "Chain",
    "Contradicted",
    "Cost",
    "Evidence",
    "Examined",
    "Falsified",
    "FileShelf",
    "Given",
    "Identity",
    "Journey",
    "JourneyError",
    "Meter",
    "Misuse",
    "NotReached",
    "Overdue",
    "Pacer",
    "Record",
    "Refused",
    "Rule",
    "RunOverdue",
    "Scheduler",
    "State",
    "Step",
    "StepBroke",
    "StepTiming",
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
