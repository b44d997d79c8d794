"""Reading: parts of a file are the right parts, and nobody is shown what is no longer there."""

from __future__ import annotations

import allure
import pytest

from clients.wire.attempts import Attempt
from fixtures.storage_objects import StorageObjects
from suites.storage.journeys import Freshness, Ranges, RoundTrip

pytestmark = [allure.epic("Storage"), allure.feature("Reading"), pytest.mark.requires("storage.objects"), pytest.mark.safe_in_production]


def _not_found(tried: Attempt, storage: StorageObjects) -> bool:
    """Whether there is nothing: 404 where files go in and out in the usual way; elsewhere some say 403, or 400 for an id that is none."""
    return tried.status == 404 if storage.usual else tried.refused


@pytest.mark.requires("storage.objects.ranges")
@pytest.mark.parametrize(
    ("title", "start", "end"), [("first byte", 0, 1), ("middle", 5, 10), ("last hundred", 900, 1000), ("from the start", 0, 1000)], ids=str
)
@allure.severity(allure.severity_level.CRITICAL)
def test_range_gives_exactly_those_bytes(ranges: Ranges, title: str, start: int, end: int) -> None:
    """A range request is answered with exactly the bytes that were asked for, and says which they are."""
    part = ranges.parts[title]
    assert part.status == 206, f"a range request ({title}) was answered with {part.status}"
    assert part.data == ranges.file.data[start:end], (
        f"a range request ({title}) gave {len(part.data)} bytes that are not bytes {start} to {end - 1}"
    )
    assert part.content_range == f"bytes {start}-{end - 1}/1000"


@pytest.mark.requires("storage.objects.ranges")
@allure.severity(allure.severity_level.NORMAL)
def test_range_past_the_end_is_refused(ranges: Ranges) -> None:
    """A range past the end is answered with 416 and the true size."""
    refusal = ranges.past_the_end.refusal
    assert refusal is not None, "a range past the end was answered with bytes"
    assert refusal.status == 416, f"a range past the end: {refusal}"
    assert refusal.headers.get("content-range") == "bytes */1000"


@pytest.mark.requires("storage.objects.head")
@allure.severity(allure.severity_level.NORMAL)
def test_head_tells_size_and_type(round_trip: RoundTrip) -> None:
    """HEAD is answered with size and type of the file, without its bytes."""
    described, file = round_trip.described, round_trip.file
    assert described is not None, "nobody asked: HEAD is not declared"
    assert (described.size, described.type) == (len(file.data), file.type), f"HEAD tells {described.size} bytes of {described.type}"
    assert not described.data, f"HEAD is answered with {len(described.data)} bytes"


@allure.severity(allure.severity_level.CRITICAL)
def test_file_that_is_not_there_is_not_found(freshness: Freshness, storage_objects: StorageObjects) -> None:
    """A name or an id that nobody's file has is not found."""
    tried = freshness.before if storage_objects.by_name else freshness.missing
    assert tried is not None
    assert repr(tried) != "accepted", "a file that nobody stored was answered"
    assert _not_found(tried, storage_objects), f"a file that nobody stored: {tried}"


@allure.severity(allure.severity_level.CRITICAL)
def test_new_file_is_shown_at_once(freshness: Freshness) -> None:
    """A file that was asked for before it existed is shown once it does."""
    assert freshness.shown_first.data == freshness.first.data


@pytest.mark.requires("storage.objects.overwrite")
@allure.severity(allure.severity_level.CRITICAL)
def test_overwritten_file_is_shown_at_once(freshness: Freshness) -> None:
    """After an overwrite the new contents are shown, not the old ones."""
    assert freshness.shown_second is not None, "nobody tried: overwriting is not declared"
    assert freshness.shown_second.data != freshness.first.data, "the old contents are shown after an overwrite"
    assert freshness.shown_second.data == freshness.second


@pytest.mark.requires("storage.objects.deletes")
@allure.severity(allure.severity_level.CRITICAL)
def test_deleted_file_is_gone_at_once(freshness: Freshness, storage_objects: StorageObjects) -> None:
    """After deleting, the file is not found and not listed. One that goes into a trash is not listed."""
    assert freshness.gone is not None, "nobody tried: files are declared to stay"
    if not storage_objects.soft:
        assert repr(freshness.gone) != "accepted", "a deleted file is still shown"
        assert _not_found(freshness.gone, storage_objects), f"a deleted file: {freshness.gone}"
    assert freshness.first.name not in freshness.left, "a deleted file is still listed"
