"""The pacer: a run that it paces is never refused, and waits no longer than it must."""

from __future__ import annotations

import threading
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys import FileWindowStore, Pacer, Rule, StepCancelled, Throttled
from tests.journeys.clocks import SOON, SimulatedClock, SteppedClock
from tests.journeys.limiter import Limiter

URL = "https://app.test/api/auth/sign-in/email"


def rule(most: int = 3, window: float = 10) -> Rule:
    return Rule("sign-in", ("/api/auth/sign-in*",), max=most, window=window)


# Sixty-fourths of a second: sums of them are exact, so that a window is not missed by a rounding error.
ticks = st.integers(0, 64 * 15).map(lambda ticks: ticks / 64)
short = st.integers(0, 64).map(lambda ticks: ticks / 64)
rules = st.builds(rule, st.integers(1, 4), st.integers(1, 20).map(float))


@given(limit=rules, margin=st.sampled_from([0.0, 0.25]), requests=st.lists(st.tuples(ticks, short, short, st.booleans()), max_size=25))
@settings(deadline=None)
def test_paced_run_is_never_refused(limit: Rule, margin: float, requests: list[tuple[float, float, float, bool]]) -> None:
    """Whatever the gaps between requests, the time that each needs to the target and back, and answers that never come."""
    clock = SimulatedClock()
    pacer = Pacer([limit], margin=margin, patience=5, clock=clock)
    arrivals: list[float] = []
    for gap, there, back, answered in requests:
        clock.pass_time(gap)
        pacer.before("POST", URL)
        arrivals.append(clock.time + there)
        if answered:
            clock.at(clock.time + there + back, lambda: pacer.after("POST", URL))
    target = Limiter(limit.max, limit.window)
    assert all(target.allows(arrival) for arrival in sorted(arrivals))
    assert pacer.sent() == ({"sign-in": len(requests)} if requests else {})


@given(limit=rules, gaps=st.lists(ticks, max_size=25))
@settings(deadline=None)
def test_no_request_waits_longer_than_the_limit_and_the_margin_ask(limit: Rule, gaps: list[float]) -> None:
    """With answers at once, each is sent at the first moment at which a limiter with window + margin allows it."""
    clock, margin = SimulatedClock(), 0.25
    pacer = Pacer([limit], margin=margin, clock=clock)
    target = Limiter(limit.max, limit.window + margin)
    for gap in gaps:
        clock.pass_time(gap)
        earliest = clock.time
        if target.count >= target.most:
            earliest = max(earliest, target.last + target.window)
        pacer.before("POST", URL)
        pacer.after("POST", URL)
        assert clock.time == earliest
        assert target.allows(clock.time)


@given(limit=rules, count=st.integers(1, 30))
@settings(deadline=None)
def test_many_at_once_are_as_fast_as_the_limit_allows(limit: Rule, count: int) -> None:
    """The bound is the least that the target allows; a run of nothing else takes it plus a margin for each window."""
    clock, margin = SimulatedClock(), 0.25
    began = clock.time
    pacer = Pacer([limit], margin=margin, clock=clock)
    for _ in range(count):
        pacer.before("POST", URL)
        pacer.after("POST", URL)
    windows = ceil(count / limit.max) - 1
    assert pacer.bound() == windows * limit.window
    assert clock.time - began == windows * (limit.window + margin)
    assert pacer.held == clock.time - began


def test_requests_in_flight_start_the_window_when_they_are_answered() -> None:
    """The target may count a request as late as that: a slow answer postpones the next request."""
    clock = SimulatedClock()
    began = clock.time
    pacer = Pacer([rule(1, 10)], margin=0, clock=clock)
    pacer.before("POST", URL)
    clock.at(began + 4, lambda: pacer.after("POST", URL))
    pacer.before("POST", URL)
    assert clock.time - began == 14


def test_each_address_and_path_counts_for_itself() -> None:
    """As declared: by address, by address and path, or for the whole run."""
    clock = SimulatedClock()
    began = clock.time
    by_path = Rule("by path", ("/a*",), max=1, window=10, per="address and path")
    by_run = Rule("by run", ("/b*",), max=1, window=10, per="run")
    pacer = Pacer([by_path, by_run, rule(1)], margin=0, clock=clock)
    for url, address in (
        (URL, "127.0.0.2"),
        (URL, "127.0.0.3"),
        ("https://x.test/a1", "127.0.0.2"),
        ("https://x.test/a2", "127.0.0.2"),
        ("https://x.test/b1", "127.0.0.2"),
    ):
        pacer.before("POST", url, address)
        pacer.after("POST", url, address)
    assert clock.time == began
    pacer.before("POST", "https://x.test/b2", "127.0.0.3")
    assert clock.time - began == 10
    pacer.after("POST", "https://x.test/b2", "127.0.0.3")
    pacer.before("POST", "https://app.test/api/auth/sign-in/social", "127.0.0.3")
    assert clock.time - began == 10


