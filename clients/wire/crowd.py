"""Many reads of one thing, one after another, side by side, and some that give up before the answer is there."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass

import httpx

from clients.errors import Malformed, Trouble, Unreachable

# The connection broke, and nothing was answered: the network's doing as likely as the deployment's.
_BROKEN = frozenset({"refused", "reset"})


@dataclass(frozen=True)
class TimedRead:
    """One read: what came of it (empty when it is as it should be), and how long it took, in seconds.

    ``broken`` is set where the connection was cut, as often as it was asked again.
    """

    how: str
    trouble: str
    seconds: float
    broken: Unreachable | None = None


@dataclass(frozen=True)
class Readings:
    """What came of all reads but those that gave up on purpose, of which there are only numbers."""

    done: tuple[TimedRead, ...]
    given_up: int

    @property
    def failed(self) -> tuple[TimedRead, ...]:
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

    :param client: makes a client of its own; the number is the seconds it waits for each part of an answer, None for the usual. A read
        whose connection was cut is asked for again as often as that client's wire allows: it is recorded, and counts in the read's time.
    :param read: one read; returns what is wrong with the answer, or an empty text.
    :param give_up: the request of those that do not wait for the answer.
    :param patience: seconds that these wait.
    :raises Unreachable: when one single read failed, because its connection was cut each time, or when none had an answer.
    """

    def one(http: httpx.Client, how: str) -> TimedRead:
        began = time.perf_counter()
        broken = None
        try:
            trouble = read(http)
        except Trouble as error:
            trouble = str(error)
            if isinstance(error, Unreachable) and error.kind in _BROKEN:
                broken = error
        return TimedRead(how, trouble, time.perf_counter() - began, broken)

    def fresh(how: str) -> TimedRead:
        with client(None) as http:
            return one(http, how)

    def leave(_: int) -> None:
        with client(patience) as http, suppress(Unreachable, Malformed):
            give_up(http)

    before, after = after_another // 2, after_another - after_another // 2
    with client(None) as http:
        done = [one(http, "one after another") for _ in range(before)]
        with ThreadPoolExecutor(side_by_side + giving_up, thread_name_prefix="crowd") as pool:
            # Each thread needs the context of the step, by which what it sends is filed.
            leaving = [pool.submit(copy_context().run, leave, number) for number in range(giving_up)]
            reading = [pool.submit(copy_context().run, fresh, "side by side") for _ in range(side_by_side)]
            done += [future.result() for future in reading]
            for future in leaving:
                future.result()
        done += [one(http, "after some gave up") for _ in range(after)]
    readings = Readings(tuple(done), giving_up)
    # One cut line says nothing about isolates, and neither does a host that did not answer even once. Several, beside answers, are
    # counted with what the deployment did.
    lost = [reading.broken for reading in readings.failed if reading.broken]
    if lost and len(lost) in (1, len(readings.done)) and len(lost) == len(readings.failed):
        raise lost[0]
    return readings
