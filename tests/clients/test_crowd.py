"""Many reads at once: all are counted but those that give up, and each trouble is told."""

from __future__ import annotations

import threading

import httpx
import pytest

from clients.errors import Malformed, Unreachable
from clients.wire.crowd import Readings, read_together


class Crowd:
    """Counts who reads, and answers as told."""

    def __init__(self, trouble: str = "", *, hang: bool = True, cut: frozenset[int] = frozenset()) -> None:
        self.reads, self.left, self.trouble, self.hang, self.cut = 0, 0, trouble, hang, cut
        self.lock = threading.Lock()
        self.patience: list[float | None] = []

    def client(self, patience: float | None) -> httpx.Client:
        with self.lock:
            self.patience.append(patience)
        return httpx.Client(base_url="https://fm5.test", transport=httpx.MockTransport(lambda _: httpx.Response(200)))

    def read(self, http: httpx.Client) -> str:
        with self.lock:
            self.reads += 1
            if self.trouble == "raised" and self.reads % 5 == 0:
                raise Malformed("GET", "/x", 500, "JSON")
            if self.trouble in ("reset", "timeout") and self.reads in self.cut:
                raise Unreachable("fm5.test", self.trouble, "no answer")
        return self.trouble if self.trouble == "empty" else ""

    def give_up(self, http: httpx.Client) -> None:
        with self.lock:
            self.left += 1
        if self.hang:
            raise Unreachable("fm5.test", "timeout", "timed out after 0.004 s waiting for the answer")


def test_every_read_counts_but_those_that_give_up() -> None:
    """Reads come one after another, side by side, and after some gave up; these only have a number."""
    crowd = Crowd()
    readings = read_together(crowd.client, crowd.read, crowd.give_up, after_another=5, side_by_side=4, giving_up=3, patience=0.5)
    assert (crowd.reads, crowd.left) == (9, 3)
    hows = [reading.how for reading in readings.done]
    assert [hows.count(how) for how in ("one after another", "side by side", "after some gave up")] == [2, 4, 3]
    assert (readings.given_up, readings.failed) == (3, ())
    assert sorted(filter(None, crowd.patience)) == [0.5, 0.5, 0.5]
    assert 0 < readings.slowest < 5


def test_troubles_are_told() -> None:
    """A wrong answer and one that cannot be read are failures with their reason."""
    wrong = Crowd("empty", hang=False)
    readings = read_together(wrong.client, wrong.read, wrong.give_up, after_another=2, side_by_side=2, giving_up=1, patience=0.5)
    assert [reading.trouble for reading in readings.failed] == ["empty"] * 4
    raised = Crowd("raised")
    readings = read_together(raised.client, raised.read, raised.give_up, after_another=5, side_by_side=5, giving_up=0, patience=0.5)
    assert [reading.trouble for reading in readings.failed] == ["GET /x -> 500: expected JSON, got no content type, empty"] * 2


def read_all(crowd: Crowd) -> Readings:
    return read_together(crowd.client, crowd.read, crowd.give_up, after_another=4, side_by_side=4, giving_up=0, patience=0.5)


def test_one_cut_line_says_nothing() -> None:
    """A single read whose connection was cut is nobody's fault that could be named."""
    with pytest.raises(Unreachable, match="no answer"):
        read_all(Crowd("reset", cut=frozenset({5})))


def test_a_host_that_never_answers_is_out_of_reach() -> None:
    """Where not one read had an answer, nothing was seen of what sharing an isolate does."""
    with pytest.raises(Unreachable, match="no answer"):
        read_all(Crowd("reset", cut=frozenset(range(1, 9))))
    assert len(read_all(Crowd("reset", cut=frozenset(range(2, 9)))).failed) == 7
    assert len(read_all(Crowd("timeout", cut=frozenset(range(1, 9)))).failed) == 8


@pytest.mark.parametrize(("trouble", "cut"), [("reset", {3, 6}), ("timeout", {3})])
def test_several_cut_lines_and_every_hang_are_failures(trouble: str, cut: set[int]) -> None:
    """What breaks more than once, and what never answers, is what sharing an isolate does."""
    readings = read_all(Crowd(trouble, cut=frozenset(cut)))
    assert len(readings.failed) == len(cut)
    assert "no answer" in readings.failed[0].trouble
