"""Reading records: what checks get from steps that are done, broken or not reached."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable

import pytest

from journeys import Journey, Misuse, NotReached, Scheduler, StepBroke, StepState, reading, step
from tests.journeys.clocks import SOON

Schedule = Callable[..., Scheduler]


class LostMail(Exception):
    """A failure of the kind that steps have."""


class Joining(Journey):
    """Breaks in the middle, and once where it does not matter."""

    @step
    def member(self) -> str:
        self.note("answer", "200")
        return "ada"

    @step(independent=True)
    def wrong_password(self) -> str:
        raise ValueError("accepted")

    @step
    def mail(self) -> str:
        self.note("inbox", "empty")
        self.screenshot("inbox", b"png")
        raise LostMail("no mail for ada\nasked 7 times")

    @step
    def session(self) -> str:
        return "never"


class Uploading(Journey, after=(Joining,)):
    """Needs a member, later their session."""

    @step
    def owner(self) -> str:
        return self.other(Joining).member.upper()

    @step
    def file(self) -> str:
        return self.other(Joining).session


def test_record_of_a_done_step_is_its_return_value(schedule: Schedule) -> None:
    """Also from another journey, and again and again."""
    scheduler = schedule()
    assert scheduler.play(Joining).member == "ada"
    assert [scheduler.play(Uploading).owner for _ in range(2)] == ["ADA", "ADA"]


def test_reading_blocks_until_the_step_is_done(schedule: Schedule) -> None:
    """A check that comes early waits for what it reads, and for no later step."""
    reader_is_there, go = threading.Event(), threading.Event()

    class Slow(Journey):
        @step
        def first(self) -> int:
            assert reader_is_there.wait(SOON)
            return 1

        @step
        def second(self) -> int:
            assert go.wait(SOON)
            return 2

    slow = schedule().play(Slow)
    reader_is_there.set()
    assert slow.first == 1
    assert not slow.records["second"].state.settled
    go.set()
    assert slow.second == 2


def test_first_check_of_a_broken_step_fails_with_the_evidence(schedule: Schedule) -> None:
    """The original failure is the cause, with its own traceback; the message names journey and step in its first line."""
    joining = schedule().play(Joining)
    with reading("test_mail"), pytest.raises(StepBroke) as failure:
        _ = joining.mail
    assert str(failure.value) == "Joining.mail broke: LostMail: no mail for ada"
    assert isinstance(failure.value.__cause__, LostMail)
    assert [entry.name for entry in traceback.extract_tb(failure.value.error.__traceback__)] == ["mail"]
    assert [(each.title, each.body, each.media_type) for each in failure.value.evidence] == [
        ("inbox", "empty", "text/plain"),
        ("inbox", b"png", "image/png"),
    ]
    assert [each.title for each in joining.evidence("member")] == ["answer"]


def test_one_cause_is_one_failure(schedule: Schedule) -> None:
    """The first check fails however often it reads; every other one is referred to it."""
    joining = schedule().play(Joining)
    for _ in range(2):
        with reading("test_mail"), pytest.raises(StepBroke):
            _ = joining.mail
    for _ in range(2):
        with reading("test_sender"), pytest.raises(NotReached) as reference:
            _ = joining.mail
        assert str(reference.value) == "Joining.mail broke, see test_mail: LostMail: no mail for ada"
        assert reference.value.seen_by == "test_mail"


def test_later_steps_are_not_reached_and_name_the_cause_in_one_line(schedule: Schedule) -> None:
    """Reading them does not count as having reported the failure."""
    scheduler = schedule()
    joining = scheduler.play(Joining)
    with reading("test_session"), pytest.raises(NotReached) as missed:
        _ = joining.session
    assert str(missed.value) == "Joining.session was not reached: Joining.mail broke: LostMail: no mail for ada"
    assert (missed.value.cause_journey, missed.value.cause_step) == ("Joining", "mail")
    assert missed.value.__suppress_context__
    assert {record.name for record in scheduler.unreported()} == {"mail", "wrong_password"}
    with reading("test_mail"), pytest.raises(StepBroke):
        _ = joining.mail
    assert {record.name for record in scheduler.unreported()} == {"wrong_password"}


def test_independent_step_does_not_stop_later_ones(schedule: Schedule) -> None:
    """Its own checks fail all the same."""
    joining = schedule().play(Joining)
    with pytest.raises(NotReached):
        _ = joining.session
    assert joining.records["mail"].state is StepState.BROKEN
    with pytest.raises(StepBroke, match="wrong_password broke: ValueError: accepted"):
        _ = joining.wrong_password


def test_not_reached_passes_through_journeys_to_the_root(schedule: Schedule) -> None:
    """A journey that needs a broken one did not break: its step names the step that did."""
    uploading = schedule().play(Uploading)
    with reading("test_file"), pytest.raises(NotReached) as missed:
        _ = uploading.file
    assert str(missed.value) == "Uploading.file was not reached: Joining.mail broke: LostMail: no mail for ada"
    assert uploading.records["file"].state is StepState.NOT_REACHED


def test_journey_that_reads_a_broken_step_leaves_the_failure_to_the_checks(schedule: Schedule) -> None:
    """Which journey's thread comes first is chance; which check reports must not be."""

    class Reading(Journey, after=(Joining,)):
        @step
        def wrong(self) -> str:
            return self.other(Joining).wrong_password

    scheduler = schedule()
    with reading("test_reading"), pytest.raises(NotReached, match=r"Joining\.wrong_password broke: ValueError"):
        _ = scheduler.play(Reading).wrong
    with reading("test_wrong_password"), pytest.raises(StepBroke):
        _ = scheduler.play(Joining).wrong_password


