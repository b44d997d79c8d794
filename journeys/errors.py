"""What can go wrong while journeys are played.

JourneyError
├── StepBroke        the step that was read failed; `error` is the original failure
├── NotReached       the step that was read never ran to its end because of something else
├── DeadlineExceeded a step or the run passed its deadline
├── BudgetExceeded   the run would cost more than its environment allows
└── Misuse           a journey is written in a way that cannot work
StepCancelled        the run was interrupted (a BaseException, see there)
"""

from __future__ import annotations

from journeys.evidence import Evidence

#: A cause is quoted in one line of a terminal, not as a page of its own.
_QUOTE_LIMIT = 300


class JourneyError(Exception):
    """Base of everything that this package raises, but for `StepCancelled`."""


class StepBroke(JourneyError):
    """The step that a check reads has failed. Raised `from` the original failure, which is kept in `error`."""

    def __init__(self, journey: str, step: str, error: BaseException, evidence: tuple[Evidence, ...] = ()) -> None:
        self.journey = journey
        self.step = step
        self.error = error
        self.evidence = evidence
        super().__init__(f"{journey}.{step} broke: {one_line(error)}")


class NotReached(JourneyError):
    """A step was not reached. `cause_journey` and `cause_step` name the step to look at, `error` what happened there.

    `seen_by` is set when the step itself broke and another check has already reported it.
    """

    def __init__(
        self, journey: str, step: str, *, cause_journey: str, cause_step: str, error: BaseException, seen_by: str | None = None
    ) -> None:
        self.journey = journey
        self.step = step
        self.cause_journey = cause_journey
        self.cause_step = cause_step
        self.error = error
        self.seen_by = seen_by
        cause = one_line(error)
        if seen_by is not None:
            message = f"{journey}.{step} broke, see {seen_by}: {cause}"
        elif not cause_step:
            message = f"{journey}.{step} was not reached: {cause}"
        else:
            message = f"{journey}.{step} was not reached: {cause_journey}.{cause_step} broke: {cause}"
        super().__init__(message)


class DeadlineExceeded(JourneyError, TimeoutError):
    """Something took longer than its deadline. `deadline` is in seconds."""

    def __init__(self, what: str, deadline: float) -> None:
        self.what = what
        self.deadline = deadline
        super().__init__(f"{what} was not done within its deadline of {deadline:g} s")


class RunOverdue(DeadlineExceeded):
    """The run is past the time that its environment allows: gonogo's patience ends, and nobody knows what would have come."""


class BudgetExceeded(JourneyError):
    """Spending would pass a limit of the environment's budget; nothing was spent."""

    def __init__(self, item: str, limit: int, would_be: int) -> None:
        self.item = item
        self.limit = limit
        self.would_be = would_be
        super().__init__(
            f"budget exceeded: {would_be} {item} would be used and the environment allows {limit}; "
            f"run fewer checks or raise {item} in the environment's budget"
        )


class Contradicted(JourneyError):
    """A story does not end as it must: `story` in plain words, and in `reason` how it ended."""

    def __init__(self, story: str, reason: str) -> None:
        self.story, self.reason = story, reason
        super().__init__(f"{story}: {reason}")


class Misuse(JourneyError):
    """A journey is declared or read in a way that cannot work; the message says what to change."""


class StepCancelled(BaseException):
    """The run was interrupted, or this step was given up.

    Not an `Exception`, for the reason that `asyncio.CancelledError` is none: a client that retries on
    `Exception`, or hypothesis looking for a smaller example, must not keep an interrupted run alive.
    """


def one_line(error: BaseException) -> str:
    """The error's type and the first line of its message, short enough for one line of a report."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
    return text if len(text) <= _QUOTE_LIMIT else text[: _QUOTE_LIMIT - 1] + "…"