def test_requests_under_no_limit_never_wait() -> None:
    """Other methods, hosts and paths than the declared ones."""
    clock = SimulatedClock()
    began = clock.time
    pacer = Pacer([Rule("uploads", ("/api/files/*",), max=1, window=60, methods=("PUT",), hosts=("app.test",))], clock=clock)
    for _ in range(5):
        pacer.before("GET", "https://app.test/api/files/x")
        pacer.before("PUT", "https://other.test/api/files/x")
        pacer.before("PUT", "https://app.test/api/other")
        pacer.after("GET", "https://app.test/api/files/x")
    assert clock.time == began
    assert pacer.bound() == 0


def test_refusal_seen_anyway_is_waited_for_and_counted() -> None:
    """Another run had used up the limit: the next request waits as long as the target said, then the count is new."""
    clock = SimulatedClock()
    began = clock.time
    pacer = Pacer([rule()], margin=0.25, clock=clock)
    pacer.before("POST", URL, "203.0.113.7")
    pacer.after("POST", URL, "203.0.113.7")
    pacer.throttled("POST", URL, "203.0.113.7", 8)
    for _ in range(3):
        pacer.before("POST", URL, "203.0.113.7")
        pacer.after("POST", URL, "203.0.113.7")
    assert clock.time - began == 8.25
    assert pacer.refused == (Throttled("sign-in", "POST", "/api/auth/sign-in/email", "203.0.113.7", 8),)


def test_refusal_under_no_declared_limit_is_waited_for_too() -> None:
    """And it says that no limit was declared, so that the environment can be completed."""
    clock = SimulatedClock()
    began = clock.time
    pacer = Pacer([], margin=0, clock=clock)
    pacer.before("GET", "https://app.test/api/files")
    pacer.throttled("GET", "https://app.test/api/files", "", 3)
    pacer.before("GET", "https://app.test/other")
    assert clock.time == began
    pacer.before("GET", "https://app.test/api/files")
    assert clock.time - began == 3
    assert [refused.rule for refused in pacer.refused] == [None]


def test_first_come_first_served(clock: SteppedClock) -> None:
    """Threads that wait for the same limit get their turns in the order in which they asked."""
    pacer = Pacer([rule(1)], clock=clock)
    order: list[int] = []

    def ask(number: int) -> None:
        pacer.before("POST", URL)
        order.append(number)
        pacer.after("POST", URL)

    ask(0)
    threads = []
    for number in range(1, 6):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        clock.until_waited(number)
    for number in range(1, 6):
        clock.advance(10.5)
        threads[number - 1].join(SOON)
        assert order == list(range(number + 1))


def test_cancelled_pacer_lets_nobody_wait_or_send(clock: SteppedClock) -> None:
    """Neither those in the queue nor those who ask later, nor requests under no limit."""
    pacer = Pacer([rule(1)], clock=clock)
    pacer.before("POST", URL)
    ended: list[str] = []

    def ask() -> None:
        try:
            pacer.before("POST", URL)
        except StepCancelled as reason:
            ended.append(str(reason))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    clock.until_waited(3)
    pacer.cancel()
    for thread in threads:
        thread.join(SOON)
    assert ended == ["the run was interrupted while a request waited for its turn"] * 3
    with pytest.raises(StepCancelled):
        pacer.before("GET", "https://app.test/health")


# A process looks into the file every tenth of a second, so long windows take many looks.
@pytest.mark.parametrize(
    "limits",
    [st.builds(rule, st.integers(1, 4), st.sampled_from([1.0, 2.0])), pytest.param(rules, marks=pytest.mark.nightly)],
    ids=["short", "any"],
)
@given(data=st.data(), requests=st.lists(st.tuples(st.integers(0, 1), st.one_of(ticks, short), short, short), max_size=12))
@settings(deadline=None, max_examples=40)
def test_processes_that_share_a_file_are_not_refused_together(
    tmp_path_factory: pytest.TempPathFactory,
    limits: st.SearchStrategy[Rule],
    data: st.DataObject,
    requests: list[tuple[int, float, float, float]],
) -> None:
    """Two workers, or a run right after another, from one address: what one sent counts for the other."""
    limit, path = data.draw(limits), tmp_path_factory.mktemp("store") / "windows.json"
    clock = SimulatedClock()
    pacers = [Pacer([limit], margin=0, clock=clock, store=FileWindowStore(path, clock)) for _ in range(2)]
    arrivals: list[float] = []
    for which, gap, there, back in requests:
        pacer = pacers[which]
        clock.pass_time(gap)
        pacer.before("POST", URL)
        arrivals.append(clock.time + there)
        clock.at(clock.time + there + back, lambda pacer=pacer: pacer.after("POST", URL))  # type: ignore[misc]
    target = Limiter(limit.max, limit.window)
    assert all(target.allows(arrival) for arrival in sorted(arrivals))


@pytest.mark.parametrize(("most", "window"), [(0, 10), (3, 0), (3, -1)])
def test_impossible_limits_are_refused(most: int, window: float) -> None:
    """A limit that allows nothing would hold a run forever."""
    with pytest.raises(ValueError, match="limit sign-in"):
        rule(most, window)
