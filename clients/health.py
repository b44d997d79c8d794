"""What a deployment says about its own health, and how fast it says it."""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, pairwise
from threading import Event, Lock
from typing import Any

import httpx

from base.plain_text import plain
from clients.errors import Cancelled, Inconclusive, Malformed, Refusal, Unreachable
from clients.machine import Processors
from clients.wire.answers import expect, malformed, media_type, platform_error
from clients.wire.caches import kept_by
from clients.wire.documents import UnreadableJson, read_json
from clients.wire.numbers import whole

_BAR = 40
# A request that a rate limiter turned away is sent so often in all; the wire waits in between for as long as the limiter said.
_TRIES = 4
_LIMITED = 429
# From this share of its processors' time on, the machine that asks may be what is slow.
_SATURATED = 0.9


@dataclass(frozen=True)
class HealthClient:
    """One answer of a health endpoint; ``elapsed`` in seconds. ``status`` may well be 503: being unhealthy is an answer."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(repr=False)
    elapsed: float = 0.0
    text: str = field(default="", repr=False)

    @classmethod
    def of(cls, response: httpx.Response) -> "HealthClient":
        """The answer as it was read; ``body`` is None where it is no JSON."""
        try:
            body = read_json(response.content)
        except UnreadableJson:
            body = None
        text = response.text.removeprefix("\ufeff").strip()  # a byte order mark is not a part of it
        elapsed = response.elapsed.total_seconds() if hasattr(response, "_elapsed") else 0.0
        return cls(response.status_code, body, dict(response.headers), elapsed, text)

    @property
    def kept_by(self) -> str:
        """The header by which a cache says that this answer came out of it; empty when none does."""
        return kept_by(self.headers)

    def at(self, path: str) -> Any:
        """The value at a dotted path of the answer, None when there is none."""
        return value_at(self.body, path)

    def reads(self, text: str) -> bool:
        """Whether the whole answer is this text, plainly (``OK``, ``true``) or as JSON (``"OK"``); an empty one: no answer."""
        return text == self.text or bool(text and text == self.body)

    @property
    def age(self) -> int:
        """Seconds that a cache has kept this answer, 0 when none has (https://www.rfc-editor.org/rfc/rfc9111#name-age)."""
        age = next((value for name, value in self.headers.items() if name.lower() == "age"), "0")
        return max(0, whole(age) or 0)

    def summary(self) -> str:
        """The answer on one line, cut to what a message can bear."""
        return plain(self.text if self.body is None else json.dumps(self.body, ensure_ascii=False), 300)


def value_at(body: Any, path: str) -> Any:
    """The value at a dotted path of JSON, None when there is none. A number leads into a list, from 0 on: ``components.0.healthy``."""
    value = body
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, Sequence) and not isinstance(value, str) and key.isascii() and key.isdecimal() and len(key) < 7:
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value


def name_at(body: Any, path: str) -> str:
    """What stands at a dotted path, as a name; empty where there is none. A build may have the number 0."""
    value = value_at(body, path)
    return "" if value is None or isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Distribution:
    """How long answers took, in milliseconds, and what went wrong; one entry per request in ``milliseconds`` or in ``errors``.

    ``busy``: the share of the time in which the processors of the machine that asked had something to do, 0 to 1.
    """

    milliseconds: tuple[float, ...]
    errors: tuple[str, ...]
    busy: float = 0.0

    @property
    def requests(self) -> int:
        return len(self.milliseconds) + len(self.errors)

    @property
    def p50(self) -> float:
        return self.percentile(50)

    @property
    def p95(self) -> float:
        return self.percentile(95)

    @property
    def max(self) -> float:
        return self.percentile(100)

    def percentile(self, percent: float) -> float:
        """Nearest-rank percentile in milliseconds, over the answers that came; NaN when none did: no message shows it then."""
        if not self.milliseconds:
            return math.nan
        ordered = sorted(self.milliseconds)
        return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]

    def slower_than(self, limit: float) -> int:
        """How many answers took longer than ``limit`` milliseconds."""
        return sum(sample > limit for sample in self.milliseconds)

    def slowness(self, limit: float, allowed: int) -> str:
        """What is wrong when more than ``allowed`` answers took longer than ``limit`` milliseconds; otherwise an empty text.

        :raises Inconclusive: when only some did, and the machine that asked had no time to spare: it may have made them wait itself.
        """
        slow = self.slower_than(limit)
        if slow <= allowed:
            return ""
        said = f"{slow} of {self.requests} answers took longer than {limit:g} ms"
        if self.p50 <= limit and self.busy >= _SATURATED:
            busy = f"this machine's processors were busy {self.busy:.0%} of that time"
            raise Inconclusive(f"{said}, and {busy}: verify from a machine that has time for it\n{self.histogram()}")
        return f"{said}\n{self.histogram()}"

    def histogram(self, edges: Sequence[float] = (5, 10, 25, 50, 100, 250, 500, 1000, 2500)) -> str:
        """The distribution as text, one line per class that occurs."""
        bounds = [0.0, *edges, math.inf]
        lines = []
        for low, high in pairwise(bounds):
            hits = sum(low <= sample < high for sample in self.milliseconds)
            if hits:
                name = f"{low:g} to {high:g} ms" if high < math.inf else f"from {low:g} ms"
                lines.append(f"{name:>18} {hits:4d} {'#' * max(1, round(hits / len(self.milliseconds) * _BAR))}")
        times = f"p50 {self.p50:.0f} ms, p95 {self.p95:.0f} ms, max {self.max:.0f} ms, " if self.milliseconds else ""
        lines.append(f"{times}{len(self.errors)} of {self.requests} failed")
        return "\n".join([*lines, *(f"error: {cause}" for cause in self._causes)])

    @property
    def causes(self) -> str:
        """What went wrong, on one line: the most frequent first, each with how often."""
        return "; ".join(self._causes)

    @property
    def _causes(self) -> list[str]:
        return [cause + (f" ({count} times)" if count > 1 else "") for cause, count in Counter(self.errors).most_common(5)]


