"""Stories of files: a member keeps them through the app or past it, the platform keeps them as objects, and others try to get at them."""

from suites.storage.journeys.files import File, keep, new_file
from suites.storage.journeys.keeping import Freshness, Generated, Privacy, Ranges, RoundTrip, ThroughS3, Unsigned, Visitors
from suites.storage.journeys.uploads import Addresses, Confirmations, Presigned

__all__ = [
    "Addresses",
    "Confirmations",
    "File",
    "Freshness",
    "Generated",
    "Presigned",
    "Privacy",
    "Ranges",
    "RoundTrip",
    "ThroughS3",
    "Unsigned",
    "Visitors",
    "keep",
    "new_file",
]
