"""Spending: what a request costs the target, and what happens when the environment's budget does not allow it."""

from __future__ import annotations

import pytest

from environments import Environment
from fixtures.spending import Spending
from journeys import BudgetExceeded, Cost
from tests.gonogo.fakes import EMAIL, MEMBERS, ORIGIN, STANDING, environment

AUTH = f"{ORIGIN}/api/auth"


def budget(target: Environment | None = None, *, limits: dict[str, int] | None = None) -> Spending:
    """The spending under a budget."""
    sections = {**MEMBERS, "budget": limits or {}}
    return Spending(target or environment(**sections))


@pytest.mark.parametrize(
    ("method", "url", "cost"),
    [
        ("POST", f"{AUTH}/sign-up/email", Cost(requests=1, mails=1, sign_ups=1, accounts=1)),
        ("POST", f"{AUTH}/sign-in/email", Cost(requests=1, sign_ins=1)),
        ("POST", f"{AUTH}/request-password-reset?x=1", Cost(requests=1, mails=1)),
        ("POST", f"{AUTH}/send-verification-email", Cost(requests=1, mails=1)),
        ("GET", f"{AUTH}/sign-up/email", Cost(requests=1)),
        ("POST", f"{AUTH}/sign-out", Cost(requests=1)),
        ("PUT", f"{ORIGIN}/api/files/a", Cost(requests=1)),
        ("GET", "https://api.resend.com/emails", Cost(requests=1)),
    ],
)
def test_price_of_a_request(method: str, url: str, cost: Cost) -> None:
    """Sign-ups cost an account and a mail, requests for a link a mail, and every request costs itself."""
    spending = budget()
    spending.before(method, url)
    assert spending.meter.total == cost


def test_sign_up_without_confirmation_costs_no_mail() -> None:
    """A deployment that does not verify addresses sends nothing."""
    email = {**EMAIL, "verification": False, "reset": False}
    spending = budget(environment(auth={"email": email}))
    spending.before("POST", f"{AUTH}/sign-up/email")
    assert (spending.meter.total.accounts, spending.meter.total.mails) == (1, 0)


def test_prices_follow_the_declared_base() -> None:
    """better-auth may be mounted elsewhere."""
    spending = budget(environment(auth={"email": {**EMAIL, "base": "/identity"}}, mail=MEMBERS["mail"]))
    spending.before("POST", f"{ORIGIN}/identity/sign-up/email")
    spending.before("POST", f"{AUTH}/sign-up/email")
    assert (spending.meter.total.requests, spending.meter.total.accounts) == (2, 1)


def test_environment_without_sign_up_has_no_prices() -> None:
    """Requests are counted all the same."""
    spending = budget(environment("production", auth={"standing": STANDING}))
    spending.before("POST", f"{AUTH}/sign-up/email")
    assert spending.meter.total == Cost(requests=1)


def test_account_of_a_browser_costs_as_much() -> None:
    """Its requests are not seen by the wire, so the account is counted when it is announced."""
    by_request, by_browser = budget(), budget()
    by_request.before("POST", f"{AUTH}/sign-up/email")
    by_browser.account()
    assert by_browser.meter.total == by_request.meter.total


@pytest.mark.parametrize(
    ("limits", "url", "item"),
    [
        ({"requests": 2}, f"{ORIGIN}/health", "requests"),
        ({"accounts": 2}, f"{AUTH}/sign-up/email", "accounts"),
        ({"mails": 2}, f"{AUTH}/request-password-reset", "mails"),
    ],
)
def test_budget_is_not_exceeded(limits: dict[str, int], url: str, item: str) -> None:
    """The request that would cost too much is refused before it is sent, and counts nothing."""
    spending = budget(limits=limits)
    for _ in range(2):
        spending.before("POST", url)
    before = spending.meter.total
    with pytest.raises(BudgetExceeded, match=f"3 {item} would be used and the environment allows 2; .*raise {item}"):
        spending.before("POST", url)
    assert spending.meter.total == before


def test_objects_have_a_budget() -> None:
    """They are counted when they are announced, ahead of the request that stores them."""
    spending = budget(limits={"objects": 1})
    spending.object()
    with pytest.raises(BudgetExceeded, match="2 objects"):
        spending.object()
    assert spending.meter.total == Cost(objects=1)


def test_budget_that_is_used_up_leaves_other_things_possible() -> None:
    """Without mails left, the deployment can still be asked how it is."""
    spending = budget(limits={"mails": 0})
    with pytest.raises(BudgetExceeded):
        spending.before("POST", f"{AUTH}/request-password-reset")
    spending.before("GET", f"{ORIGIN}/health")
    assert spending.meter.total == Cost(requests=1)


def test_what_is_sent_in_vain_costs_neither_account_nor_mail() -> None:
    """Signing up with a member's address is a request and a sign-up, and nothing comes of it; afterwards prices are what they were."""
    spending = budget()
    with spending.in_vain():
        spending.before("POST", f"{AUTH}/sign-up/email")
    assert spending.meter.total == Cost(requests=1, sign_ups=1)
    spending.before("POST", f"{AUTH}/sign-up/email")
    assert spending.meter.total == Cost(requests=2, sign_ups=2, accounts=1, mails=1)


def test_account_of_a_provider_counts() -> None:
    """Signing in elsewhere makes an account, and no mail; the budget holds for it as well."""
    spending = budget(limits={"accounts": 1})
    spending.account_elsewhere()
    assert spending.meter.total == Cost(accounts=1)
    with pytest.raises(BudgetExceeded, match="accounts"):
        spending.account_elsewhere()


def test_a_night_may_cost_a_multiple() -> None:
    """Each limit is that many times as high; what is not limited stays so."""
    spending = budget(limits={"requests": 10, "mails": 2, "accounts": 1, "objects": 3, "nightly": 4})
    spending.by_night()
    limits = spending.meter.budget
    assert (limits.requests, limits.mails, limits.accounts, limits.objects, limits.sign_ins) == (40, 8, 4, 12, None)
