"""Many reads at once: all are counted but those that give up, and each trouble is told."""

from __future__ import annotations

import threading

import httpx

from clients.crowd import read_together
from clients.errors import Malformed, Unreachable


class Crowd:
    """Counts who reads, and answers as told."""

    def __init__(self, trouble: str = "", *, hang: bool = True) -> None:
        self.reads, self.left, self.trouble, self.hang = 0, 0, trouble, hang
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
        return self.trouble if self.trouble != "raised" else ""

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
    assert (readings.given_up, readings.answered_all_the_same, readings.failed) == (3, 0, ())
    assert sorted(filter(None, crowd.patience)) == [0.5, 0.5, 0.5]
    assert 0 < readings.slowest < 5


def test_troubles_are_told() -> None:
    """A wrong answer and one that cannot be read are failures with their reason."""
    wrong = Crowd("empty", hang=False)
    readings = read_together(wrong.client, wrong.read, wrong.give_up, after_another=2, side_by_side=2, giving_up=1, patience=0.5)
    assert [reading.trouble for reading in readings.failed] == ["empty"] * 4
    assert readings.answered_all_the_same == 1
    raised = Crowd("raised")
    readings = read_together(raised.client, raised.read, raised.give_up, after_another=5, side_by_side=5, giving_up=0, patience=0.5)
    assert [reading.trouble for reading in readings.failed] == ["GET /x -> 500: expected JSON, got no content type, empty"] * 2
