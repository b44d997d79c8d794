"""Privacy: a member's file is nobody else's."""

from __future__ import annotations

import allure
import pytest

from suites.storage.journeys import Presigned, Privacy, Unsigned, Visitors

pytestmark = [allure.epic("Storage"), allure.feature("Privacy"), pytest.mark.requires("storage.objects")]


@allure.severity(allure.severity_level.BLOCKER)
def test_another_member_cannot_read(privacy: Privacy) -> None:
    """Another member who knows the name cannot read the file."""
    assert privacy.stranger_reads.refused, f"reading another member's file: {privacy.stranger_reads}"


@allure.severity(allure.severity_level.BLOCKER)
def test_another_member_cannot_delete(privacy: Privacy) -> None:
    """Another member cannot delete the file; the owner still has it."""
    assert privacy.stranger_deletes.refused, f"deleting another member's file: {privacy.stranger_deletes}"
    assert privacy.still_there.status == 200, "the file is gone after another member deleted it"


@allure.severity(allure.severity_level.CRITICAL)
def test_another_member_does_not_see_the_name(privacy: Privacy) -> None:
    """The file is not in another member's list."""
    assert privacy.file.name not in privacy.stranger_sees, "another member sees the file in their list"


@pytest.mark.smoke
@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_visitor_cannot_read(visitors: Visitors) -> None:
    """Somebody who is not signed in cannot read the file."""
    assert visitors.reads.refused, f"reading without signing in: {visitors.reads}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_visitor_cannot_list(visitors: Visitors) -> None:
    """Somebody who is not signed in sees no list."""
    assert visitors.lists.refused, f"listing without signing in: {visitors.lists}"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_visitor_cannot_write(visitors: Visitors) -> None:
    """Somebody who is not signed in stores nothing."""
    assert visitors.writes.refused, f"storing without signing in: {visitors.writes}"


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.s3")
@allure.severity(allure.severity_level.BLOCKER)
def test_bucket_refuses_unsigned_requests(unsigned: Unsigned) -> None:
    """The bucket does not answer somebody who has no key."""
    assert unsigned.reads.refused, f"reading the bucket without a signature: {unsigned.reads}"


@pytest.mark.requires("storage.objects.presign")
@allure.severity(allure.severity_level.CRITICAL)
def test_ticket_is_bound_to_its_content_type(presigned: Presigned) -> None:
    """An upload ticket for one content type does not store another."""
    assert presigned.other_type.status == 403, f"using a ticket for another content type: {presigned.other_type}"
