"""Facets in a journey: named in its class, given by the run, and the journey requires what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from fixtures.registry import facets
from fixtures.storage_objects import StorageObjects
from journeys import Journey, Misuse, Scheduler, StepBroke, step, uses
from journeys.facets import Uses, uses_of

Schedule = Callable[..., Scheduler]


class Store:
    """A facet that needs two capabilities, its own first."""

    requires = ("edge.kv", "members")

    def get(self, key: str) -> str:
        return f"value of {key}"


class Queue:
    """A facet of one capability."""

    requires = ("edge.queues",)


class Everywhere:
    """A facet that is always there."""

    requires: tuple[str, ...] = ()


class Given:
    """A run that declares some capabilities, and remembers what it was asked for."""

    def __init__(self, *capabilities: str) -> None:
        self.capabilities, self.made = set(capabilities), dict[type, Any]()

    def has(self, *capabilities: str) -> bool:
        return self.capabilities.issuperset(capabilities)

    def facet(self, kind: type) -> Any:
        lacking = [name for name in getattr(kind, "requires", ()) if name not in self.capabilities]
        if lacking:
            raise LookupError(f"{kind.__name__} needs {lacking}")
        return self.made.setdefault(kind, kind())


class Keeping(Journey):
    """Uses a facet, and another where it is there."""

    store = uses(Store)
    queue = uses(Queue, optional=True)

    @step
    def value(self) -> str:
        return self.store.get("a")

    @step(independent=True)
    def same(self) -> bool:
        return self.store is self.store

    @step(independent=True)
    def waits(self) -> str:
        return "no queue" if self.queue is None else type(self.queue).__name__


def test_journey_is_given_its_facet(schedule: Schedule) -> None:
    """The run's one, whenever it is asked for."""
    given = Given("edge.kv", "members")
    played = schedule(given=given).play(Keeping)
    assert (played.value, played.same) == ("value of a", True)
    assert list(given.made) == [Store]


@pytest.mark.parametrize(("capabilities", "found"), [((), "no queue"), (("edge.queues",), "Queue")], ids=["not declared", "declared"])
def test_optional_facet_is_none_where_it_is_not_declared(schedule: Schedule, capabilities: tuple[str, ...], found: str) -> None:
    """The journey plays in both cases, and requires nothing for it."""
    given = Given("edge.kv", "members", *capabilities)
    assert schedule(given=given).play(Keeping).waits == found
    assert Keeping.requires == ("edge.kv", "members")


def test_optional_facet_with_a_refinement_needs_all_of_it(schedule: Schedule) -> None:
    """A section without what was asked for is as good as none."""

    class Listing(Journey):
        store = uses(Store, "lists", optional=True)

        @step
        def there(self) -> bool:
            return self.store is not None

    assert not schedule(given=Given("edge.kv", "members")).play(Listing).there
    assert schedule(given=Given("edge.kv", "members", "edge.kv.lists")).play(Listing).there
    assert Listing.requires == ()


def test_facet_that_is_not_declared_breaks_the_step(schedule: Schedule) -> None:
    """Whoever plays a journey that is not applicable learns what is lacking."""
    with pytest.raises(StepBroke, match=r"LookupError: Store needs \['edge.kv', 'members'\]"):
        _ = schedule(given=Given()).play(Keeping).value


def test_refinements_are_below_the_facets_own_capability() -> None:
    """The first of those that it needs."""

    class Listing(Journey):
        store = uses(Store, "lists", "deletes")

    assert Listing.requires == ("edge.kv", "members", "edge.kv.lists", "edge.kv.deletes")


def test_journey_requires_what_its_facets_and_it_itself_do() -> None:
    """Each once: what the class says comes first."""

    class Both(Journey, requires=("health", "members")):
        everywhere = uses(Everywhere)
        store = uses(Store)
        again = uses(Store, "lists")

    assert Both.requires == ("health", "members", "edge.kv", "edge.kv.lists")


