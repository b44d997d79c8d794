"""Costs, the meter and the budget."""

from __future__ import annotations

import threading

import pytest

from journeys import Budget, BudgetExceeded, Cost, Meter


def test_costs_add_up_and_print_what_is_not_zero() -> None:
    """As the last lines of a run show them."""
    cost = Cost(requests=200, mails=4) + Cost(requests=12, accounts=5, objects=9)
    assert str(cost) == "212 requests, 4 mails, 5 accounts, 9 objects"
    assert str(Cost(requests=1, sign_ups=1, sign_ins=2)) == "1 request, 1 sign-up, 2 sign-ins"
    assert str(Cost()) == "nothing"


def test_negative_cost_is_refused() -> None:
    """It would hide what another one used."""
    with pytest.raises(ValueError, match="mails=-1"):
        Cost(mails=-1)


def test_meter_counts_from_many_threads() -> None:
    """No increment is lost."""
    meter = Meter()
    threads = [threading.Thread(target=lambda: [meter.spend(Cost(requests=1)) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.total == Cost(requests=4000)


def test_budget_is_never_exceeded_and_the_refusal_names_item_and_limit() -> None:
    """What is refused is not counted; items without a limit, and others below theirs, go on."""
    meter = Meter(Budget(mails=2, sign_ups=1))
    meter.spend(Cost(mails=2, sign_ups=1))
    with pytest.raises(BudgetExceeded, match="3 mails would be used and the environment allows 2") as refusal:
        meter.spend(Cost(requests=1, mails=1))
    assert (refusal.value.item, refusal.value.limit, refusal.value.would_be) == ("mails", 2, 3)
    with pytest.raises(BudgetExceeded, match="sign-ups"):
        meter.spend(Cost(sign_ups=1))
    assert meter.spend(Cost(requests=10_000)) == Cost(requests=10_000, mails=2, sign_ups=1)


def test_planned_cost_can_be_checked_ahead() -> None:
    """Before anything is sent."""
    Budget(mails=4).check(Cost(mails=4, requests=9))
    with pytest.raises(BudgetExceeded, match="5 mails"):
        Budget(mails=4).check(Cost(mails=5))
