"""Uploads past the app: a ticket is good for one file, and a file is whose upload it was."""

from __future__ import annotations

import allure
import pytest

from suites.storage.journeys import Confirmations, Presigned

pytestmark = [allure.epic("Storage"), allure.feature("Uploads past the app"), pytest.mark.requires("storage.objects.presign")]


@allure.severity(allure.severity_level.CRITICAL)
def test_ticket_needs_its_signature(presigned: Presigned) -> None:
    """An upload ticket whose signature was changed stores nothing."""
    assert presigned.other_signature.refused, f"using a ticket with another signature: {presigned.other_signature}"


@allure.severity(allure.severity_level.BLOCKER)
def test_ticket_is_bound_to_its_key(presigned: Presigned) -> None:
    """An upload ticket for one object does not store another: not over somebody else's file, either."""
    assert presigned.other_key.refused, f"using a ticket for another key: {presigned.other_key}"


@allure.severity(allure.severity_level.CRITICAL)
def test_ticket_is_bound_to_its_method(presigned: Presigned) -> None:
    """An upload ticket neither reads nor deletes what it stored."""
    assert not presigned.other_methods, f"the address of an upload ticket also takes {' and '.join(presigned.other_methods)}"


@pytest.mark.requires("storage.objects.confirm")
@allure.severity(allure.severity_level.BLOCKER)
def test_upload_of_somebody_else_is_not_confirmed(confirmations: Confirmations) -> None:
    """Whoever confirms somebody else's upload does not get the file; whose it is has it."""
    accepted = [tried for tried in confirmations.taken if not tried.refused]
    assert confirmations.taken, "nobody tried"
    assert not accepted, f"confirming another member's upload: {accepted[0]}"
    assert confirmations.fetched.data == confirmations.file.data, "after another member confirmed the upload its owner has other bytes"


@pytest.mark.requires("storage.objects.confirm")
@allure.severity(allure.severity_level.CRITICAL)
def test_upload_that_never_happened_is_not_confirmed(confirmations: Confirmations) -> None:
    """Confirming an upload that never happened makes no file."""
    assert confirmations.never_uploaded.refused, f"confirming an upload that never happened: {confirmations.never_uploaded}"
