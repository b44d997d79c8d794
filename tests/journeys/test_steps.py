"""Declaring journeys and steps."""

from __future__ import annotations

from typing import Any, assert_type

import pytest

from journeys import Cost, Journey, Misuse, Step, step


class Base(Journey, requires=("auth.email",), cost=Cost(mails=1), expected=3):
    """Steps to inherit from."""

    @step
    def first(self) -> int:
        """The first."""
        return 1

    @step(deadline=7, independent=True)
    def second(self) -> str:
        return "two"


class Derived(Base, cost=Cost(mails=2)):
    """Overrides one step and adds one."""

    @step
    def third(self) -> bytes:
        return b"3"

    @step
    def first(self) -> int:
        return 11


def test_steps_play_in_definition_order_with_inherited_ones_first() -> None:
    """An overridden step keeps its place."""
    assert [each.name for each in Base.steps] == ["first", "second"]
    assert [each.name for each in Derived.steps] == ["first", "second", "third"]


def test_class_arguments_are_kept_and_inherited() -> None:
    """What is not given is the base's."""
    assert (Derived.requires, Derived.cost, Derived.expected, Derived.exclusive) == (("auth.email",), Cost(mails=2), 3, False)
    assert Base.cost == Cost(mails=1)
    assert (Base.second.deadline, Base.second.independent, Base.first.independent) == (7, True, False)
    assert Base.first.__doc__ == "The first."


def test_type_checkers_see_what_steps_return() -> None:
    """Inside journeys and in checks a step has the type of its record; on the class it is the step. mypy reads this test."""

    def check(journey: Derived) -> None:
        assert_type(journey.first, int)
        assert_type(journey.second, str)
        assert_type(journey.third, bytes)

    assert_type(Derived.third, Step[bytes])
    assert callable(check)


def test_step_cannot_be_assigned() -> None:
    """A record is what the step returned, whatever a check tries."""
    with pytest.raises(AttributeError, match=r"Base\.first is a step"):
        object.__new__(Base).first = 2  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["context", "records", "note", "_play"])
def test_step_with_a_reserved_name_is_refused(name: str) -> None:
    """Such a step would hide what every journey has."""

    def act(self: Any) -> None: ...

    act.__name__ = name
    with pytest.raises(Misuse, match=f"called {name}"):
        type("Bad", (Journey,), {name: step(act)})


def test_a_string_in_place_of_a_tuple_is_refused() -> None:
    """`requires=("auth.email")` would require single letters."""
    with pytest.raises(Misuse, match="a tuple"):
        type("Bad", (Journey,), {}, requires=("auth.email"))


def test_shared_journey_after_an_exclusive_one_is_refused() -> None:
    """It would have to play before and after it."""

    class Drill(Journey, exclusive=True): ...

    with pytest.raises(Misuse, match="exclusive"):
        type("Bad", (Journey,), {}, after=(Drill,))


def test_deadline_must_be_positive() -> None:
    """A step without time cannot be done."""
    with pytest.raises(Misuse, match="above 0"):
        step(deadline=0)(lambda self: None)
