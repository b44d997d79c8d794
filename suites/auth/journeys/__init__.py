"""Stories of people who come in, and of those who must not."""

from suites.auth.journeys.bearing import Bearing
from suites.auth.journeys.by_mail import ByMail, Clicking, Guessing, Renewing
from suites.auth.journeys.devices import Changing, Devices, Gone, Leaving
from suites.auth.journeys.invitations import SignedUp, Uninvited
from suites.auth.journeys.joining import Joining
from suites.auth.journeys.members import Returning
from suites.auth.journeys.names import Carrying, Namesakes
from suites.auth.journeys.refusals import Enumeration, Forgetful, Outsiders, Refusals
from suites.auth.journeys.resetting import Resetting
from suites.auth.journeys.social import Arrival, Arriving, Beginning, Begun, Intruding, Stray, Straying
from suites.auth.journeys.tokens import Asked, Pages, Pass, Passes
from suites.auth.journeys.traffic import Admissions, Burst, Crowd, Flood
from suites.auth.journeys.two_factors import SecondStep

__all__ = [
    "Admissions",
    "Arrival",
    "Arriving",
    "Asked",
    "Bearing",
    "Beginning",
    "Begun",
    "Burst",
    "ByMail",
    "Carrying",
    "Changing",
    "Clicking",
    "Crowd",
    "Devices",
    "Enumeration",
    "Flood",
    "Forgetful",
    "Gone",
    "Guessing",
    "Intruding",
    "Joining",
    "Leaving",
    "Namesakes",
    "Outsiders",
    "Pages",
    "Pass",
    "Passes",
    "Refusals",
    "Renewing",
    "Resetting",
    "Returning",
    "SecondStep",
    "SignedUp",
    "Stray",
    "Straying",
    "Uninvited",
]
