"""A journey: a short user story played once per run. It acts and records; checks assert over its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from base.waiting import pause, until
from journeys.context import PLAYING, CurrentStep
from journeys.cost import Cost
from journeys.errors import Misuse
from journeys.evidence import Evidence
from journeys.facets import Given, Uses, uses_of
from journeys.records import Record
from journeys.steps import Step

J = TypeVar("J", bound="Journey")
T = TypeVar("T")


class Played(Protocol):
    """What a journey asks of the play that it is in."""

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all steps by name."""

    def other(self, journey: type[J]) -> J:
        """Another journey of the run."""


class Journey:
    """Base of all journeys. Subclass it, give the class its needs, and its methods `@step`:

        class Joining(Journey, cost=Cost(sign_ups=1, mails=1), expected=4):
            members = uses(Members)

            @step
            def person(self) -> Person: ...

    uses       the facets it is given, each a line of the class; what they require, the journey requires
    requires   further capabilities that the environment must declare
    after      journeys whose records this one reads, through `self.other`
    cost       what playing it uses up: a sign-up counts as one, whatever account and mail come of it there
    expected   seconds it will about take: the longest start first
    exclusive  nothing else may run meanwhile (a drill); starts when a check first reads it
    quiet      measures, and so plays ahead of the others: what they make the machine do would be measured with it

    What is not given is inherited. Reading a step from a check blocks until it is done, and raises `StepBroke`,
    `NotReached` or `StepCancelled` where there is nothing to read.
    """

    requires: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[tuple[type[Journey], ...]] = ()
    cost: ClassVar[Cost] = Cost()
    expected: ClassVar[float] = 1.0
    exclusive: ClassVar[bool] = False
    quiet: ClassVar[bool] = False
    steps: ClassVar[tuple[Step[Any], ...]] = ()

    #: What it requires beside its facets: a subclass that uses other facets does not require those of its base.
    _further: ClassVar[tuple[str, ...]] = ()
    #: What the run gives: facets by `uses`, and what every run has.
    context: Given
    _play: Played

    def __init_subclass__(
        cls,
        *,
        requires: tuple[str, ...] | None = None,
        after: tuple[type[Journey], ...] | None = None,
        cost: Cost | None = None,
        expected: float | None = None,
        exclusive: bool | None = None,
        quiet: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        given = {
            "requires": requires,
            "after": after,
            "cost": cost,
            "expected": expected,
            "exclusive": exclusive,
            "quiet": quiet,
        }
        for name, value in given.items():
            if value is not None:
                setattr(cls, name, value)
        cls._further = vars(cls).get("requires", cls._further)
        named = (capability for use in uses_of(cls) if not use.optional for capability in use.requires)
        cls.requires = tuple(dict.fromkeys((*cls._further, *named)))
        cls.steps = tuple(_steps(cls).values())
        _check(cls)

    def __init__(self, play: Played, given: Any) -> None:
        self._play = play
        self.context = given

    def other(self, journey: type[J]) -> J:
        """Another journey of this run, to read its records. It must be declared in `after`, which is how cycles stay impossible."""
        if journey not in self.after:
            name = type(self).__name__
            raise Misuse(
                f"{name} reads {journey.__name__} without declaring it: write class {name}(Journey, after=({journey.__name__}, ...))"
            )
        return self._play.other(journey)

    @property
    def thorough(self) -> bool:
        """Depth nightly: more examples, and longer stories."""
        return self.context.thorough

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is cancelled. Raises base.waiting.Cancelled."""
        pause(seconds, self.context.cancelled)

    def until(self, observe: Callable[[], T], accept: Callable[[T], bool], *, within: float, what: str) -> T:
        """Observe until `accept` says yes, for what takes its time to show; `within` seconds. Raises base.waiting.Overdue, Cancelled."""
        return until(observe, accept, within=within, what=what, cancelled=self.context.cancelled)

    def figure(self, text: str) -> None:
        """Show a measured figure at the end of the run, whatever the checks say of it."""
        self.context.figure(text)

    def note(self, title: str, text: str) -> None:
        """Keep a text as evidence of the step that is being played."""
        self._playing().attach(title, text, "text/plain")

    def screenshot(self, title: str, png: bytes) -> None:
        """Keep a PNG picture as evidence of the step that is being played."""
        self._playing().attach(title, png, "image/png")

    def attach(self, title: str, body: str | bytes, media_type: str) -> None:
        """Keep anything else (a trace, a JSON document) as evidence of the step that is being played."""
        self._playing().attach(title, body, media_type)

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all steps by name, without waiting for any."""
        return self._play.records

    def evidence(self, step: str) -> tuple[Evidence, ...]:
        """What a step has attached until now."""
        return tuple(self.records[step].evidence)

    def _playing(self) -> CurrentStep:
        playing = PLAYING.get()
        if playing is None:
            raise Misuse(f"evidence can only be kept inside a step of {type(self).__name__} (threads started by a step need its context)")
        return playing

    def __repr__(self) -> str:
        states = ", ".join(f"{name}: {record.state}" for name, record in self.records.items())
        return f"<{type(self).__name__} {states}>"


def _steps(cls: type[Journey]) -> dict[str, Step[Any]]:
    """Steps of the class in definition order; those of its bases first, an overridden one at its old place."""
    found: dict[str, Step[Any]] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Step):
                found[name] = value
            else:
                found.pop(name, None)
    return found


def _check(cls: type[Journey]) -> None:
    for step in cls.steps:
        if step.name in vars(Journey) or step.name in Journey.__annotations__:
            raise Misuse(f"a step of {cls.__name__} is called {step.name}, which every journey has already: choose another name")
    for name, value in vars(cls).items():
        if isinstance(value, Uses) and (name in vars(Journey) or name in Journey.__annotations__):
            raise Misuse(f"a facet of {cls.__name__} is called {name}, which every journey has already: choose another name")
    for capability in cls.requires:
        if len(capability) == 1:  # a string where a tuple belongs falls apart into single letters
            raise Misuse(f"{cls.__name__} requires {capability!r}: write requires=('auth.email',), a tuple")
    for other in cls.after:
        if other.exclusive and not cls.exclusive:
            raise Misuse(
                f"{cls.__name__} comes after {other.__name__}, which is exclusive and so plays last: make {cls.__name__} exclusive, too"
            )
    if cls.expected < 0:
        raise Misuse(f"{cls.__name__} expects {cls.expected:g} seconds: give 0 or more")
