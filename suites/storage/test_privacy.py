"""Privacy: a member's file is nobody else's."""

from __future__ import annotations

import allure
import pytest

from fixtures.storage_objects import StorageObjects
from suites.storage.journeys import Addresses, Presigned, Privacy, Unsigned, Visitors

pytestmark = [allure.epic("Storage"), allure.feature("Privacy"), pytest.mark.requires("storage.objects")]


@pytest.mark.requires("storage.objects.private")
@allure.severity(allure.severity_level.BLOCKER)
def test_another_member_cannot_read(privacy: Privacy) -> None:
    """Another member who knows the name cannot read the file."""
    assert privacy.stranger_reads is not None, "nobody tried: files are declared public"
    assert privacy.stranger_reads.refused, f"reading another member's file: {privacy.stranger_reads}"


@pytest.mark.requires("storage.objects.deletes")
@allure.severity(allure.severity_level.BLOCKER)
def test_another_member_cannot_delete(privacy: Privacy) -> None:
    """Another member cannot delete the file; the owner still has it."""
    assert privacy.stranger_deletes is not None, "nobody tried: files are declared to stay"
    assert privacy.stranger_deletes.refused, f"deleting another member's file: {privacy.stranger_deletes}"
    assert privacy.still_there.status == 200, "the file is gone after another member deleted it"


@pytest.mark.requires("storage.objects.list")
@allure.severity(allure.severity_level.CRITICAL)
def test_another_member_does_not_see_the_name(privacy: Privacy) -> None:
    """The file is not in another member's list."""
    assert privacy.file.name not in privacy.stranger_sees, "another member sees the file in their list"


@pytest.mark.smoke
@pytest.mark.safe_in_production
@pytest.mark.requires("storage.objects.private")
@allure.severity(allure.severity_level.BLOCKER)
def test_visitor_cannot_read(visitors: Visitors) -> None:
    """Somebody who is not signed in cannot read the file."""
    assert visitors.reads is not None, "nobody tried: files are declared public"
    assert visitors.reads.refused, f"reading without signing in: {visitors.reads}"


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.objects.list")
@allure.severity(allure.severity_level.CRITICAL)
def test_visitor_cannot_list(visitors: Visitors) -> None:
    """Somebody who is not signed in sees no list."""
    assert visitors.lists is not None, "nobody tried: nothing is declared to list files"
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
def test_ticket_is_bound_to_its_content_type(presigned: Presigned, storage_objects: StorageObjects) -> None:
    """An upload ticket for one content type does not store another."""
    tried = presigned.other_type
    assert tried.status == 403 if storage_objects.usual else tried.refused, f"using a ticket for another content type: {tried}"


@pytest.mark.requires("storage.objects.elsewhere")
@allure.severity(allure.severity_level.BLOCKER)
def test_read_address_is_open_to_nobody_else(addresses: Addresses) -> None:
    """The address that a member is given for reading a file gives nothing without its signature, or with another one."""
    assert addresses.bare.refused, f"reading at the address of a file, without the signature that a member was given: {addresses.bare}"
    assert addresses.other_signature.refused, f"reading at the address of a file with another signature: {addresses.other_signature}"
