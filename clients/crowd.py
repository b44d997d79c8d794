"""Many reads of one thing, one after another, side by side, and some that give up before the answer is there."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

import httpx

from clients.errors import Trouble, Unreachable


@dataclass(frozen=True)
class Reading:
    """One read: what came of it (empty when it is as it should be), and how long it took, in seconds."""

    how: str
    trouble: str
    seconds: float


@dataclass(frozen=True)
class Readings:
    """What came of all reads but those that gave up on purpose, of which there are only numbers."""

    done: tuple[Reading, ...]
    given_up: int
    answered_all_the_same: int

    @property
    def failed(self) -> tuple[Reading, ...]:
        """Those that did not get what they should have got."""
        return tuple(reading for reading in self.done if reading.trouble)

    @property
    def slowest(self) -> float:
        """The longest, in seconds."""
        return max((reading.seconds for reading in self.done), default=0.0)


def read_together(
    client: Callable[[float | None], httpx.Client],
    read: Callable[[httpx.Client], str],
    give_up: Callable[[httpx.Client], object],
    *,
    after_another: int,
    side_by_side: int,
    giving_up: int,
    patience: float,
) -> Readings:
    """Read with one connection after another, then with fresh connections side by side while others give up, then one after another again.

    :param client: makes a client of its own; the number is the seconds it waits for each part of an answer, None for the usual.
    :param read: one read; returns what is wrong with the answer, or an empty text.
    :param give_up: the request of those that do not wait for the answer.
    :param patience: seconds that these wait.
    """

    def one(http: httpx.Client, how: str) -> Reading:
        began = time.perf_counter()
        try:
            trouble = read(http)
        except Trouble as error:
            trouble = str(error)
        return Reading(how, trouble, time.perf_counter() - began)

    def fresh(how: str) -> Reading:
        with client(None) as http:
            return one(http, how)

    def leave(_: int) -> bool:
        with client(patience) as http:
            try:
                give_up(http)
            except Unreachable:
                return False
            return True

    before, after = after_another // 2, after_another - after_another // 2
    with client(None) as http:
        done = [one(http, "one after another") for _ in range(before)]
        with ThreadPoolExecutor(side_by_side + giving_up, thread_name_prefix="crowd") as pool:
            # Each thread needs the context of the step, by which what it sends is filed.
            leaving = [pool.submit(copy_context().run, leave, number) for number in range(giving_up)]
            reading = [pool.submit(copy_context().run, fresh, "side by side") for _ in range(side_by_side)]
            done += [future.result() for future in reading]
            answered = sum(future.result() for future in leaving)
        done += [one(http, "after some gave up") for _ in range(after)]
    return Readings(tuple(done), giving_up, answered)