def test_facets_of_bases_are_inherited() -> None:
    """Of a base that is a journey, and of one that only shares what journeys have in common."""

    class Shares:
        queue = uses(Queue)

    class Base(Journey):
        store = uses(Store)

    class Both(Shares, Base): ...

    assert set(Both.requires) == {"edge.kv", "members", "edge.queues"}
    assert {use.facet for use in uses_of(Both)} == {Store, Queue}
    assert set(Base.requires) == {"edge.kv", "members"}, "a subclass changes nothing about its base"


def test_name_that_a_subclass_takes_is_the_subclass_s() -> None:
    """It may ask for another facet, for more of the same, or for none at all."""

    class Base(Journey):
        store = uses(Store)

    class More(Base):
        store = uses(Store, "lists")

    class Other(Base):
        store = uses(Queue)  # type: ignore[assignment] # the point

    class Nothing(Base):
        store = None  # type: ignore[assignment] # the point

    assert [use.requires for use in uses_of(More)] == [("edge.kv", "members", "edge.kv.lists")]
    assert [use.facet for use in uses_of(Other)] == [Queue]
    assert list(uses_of(Nothing)) == []
    assert set(More.requires) == {"edge.kv", "members", "edge.kv.lists"}
    assert set(Other.requires) == {"edge.queues"}, "what a base requires for a facet that is not used any more is not required"
    assert Nothing.requires == ()


def test_what_a_base_says_itself_stays_when_its_facet_goes() -> None:
    """Only what came from the facet goes with it."""

    class Base(Journey, requires=("health",)):
        store = uses(Store)

    class Without(Base):
        store = None  # type: ignore[assignment] # the point

    class Anew(Base, requires=("version",)): ...

    assert Without.requires == ("health",)
    assert set(Anew.requires) == {"version", "edge.kv", "members"}


def test_class_shows_what_it_uses() -> None:
    """On the class the name is no facet, which only a run has, but what was written."""
    assert isinstance(Keeping.store, Uses)
    assert (Keeping.store.facet, Keeping.store.optional) == (Store, False)
    assert (Keeping.queue.facet, Keeping.queue.optional) == (Queue, True)


def test_refinement_of_what_is_always_there_is_an_error() -> None:
    """Said when the class is written, with its name."""
    with pytest.raises(TypeError, match="Everywhere is always there, so it has no refinements such as lists"):
        uses(Everywhere, "lists")
    with pytest.raises(TypeError, match="Deployment is always there"):
        uses(Deployment, "health")


@pytest.mark.parametrize("wrong", [str, int, Given, "StorageObjects", None, Store()], ids=["str", "int", "class", "name", "none", "object"])
def test_what_is_no_facet_is_an_error(wrong: Any) -> None:
    """Said when the class is written, in a sentence."""
    with pytest.raises(TypeError, match=r"uses\(\.\.\.\) takes a facet class"):
        uses(wrong)


@pytest.mark.parametrize("wrong", [StorageObjects, 3, None], ids=["class", "number", "none"])
def test_refinement_is_a_name(wrong: Any) -> None:
    """Two facets in one `uses` are a mistake that would otherwise be a capability nobody has."""
    with pytest.raises(TypeError, match="refinements of Store are names"):
        uses(Store, wrong)


def test_step_cannot_have_the_name_of_what_every_journey_has() -> None:
    """Nor a facet: it would hide it."""
    with pytest.raises(Misuse, match="called context"):
        type("Bad", (Journey,), {"context": uses(Queue)})


@pytest.mark.parametrize("kind", facets(), ids=lambda kind: kind.__name__)
def test_every_facet_can_be_used(kind: Any) -> None:
    """Those of gonogo itself, by their classes."""
    made: Any = type("Any", (Journey,), {"given": uses(kind)})
    assert made.requires == kind.requires


def test_facets_need_what_they_stand_on() -> None:
    """Files and better-auth's verbs are members'."""
    assert StorageObjects.requires == ("storage.objects", "members")
    assert EmailSignIn.requires == ("auth.email", "members")
