"""What a selection of journeys means before it is played."""

from __future__ import annotations

from journeys import Cost, Journey, groups, planned_cost, required, with_dependencies


class Joining(Journey, requires=("auth.email",), cost=Cost(mails=1, sign_ups=1)): ...


class Uploading(Journey, requires=("storage.objects", "auth.email"), after=(Joining,), cost=Cost(objects=2)): ...


class Resetting(Journey, requires=("auth.email",), after=(Joining,), cost=Cost(mails=1)): ...


class Reading(Journey, requires=("health",), cost=Cost(requests=40)): ...


def test_dependencies_come_first_and_once() -> None:
    """Whatever the order of the selection."""
    assert with_dependencies([Uploading, Resetting, Joining]) == [Joining, Uploading, Resetting]


def test_cost_and_needs_include_dependencies() -> None:
    """A check of uploads needs an account, and so a mail."""
    assert planned_cost([Uploading]) == Cost(mails=1, sign_ups=1, objects=2)
    assert planned_cost([]) == Cost()
    assert required([Uploading]) == ("auth.email", "storage.objects")


def test_journeys_that_read_each_other_are_one_group() -> None:
    """Also through a third; the name does not depend on the order."""
    found = groups([Uploading, Reading, Resetting])
    assert found[Uploading] == found[Joining] == found[Resetting] != found[Reading]
    assert groups([Resetting, Uploading, Reading]) == found
