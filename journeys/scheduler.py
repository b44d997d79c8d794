"""Plays journeys together, in threads that an interrupt does not wait for."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from journeys.clock import Clock, SystemClock
from journeys.errors import RunOverdue, StepCancelled
from journeys.evidence import Evidence
from journeys.journey import Journey
from journeys.notifier import Notifier
from journeys.play import Play
from journeys.records import Cause, Record, StepState
from journeys.timings import Timings, measure

J = TypeVar("J", bound=Journey)
_log = logging.getLogger(__name__)

#: Called with journey, step and the state that the step has come to; by any thread, one call at a time.
Progress = Callable[[str, str, StepState], None]


class Scheduler:
    """Plays each journey once, longest first, and lets checks read what they recorded.

    given     what every journey finds in `self.context`; may be set until the first journey starts
    deadline  seconds for the whole run from the first start on: then what plays is overdue and the rest is not reached
    progress  told about every step that starts or ends
    """

    def __init__(
        self,
        given: Any = None,
        *,
        deadline: float | None = None,
        progress: Progress | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.given = given
        self.clock = clock or SystemClock()
        self.notifier = Notifier()
        #: Set by `cancel` and at the run's deadline: whatever waits on behalf of a journey should give up.
        self.cancelled = threading.Event()
        self._deadline = deadline
        self._progress = progress
        self._plays: dict[type[Journey], Play] = {}
        self._queue: list[Play] = []
        self._running: set[Play] = set()
        self._started: set[Play] = set()
        self._began: float | None = None
        self._watching = False
        self._listeners: list[Callable[[], None]] = []
        self._reads: dict[str, list[Record]] = {}
        self._events: deque[tuple[str, str, StepState]] = deque()
        self._delivering = threading.Lock()

    # --- for fixtures and the pytest layer ---

    def start(self, journeys: Iterable[type[Journey]]) -> None:
        """Start these journeys and those they come after; exclusive ones wait until they are read."""
        with self.changing():
            plays = [self._play_locked(kind) for kind in journeys]
            for play in plays:
                if not play.kind.exclusive:
                    self._enqueue_locked(play)
            self._launch_locked()

    def play(self, journey: type[J]) -> J:
        """The journey as this run plays it; started like by `start`. Never blocks: reading its steps does."""
        self.start([journey])
        return cast("J", self._plays[journey].journey)

    def cancel(self) -> None:
        """Give up all that has not ended. Blocked reads raise Cancelled; returns at once and joins no thread."""
        with self.changing():
            cause = Cause("", "", StepCancelled("the run was interrupted"))
            self._stop_locked(StepState.CANCELLED, cause)
        self._tell_listeners()

    def on_cancel(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the run is cancelled or past its deadline: `pacer.cancel`, `wire.close`. It should not block."""
        with self.notifier:
            if not self.cancelled.is_set():
                self._listeners.append(listener)
                return
        listener()

    def read_by(self, check: str | None, record: Record) -> None:
        """A check (named by `reading`) has read a record."""
        with self.notifier:
            if check is not None and record not in (known := self._reads.setdefault(check, [])):
                known.append(record)

    def records_read(self, check: str) -> tuple[Record, ...]:
        """The records that a check has read, in that order: their evidence belongs to its failure, their times are its times."""
        with self.notifier:
            return tuple(self._reads.get(check, ()))

    def evidence_of(self, journey: str) -> list[Evidence]:
        """What the steps of a journey have attached until now; nothing where this process does not play it."""
        with self.notifier:
            records = [record for play in self._plays.values() if play.name == journey for record in play.records.values()]
            return [piece for record in records for piece in record.evidence]

    @property
    def idle(self) -> bool:
        """Whether no journey plays or waits for its turn to play."""
        with self.notifier:
            return not self._queue and not self._running

    def timings(self) -> Timings:
        """How long everything took until now, and the longest chain of steps that had to wait for each other."""
        with self.notifier:
            return measure([(play.kind, list(play.records.values())) for play in self._plays.values()], self._began, self.clock.now())

    def unreported(self) -> list[Record]:
        """Broken steps that no check has reported (because none was selected that reads them)."""
        with self.notifier:
            records = [record for play in self._plays.values() for record in play.records.values()]
            return [record for record in records if record.state is StepState.BROKEN and not record.reported]

    # --- for plays; `_locked` means: `notifier` is held ---

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock, wake who waits, and afterwards, without the lock, tell the progress callback."""
        try:
            with self.notifier:
                yield
                self.notifier.notify()
        finally:
            self._deliver()

    def started_locked(self, play: Play) -> None:
        """Make sure that a journey which is read will play, with those it comes after."""
        self._enqueue_locked(play)
        self._launch_locked()

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait, without the lock, until `reached`, called with it, says so. Whoever waits enforces the deadlines meanwhile."""
        waiter: threading.Lock | None = None
        while True:
            with self.notifier:
                if waiter is not None:
                    self.notifier.forget(waiter)
                due = self._expire_locked()
                waiter = None if reached() else self.notifier.waiter()
            self._deliver()
            if waiter is None:
                return
            self.clock.wait(waiter, None if due is None else max(0.0, due - self.clock.now()))

    def moved_locked(self, record: Record) -> None:
        """A step has changed its state."""
        if self._progress is not None:
            self._events.append((record.journey, record.name, record.state))
        self.notifier.notify()

    def ended_locked(self, play: Play) -> None:
        """A journey acts no more; may be called again by a thread that comes late."""
        self._running.discard(play)
        self._launch_locked()

    # --- inside ---

    def _play_locked(self, kind: type[Journey]) -> Play:
        if kind not in self._plays:
            self._plays[kind] = Play(self, kind, self.given)
        return self._plays[kind]

    def _enqueue_locked(self, play: Play) -> None:
        if play in self._started:
            return
        self._started.add(play)
        for other in play.kind.after:
            self._enqueue_locked(self._play_locked(other))
        if self.cancelled.is_set():
            play.give_up_locked(StepState.CANCELLED, Cause("", "", StepCancelled("the run was interrupted")))
            return
        if self._began is None:
            self._began = self.clock.now()
        self._queue.append(play)

    def _launch_locked(self) -> None:
        while (play := self._next_locked()) is not None:
            self._queue.remove(play)
            self._running.add(play)
            thread = threading.Thread(target=play.perform, name=f"journey {play.name}", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the machine has no thread left: say so as this journey's failure
                play.settle_locked(next(iter(play.records.values())), StepState.BROKEN, error)
                self.ended_locked(play)
        if self._running and not self._watching:
            self._watching = True
            threading.Thread(target=self._watch, name="journey deadlines", daemon=True).start()

    def _next_locked(self) -> Play | None:
        if not self._queue or any(play.kind.exclusive for play in self._running):
            return None
        shared = [play for play in self._queue if not play.kind.exclusive]
        if not shared:
            return None if self._running else self._queue[0]
        if any(play.kind.quiet for play in self._running):
            return None
        shared = [play for play in shared if play.kind.quiet] or shared
        return max(shared, key=self._rank_locked)

    def _rank_locked(self, play: Play) -> float:
        """Expected seconds until everything that comes after this journey has ended: the longest starts first."""
        later = [other for other in self._started if play.kind in other.kind.after]
        return play.kind.expected + max((self._rank_locked(other) for other in later), default=0.0)

    def _expire_locked(self) -> float | None:
        """Give up what is past its deadline; the monotonic second of the next deadline, None if there is none."""
        now = self.clock.now()
        run_due = None if self._deadline is None or self._began is None or self.cancelled.is_set() else self._began + self._deadline
        if run_due is not None and now >= run_due:
            self._expire_run_locked(run_due)
            return None
        pending = [] if run_due is None else [run_due]
        for play in list(self._running):
            for record in play.records.values():
                due = record.due()
                if due is not None and due <= now:
                    play.overdue_locked(record)
                elif due is not None:
                    pending.append(due)
        return min(pending, default=None)

    def _expire_run_locked(self, due: float) -> None:
        error = RunOverdue("the run", due - (self._began or 0.0))
        for play in list(self._running):
            for record in play.records.values():
                if record.state is StepState.PLAYING:
                    play.settle_locked(record, StepState.BROKEN, error)
        self._stop_locked(StepState.NOT_REACHED, Cause("", "", error))
        # Listeners may take their time and must not do so under the lock.
        threading.Thread(target=self._tell_listeners, name="journey cancellation", daemon=True).start()

    def _stop_locked(self, state: StepState, cause: Cause) -> None:
        self.cancelled.set()
        for play in self._plays.values():
            play.give_up_locked(state, cause)
        self._queue.clear()
        self._running.clear()
        self.notifier.notify()

    def _watch(self) -> None:
        """Enforce deadlines while nobody reads; ends when nothing runs."""

        def idle() -> bool:
            self._watching = bool(self._running)
            return not self._watching

        self.wait_until(idle)

    def _tell_listeners(self) -> None:
        with self.notifier:
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            try:
                listener()
            except Exception:  # noqa: BLE001 - one listener's trouble must not keep the others from closing
                _log.exception("a listener of the run's cancellation failed")

    def _deliver(self) -> None:
        # Whoever finds another thread delivering leaves its event to that one, which looks again after releasing.
        while self._events and self._delivering.acquire(blocking=False):
            try:
                while self._events:
                    event = self._events.popleft()
                    if self._progress is not None:
                        self._progress(*event)
            except Exception:  # noqa: BLE001 - progress is a courtesy: its trouble must not become a journey's
                _log.exception("the progress callback failed")
            finally:
                self._delivering.release()
