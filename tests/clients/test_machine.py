"""How busy the processors of this machine are."""

from __future__ import annotations

import time

from clients.machine import Processors


def test_busy_is_what_was_not_idle() -> None:
    before = Processors(100.0, 60.0)
    assert Processors(110.0, 60.0).busy_since(before) == 1
    assert Processors(110.0, 70.0).busy_since(before) == 0
    assert Processors(110.0, 62.5).busy_since(before) == 0.75


def test_busy_stays_a_share_whatever_the_clock_does() -> None:
    """Counters are ticks, and idle ones may run ahead of the sum by one; no time may have passed at all."""
    before = Processors(100.0, 60.0)
    assert before.busy_since(before) == 0
    assert Processors(110.0, 70.01).busy_since(before) == 0
    assert Processors(110.0, 59.99).busy_since(before) == 1


def test_a_busy_processor_is_seen() -> None:
    """One that counts for a while is neither idle nor more than all of them."""
    before, until = Processors.now(), time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    assert 0 < Processors.now().busy_since(before) <= 1