def test_steps_read_earlier_steps_of_their_own_journey(schedule: Schedule) -> None:
    """Directly, without waiting; a broken independent one makes the reading step not reached."""

    class Own(Journey):
        @step
        def one(self) -> int:
            return 1

        @step(independent=True)
        def odd(self) -> int:
            raise ValueError("odd")

        @step
        def two(self) -> int:
            return self.one + 1

        @step
        def three(self) -> int:
            return self.odd

    own = schedule().play(Own)
    assert own.two == 2
    with pytest.raises(NotReached, match=r"Own\.three was not reached: Own\.odd broke: ValueError: odd"):
        _ = own.three


def test_step_that_reads_itself_or_a_later_one_is_told_so(schedule: Schedule) -> None:
    """Waiting would last until the deadline."""

    class Backwards(Journey):
        @step(independent=True)
        def itself(self) -> int:
            return self.itself

        @step(independent=True)
        def early(self) -> int:
            return self.late

        @step
        def late(self) -> int:
            return 1

    backwards = schedule().play(Backwards)
    for name, words in (("itself", "reads itself"), ("early", "reads late, which plays later")):
        with pytest.raises(StepBroke, match=words):
            getattr(backwards, name)


def test_other_journey_must_be_declared(schedule: Schedule) -> None:
    """Otherwise it would start late, and cycles would be possible."""

    class Careless(Journey):
        @step
        def member(self) -> str:
            return self.other(Joining).member

    with pytest.raises(StepBroke) as failure:
        _ = schedule().play(Careless).member
    assert isinstance(failure.value.error, Misuse)
    assert "after=(Joining, ...)" in str(failure.value)


def test_even_exits_are_records(schedule: Schedule) -> None:
    """A step that ends its thread by SystemExit has failed like any other; nobody waits forever."""

    class Leaving(Journey):
        @step
        def exit(self) -> None:
            raise SystemExit("bye")

    with pytest.raises(StepBroke, match="SystemExit: bye"):
        schedule().play(Leaving).exit  # noqa: B018


def test_records_that_a_check_read_are_known(schedule: Schedule) -> None:
    """For its evidence and its true times; each once, in the order of reading."""
    scheduler = schedule()
    joining = scheduler.play(Joining)
    with reading("test_member"):
        assert joining.member == joining.member
        with pytest.raises(StepBroke):
            _ = joining.wrong_password
    assert [record.name for record in scheduler.records_read("test_member")] == ["member", "wrong_password"]
    assert scheduler.records_read("test_other") == ()


def test_evidence_needs_a_step(schedule: Schedule) -> None:
    """A note from nowhere belongs to nothing."""
    with pytest.raises(Misuse, match="inside a step of Joining"):
        schedule().play(Joining).note("title", "text")
