"""Reading: parts of a file are the right parts, and nobody is shown what is no longer there."""

from __future__ import annotations

import allure
import pytest

from suites.storage.journeys import Freshness, Ranges

pytestmark = [allure.epic("Storage"), allure.feature("Reading"), pytest.mark.requires("storage.objects"), pytest.mark.safe_in_production]


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


@allure.severity(allure.severity_level.NORMAL)
def test_range_past_the_end_is_refused(ranges: Ranges) -> None:
    """A range past the end is answered with 416 and the true size."""
    refusal = ranges.past_the_end.refusal
    assert refusal is not None, "a range past the end was answered with bytes"
    assert refusal.status == 416, f"a range past the end: {refusal}"
    assert refusal.headers.get("content-range") == "bytes */1000"


@allure.severity(allure.severity_level.CRITICAL)
def test_file_that_is_not_there_is_not_found(freshness: Freshness) -> None:
    """A name that nobody stored is not found."""
    assert freshness.before.refusal is not None, "a file that nobody stored was answered"
    assert freshness.before.refusal.status == 404, f"a file that nobody stored: {freshness.before}"


@allure.severity(allure.severity_level.CRITICAL)
def test_new_file_is_shown_at_once(freshness: Freshness) -> None:
    """A file that was asked for before it existed is shown once it does."""
    assert freshness.shown_first.data == freshness.first.data


@allure.severity(allure.severity_level.CRITICAL)
def test_overwritten_file_is_shown_at_once(freshness: Freshness) -> None:
    """After an overwrite the new contents are shown, not the old ones."""
    assert freshness.shown_second.data != freshness.first.data, "the old contents are shown after an overwrite"
    assert freshness.shown_second.data == freshness.second


@allure.severity(allure.severity_level.CRITICAL)
def test_deleted_file_is_gone_at_once(freshness: Freshness) -> None:
    """After deleting, the file is not found and not listed."""
    assert freshness.gone.refusal is not None, "a deleted file is still shown"
    assert freshness.gone.refusal.status == 404, f"a deleted file: {freshness.gone}"
    assert freshness.first.name not in freshness.left, "a deleted file is still listed"
