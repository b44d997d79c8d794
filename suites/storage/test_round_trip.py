"""Round trips: what a member stores is what a member, and the platform, get back."""

from __future__ import annotations

import allure
import pytest

from clients.storage.objects import NOT_TOLD
from suites.storage.journeys import Generated, Presigned, RoundTrip, ThroughS3

pytestmark = [allure.epic("Storage"), allure.feature("Round trips"), pytest.mark.requires("storage.objects")]


@pytest.mark.smoke
@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.BLOCKER)
def test_bytes_survive_a_round_trip(round_trip: RoundTrip) -> None:
    """A stored file comes back byte for byte."""
    stored, back = round_trip.file.data, round_trip.fetched.data
    assert len(back) == len(stored), f"the file came back with other bytes: of {len(stored)} bytes {len(back)} came back"
    assert back == stored, "the file came back with other bytes"


@pytest.mark.safe_in_production
@allure.severity(allure.severity_level.CRITICAL)
def test_content_type_survives_a_round_trip(round_trip: RoundTrip) -> None:
    """A stored file comes back with the content type that it was given."""
    assert round_trip.fetched.type == round_trip.file.type, f"stored as {round_trip.file.type}, fetched as {round_trip.fetched.type}"


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.objects.metadata")
@allure.severity(allure.severity_level.NORMAL)
def test_metadata_survives_a_round_trip(round_trip: RoundTrip) -> None:
    """A stored file comes back with the metadata that it was given."""
    assert round_trip.fetched.metadata == round_trip.file.metadata, f"fetched with {round_trip.fetched.metadata}"


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.objects.list")
@allure.severity(allure.severity_level.CRITICAL)
def test_stored_file_is_listed(round_trip: RoundTrip) -> None:
    """A stored file is in the member's list, with its size where the list tells sizes."""
    sizes = {file.name: file.size for file in round_trip.listed}
    assert round_trip.file.name in sizes, f"the stored file is not among the {len(sizes)} in the list"
    shown = sizes[round_trip.file.name]
    assert shown in (len(round_trip.file.data), NOT_TOLD), f"the list says {shown} bytes, stored were {len(round_trip.file.data)}"


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.s3")
@allure.severity(allure.severity_level.CRITICAL)
def test_app_stores_into_the_declared_bucket(through_s3: ThroughS3) -> None:
    """What the app stores lies in the declared bucket, with the same bytes, type and metadata."""
    assert through_s3.object.data == through_s3.file.data, "the object in the bucket has other bytes"
    assert through_s3.object.type == through_s3.file.type
    if through_s3.file.metadata:  # none is sent where the app promises to keep none
        assert through_s3.object.metadata == through_s3.file.metadata


@pytest.mark.safe_in_production
@pytest.mark.requires("storage.s3", "storage.objects.from_bucket")
@allure.severity(allure.severity_level.CRITICAL)
def test_app_shows_what_lies_in_the_bucket(through_s3: ThroughS3) -> None:
    """What is put into the declared bucket is what the app shows, with the same bytes, type and metadata."""
    assert through_s3.shown is not None
    assert through_s3.placed is not None
    assert through_s3.shown.data == through_s3.placed.data, "the app shows other bytes than lie in the bucket"
    assert through_s3.shown.type == through_s3.placed.type
    assert through_s3.shown.metadata == through_s3.placed.metadata


@pytest.mark.requires("storage.objects.presign")
@allure.severity(allure.severity_level.CRITICAL)
def test_presigned_upload_arrives(presigned: Presigned) -> None:
    """A file uploaded straight to the bucket with a ticket from the app is shown by the app."""
    assert presigned.fetched.data == presigned.file.data, "the app shows other bytes than were uploaded"
    assert presigned.fetched.type == presigned.file.type


@pytest.mark.requires("storage.objects.any_name")
@allure.severity(allure.severity_level.NORMAL)
def test_every_name_and_content_survives(generated: Generated) -> None:
    """Files with generated names and contents come back byte for byte."""
    assert generated.examined.examples >= 1
