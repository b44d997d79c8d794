"""One journey being played: its thread's work, its records, and what reading them means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from journeys.clock import Clock
from journeys.context import PLAYING, holding, reader
from journeys.errors import DeadlineExceeded, JourneyError, Misuse, NotReached, StepBroke, StepCancelled
from journeys.evidence import Evidence
from journeys.journey import Journey
from journeys.notifier import Notifier
from journeys.records import Cause, Record, StepState

J = TypeVar("J", bound=Journey)


class Board(Protocol):
    """What a play needs from its scheduler. Methods ending in `_locked` are called with `notifier` held."""

    clock: Clock
    notifier: Notifier

    def changing(self) -> AbstractContextManager[None]: ...
    def play(self, journey: type[J]) -> J: ...
    def started_locked(self, play: Play) -> None: ...
    def wait_until(self, reached: Callable[[], bool]) -> None: ...
    def moved_locked(self, record: Record) -> None: ...
    def read_by(self, check: str | None, record: Record) -> None: ...
    def ended_locked(self, play: Play) -> None: ...


class Play:
    """One journey in one run. Every change of a record happens under the board's lock; only records leave the thread."""

    def __init__(self, board: Board, journey: type[Journey], given: Any) -> None:
        self.board = board
        self.kind = journey
        self.name = journey.__name__
        self.records = {step.name: Record(step, self.name) for step in journey.steps}
        self.journey = journey(self, given)

    def other(self, journey: type[J]) -> J:
        """Another journey of the same run."""
        return self.board.play(journey)

    @property
    def settled(self) -> bool:
        """Whether no record can change any more."""
        return all(record.state.settled for record in self.records.values())

    def perform(self) -> None:
        """Play the steps in order; the body of the journey's thread."""
        try:
            for record in self.records.values():
                # A step that was given up is passed over, for the sake of those after it that play always.
                if not record.state.settled and not self._perform(record):
                    return
        finally:
            with self.board.changing():
                self.board.ended_locked(self)

    def _perform(self, record: Record) -> bool:
        """Play one step; False when the journey is over, be it because this step was given up meanwhile."""
        board = self.board
        with board.changing():
            if record.state is not StepState.WAITING:
                return False
            record.state, record.started = StepState.PLAYING, board.clock.now()
            board.moved_locked(record)
        token = PLAYING.set(PlayedStep(self, record))
        state, value = StepState.DONE, None
        error: BaseException | None = None
        try:
            value = record.step.act(self.journey)
        except NotReached as reason:
            state, error = StepState.NOT_REACHED, reason
        except StepCancelled as reason:
            state, error = StepState.CANCELLED, reason
        except BaseException as reason:  # noqa: BLE001 - whatever a step raises is its record; nothing may kill the thread unseen
            # The first frame is this function: of no use to whoever reads the failure.
            state, error = StepState.BROKEN, reason.with_traceback(reason.__traceback__ and reason.__traceback__.tb_next)
        finally:
            PLAYING.reset(token)
        with board.changing():
            if record.state is not StepState.PLAYING:  # overdue or cancelled meanwhile: what came late does not count
                return False
            record.value = value
            self.settle_locked(record, state, error)
            return not self.settled

    def settle_locked(self, record: Record, state: StepState, error: BaseException | None) -> None:
        """End a step, and with it the steps after it where they cannot go on."""
        record.state, record.error, record.ended = state, error, self.board.clock.now()
        if isinstance(error, NotReached):
            record.cause = Cause(error.cause_journey, error.cause_step, error.error)
        self.board.moved_locked(record)
        if state is StepState.CANCELLED or (error is not None and not record.step.independent):
            cause = record.cause or Cause(self.name, record.name, error or StepCancelled())
            cancelled = state is StepState.CANCELLED
            self.give_up_locked(StepState.CANCELLED if cancelled else StepState.NOT_REACHED, cause, spare_always=not cancelled)

    def give_up_locked(self, state: StepState, cause: Cause, *, spare_always: bool = False) -> None:
        """Settle every step that is still open; `spare_always` leaves those that play always."""
        for record in self.records.values():
            if not record.state.settled and not (spare_always and record.step.always):
                record.ended = self.board.clock.now() if record.started is not None else None
                record.state, record.error, record.cause = state, cause.error, cause
                self.board.moved_locked(record)

    def overdue_locked(self, record: Record) -> None:
        """Give up a step that is past its deadline; its thread may hang, so the journey ends here."""
        self.settle_locked(record, StepState.BROKEN, DeadlineExceeded(f"step {self.name}.{record.name}", record.step.deadline))
        # An independent step that hangs still stops the journey: there is no thread left that could go on.
        self.give_up_locked(StepState.NOT_REACHED, Cause(self.name, record.name, record.error or StepCancelled()))
        self.board.ended_locked(self)

    def read(self, step: str) -> Any:
        """The record of a step, waited for. Raises what the journey's docstring says."""
        __tracebackhide__ = True
        record = self.records[step]
        act = PLAYING.get()
        if not isinstance(act, PlayedStep):
            self._await(record)
            self.board.read_by(reader(), record)
            return self._outcome(record)
        act.check()
        if act.play is self:
            self._check_order(record, act.record)
        else:
            act.record.read.append(record)
            if not record.state.settled:
                with holding("journey"):
                    self._await(record)
            act.check()
        if record.state is StepState.BROKEN:
            raise self._not_reached(act.record.name, record, journey=act.play.name) from None
        if record.state is StepState.NOT_REACHED and record.cause is not None:
            raise _missed(act.play.name, act.record.name, record.cause) from None
        return self._outcome(record)

    def _await(self, record: Record) -> None:
        with self.board.changing():
            self.board.started_locked(self)
        self.board.wait_until(lambda: record.state.settled)

    def _check_order(self, wanted: Record, playing: Record) -> None:
        if not wanted.state.settled:
            when = "itself" if wanted is playing else f"{wanted.name}, which plays later"
            raise Misuse(f"step {self.name}.{playing.name} reads {when}: steps play in the order of their definition")

    def _outcome(self, record: Record) -> Any:
        __tracebackhide__ = True
        if record.state is StepState.DONE:
            return record.value
        if record.state is StepState.CANCELLED:
            raise StepCancelled(f"{self.name}.{record.name} was cancelled: the run was interrupted")
        if record.state is StepState.NOT_REACHED and record.cause is not None:
            raise _missed(self.name, record.name, record.cause) from None
        raise self._failure(record) from record.error

    def _failure(self, record: Record) -> JourneyError:
        """The failure for the first check that reads a broken step, and the reference to that check for every other one.

        Which one is first is no chance: the checks of a process run one after another, and all checks of a journey run
        in one process. The same check reading (or being run) again fails again.
        """
        check = reader()
        with self.board.notifier:
            if check is not None and record.reported_by is None:
                record.reported_by = check
            record.reported = True
        if check is None or record.reported_by == check:
            return StepBroke(self.name, record.name, record.error or StepCancelled(), tuple(record.evidence))
        return self._not_reached(record.name, record, journey=self.name, seen_by=record.reported_by)

    def _not_reached(self, step: str, broken: Record, *, journey: str, seen_by: str | None = None) -> NotReached:
        error = broken.error or StepCancelled()
        return NotReached(journey, step, cause_journey=self.name, cause_step=broken.name, error=error, seen_by=seen_by)


