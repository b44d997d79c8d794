"""The one way to wait."""

import threading
import time
from itertools import pairwise

import pytest

from base.waiting import describe, pause, until
from clients.errors import Cancelled, Overdue, Refusal


def test_returns_the_observation_that_was_accepted() -> None:
    """It looks again until it sees what it waits for, and hands that back."""
    seen = iter([1, 2, 3])
    assert until(lambda: next(seen), lambda value: value == 3, within=5, what="three", first=0.001) == 3


def test_overdue_names_what_and_the_last_observation() -> None:
    """At the deadline the message says what was awaited, how long, how often, and what was there instead."""
    with pytest.raises(Overdue) as caught:
        until(lambda: "queued", lambda value: value == "delivered", within=0.05, what="the mail's delivery", first=0.01)
    assert caught.value.attempts > 1
    assert str(caught.value) == f"the mail's delivery: not within 0.05 s (looked {caught.value.attempts} times; last seen: 'queued')"


def test_looks_once_even_without_time() -> None:
    """A deadline that has passed still gives one look."""
    assert until(lambda: 7, bool, within=0, what="seven") == 7
    with pytest.raises(Overdue, match="looked once"):
        until(lambda: 0, bool, within=0, what="nothing")


def test_look_that_outlasts_the_deadline_is_not_the_last() -> None:
    """What came while a slow answer was under way is seen by the one after it; a look that began late is the last."""
    looks: list[float] = []

    def slow() -> int:
        looks.append(time.monotonic())
        time.sleep(0.05)
        return len(looks)

    assert until(slow, lambda count: count == 2, within=0.02, what="the mail", first=0.001) == 2
    looks.clear()
    with pytest.raises(Overdue, match="looked 2 times"):
        until(slow, lambda count: count == 3, within=0.02, what="the mail", first=0.001)


def test_intervals_grow_to_the_most() -> None:
    """Early looks are close together, later ones spare the service."""
    looks: list[float] = []

    def look() -> int:
        looks.append(time.monotonic())
        return len(looks)

    until(look, lambda count: count == 6, within=5, what="six", first=0.01, most=0.04, growth=2)
    gaps = [after - before for before, after in pairwise(looks)]
    assert gaps[0] < gaps[2]
    assert gaps[0] >= 0.01
    assert gaps[-1] >= 0.04


def test_forgiven_trouble_counts_as_not_yet_and_stays_the_cause() -> None:
    """A named trouble is waited out and reported when it lasts; any other ends the wait."""

    def refuse() -> int:
        raise Refusal("GET", "/emails/1", 404, "not_found")

    with pytest.raises(Overdue, match="GET /emails/1 -> 404 not_found") as caught:
        until(refuse, bool, within=0.02, what="the mail", first=0.01, forgive=(Refusal,))
    assert isinstance(caught.value.__cause__, Refusal)
    with pytest.raises(Refusal):
        until(refuse, bool, within=5, what="the mail")


def test_interrupt_ends_a_wait_at_once() -> None:
    """A cancelled wait does not sleep on."""
    cancelled = threading.Event()
    threading.Timer(0.05, cancelled.set).start()
    with pytest.raises(Cancelled):
        until(lambda: 0, bool, within=60, what="never", first=30, most=30, cancelled=cancelled)
    with pytest.raises(Cancelled):
        pause(30, cancelled)


def test_observations_are_described_on_one_short_line() -> None:
    """A page of HTML does not flood the message."""
    assert describe(ValueError("two\nlines")) == "ValueError: two lines"
    assert len(describe("x" * 1000)) == 300