def read(http: httpx.Client, path: str, *, plain: bool = False) -> HealthClient:
    """Ask once; again only where a rate limiter answered, which knows nothing about health.

    :param plain: the answer need not be JSON: a text, or nothing at all.
    :raises Malformed: when the answer is neither a JSON object nor a list (a redirection to a login page, HTML, an empty body).
    :raises Refusal: for an error status without such JSON, and for a rate limiter that does not let go.
    :raises Unreachable: when nothing answers.
    """
    response, _ = _asked(http, path, {"accept": "*/*" if plain else "application/json"})
    if response.is_redirect:
        expect(response)
    answer = HealthClient.of(response)
    if not plain and not isinstance(answer.body, (dict, list)):
        expect(response)
        raise malformed(response, _wanted(response))
    return answer


def _wanted(response: httpx.Response) -> str:
    """What was expected of an answer that holds no JSON, or more of it than is read."""
    try:
        read_json(response.content)
    except UnreadableJson as error:
        return "a JSON object" if error.expected == "JSON" else error.expected
    return "a JSON object"


def sample(
    client: Callable[[], httpx.Client],
    path: str,
    *,
    requests: int = 40,
    at_once: int = 4,
    accept: Callable[[httpx.Response], bool] = lambda response: response.status_code == 200,
    cancelled: Event | None = None,
) -> Distribution:
    """Ask ``requests`` times, ``at_once`` at a time, and return how long it took.

    :param client: makes one client per worker. An answer that is an error is never asked for again; a connection that was cut is, as
        often as the client's wire allows: that may be the network's doing, is recorded as a retry, and counts in the answer's time.
    :param accept: what counts as an answer; anything else is an error, as is no answer.
        An answer of a rate limiter (429) is none of the deployment's: it is waited for, and that wait is no slowness.
    :raises Refusal: when a rate limiter does not let go: nothing is known then.
    :raises Cancelled: when ``cancelled`` is set meanwhile.
    """
    numbers, lock = count(), Lock()
    milliseconds: list[float] = []
    errors: list[str] = []

    def work() -> None:
        with client() as http:
            while next(numbers) < requests and not (cancelled and cancelled.is_set()):
                took = 0.0
                try:
                    response, took = _asked(http, path)
                    error = "" if accept(response) else _refused(response)
                except (Unreachable, Malformed, Refusal) as trouble:
                    if isinstance(trouble, Refusal) and trouble.status == _LIMITED:
                        raise
                    error = str(trouble)
                with lock:
                    errors.append(error) if error else milliseconds.append(took * 1000)

    before = Processors.now()
    with ThreadPoolExecutor(at_once, thread_name_prefix="sample") as pool:
        for worker in [pool.submit(work) for _ in range(at_once)]:
            worker.result()
    if cancelled and cancelled.is_set():
        raise Cancelled(f"the run was interrupted after {len(milliseconds) + len(errors)} of {requests} requests to {path}")
    return Distribution(tuple(milliseconds), tuple(errors), Processors.now().busy_since(before))


def _refused(response: httpx.Response) -> str:
    """What an answer is that was not accepted."""
    said = platform_error(response)
    return plain(f"{response.status_code} {said or media_type(response)}".strip(), 300)


def _asked(http: httpx.Client, path: str, headers: Mapping[str, str] | None = None) -> tuple[httpx.Response, float]:
    """The answer, and its time in seconds without what the request waited for its turn. Raises Refusal for the limiter's last word."""
    for _ in range(_TRIES):
        began = time.perf_counter()
        response = http.get(path, headers=dict(headers or {}))
        took = time.perf_counter() - began - float(response.extensions.get("held", 0.0))
        if response.status_code != _LIMITED:
            return response, took
    expect(response)
    raise AssertionError("429 is a refusal")
