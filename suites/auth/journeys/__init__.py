"""Stories of people who come in, and of those who must not."""

from suites.auth.journeys.devices import Changing, Devices, Gone, Leaving
from suites.auth.journeys.joining import Joining, confirmed, joined
from suites.auth.journeys.members import Owner, Returning, Stranger
from suites.auth.journeys.passes import Asked, Pages, Pass, Passes
from suites.auth.journeys.refusals import Enumeration, Forgetful, Outsiders, Refusals
from suites.auth.journeys.resetting import Resetting
from suites.auth.journeys.social import Arrival, Arriving, Beginning, Begun, Intruding
from suites.auth.journeys.traffic import Admissions, Burst, Crowd, Flood, Neighbourhood, View

__all__ = [
    "Admissions",
    "Arrival",
    "Arriving",
    "Asked",
    "Beginning",
    "Begun",
    "Burst",
    "Changing",
    "Crowd",
    "Devices",
    "Enumeration",
    "Flood",
    "Forgetful",
    "Gone",
    "Intruding",
    "Joining",
    "Leaving",
    "Neighbourhood",
    "Outsiders",
    "Owner",
    "Pages",
    "Pass",
    "Passes",
    "Refusals",
    "Resetting",
    "Returning",
    "Stranger",
    "View",
    "confirmed",
    "joined",
]

joining = Joining.fixture()
refusals = Refusals.fixture()
enumeration = Enumeration.fixture()
forgetful = Forgetful.fixture()
owner = Owner.fixture()
stranger = Stranger.fixture()
outsiders = Outsiders.fixture()
resetting = Resetting.fixture()
devices = Devices.fixture()
changing = Changing.fixture()
leaving = Leaving.fixture()
returning = Returning.fixture()
beginning = Beginning.fixture()
arriving = Arriving.fixture()
intruding = Intruding.fixture()
passes = Passes.fixture()
pages = Pages.fixture()
crowd = Crowd.fixture()
neighbourhood = Neighbourhood.fixture()
admissions = Admissions.fixture()
flood = Flood.fixture()