class PlayedStep:
    """One step being played, as `journeys.context.current()` shows it."""

    def __init__(self, play: Play, record: Record) -> None:
        self.play = play
        self.record = record
        self._holds = 0

    @property
    def journey_name(self) -> str:
        return self.play.name

    @property
    def step_name(self) -> str:
        return self.record.name

    def attach(self, title: str, body: str | bytes, media_type: str = "text/plain") -> None:
        board = self.play.board
        with board.notifier:
            if not self.record.state.settled:
                self.record.evidence.append(Evidence(title, body, media_type, board.clock.wall()))

    def check(self) -> None:
        if self.record.state.settled:
            raise StepCancelled(f"{self.journey_name}.{self.step_name} was given up")

    @contextmanager
    def hold(self, reason: str) -> Iterator[None]:
        """See `Playing.hold`. Holds of one step may overlap (threads of its own): time stands still until the last one ends."""
        board, record = self.play.board, self.record
        with board.changing():
            self.check()
            self._holds += 1
            if self._holds == 1:
                record.paused_since = board.clock.now()
        try:
            yield
        finally:
            with board.changing():
                self._holds -= 1
                if self._holds == 0 and record.paused_since is not None:
                    record.held[reason] = record.held.get(reason, 0.0) + board.clock.now() - record.paused_since
                    record.paused_since = None


def _missed(journey: str, step: str, cause: Cause) -> NotReached:
    return NotReached(journey, step, cause_journey=cause.journey, cause_step=cause.step, error=cause.error)
