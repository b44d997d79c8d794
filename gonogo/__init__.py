"""gonogo verifies a deployment before it is promoted.

What checks of other repositories need is imported from here, and from nowhere else: the same in a checkout and in an installed package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # type checkers see the names; at run time each is loaded when it is first asked for
    from base.waiting import Cancelled, Overdue
    from clients.errors import Inconclusive, Malformed, Refusal, Trouble, Unavailable, Unreachable
    from clients.identity.members import Member
    from clients.identity.port import Identity, Kept, Limit, Paths, Person
    from clients.storage.objects_port import PresignedUrl
    from clients.wire.answers import expect, json_object, json_value, malformed, part
    from clients.wire.attempts import Attempt, attempt, tried
    from environments.schema.environment import Environment, Tier
    from environments.schema.members import MEMBERS, MembersSection
    from environments.schema.section import Section
    from environments.schema.values import Host, Origin, Path, SecretVariable
    from fixtures.auth_email import EmailSignIn
    from fixtures.browser import BrowserPages, BrowserWindows
    from fixtures.context import Context
    from fixtures.deploy_rollback import RollbackDrill
    from fixtures.deployment import Deployment
    from fixtures.facet import Facet, SectionFacet
    from fixtures.health import HealthEndpoint
    from fixtures.journal import Entry, Left
    from fixtures.mail_delivery import MailDelivery
    from fixtures.members import Members
    from fixtures.people import Announced, Newcomer, Owner, Stranger
    from fixtures.storage_objects import StorageObjects
    from fixtures.storage_s3 import StorageBucket
    from journeys import Cost, Examined, Journey, Rule, examine, step, uses

_PLACES = {
    "base.waiting": ("Cancelled", "Overdue"),
    "clients.errors": ("Inconclusive", "Malformed", "Refusal", "Trouble", "Unavailable", "Unreachable"),
    "clients.identity.members": ("Member",),
    "clients.identity.port": ("Identity", "Kept", "Limit", "Paths", "Person"),
    "clients.storage.objects_port": ("PresignedUrl",),
    "clients.wire.answers": ("expect", "json_object", "json_value", "malformed", "part"),
    "clients.wire.attempts": ("Attempt", "attempt", "tried"),
    "environments.schema.environment": ("Environment", "Tier"),
    "environments.schema.members": ("MEMBERS", "MembersSection"),
    "environments.schema.section": ("Section",),
    "environments.schema.values": ("Host", "Origin", "Path", "SecretVariable"),
    "fixtures.auth_email": ("EmailSignIn",),
    "fixtures.browser": ("BrowserPages", "BrowserWindows"),
    "fixtures.context": ("Context",),
    "fixtures.deploy_rollback": ("RollbackDrill",),
    "fixtures.deployment": ("Deployment",),
    "fixtures.facet": ("Facet", "SectionFacet"),
    "fixtures.health": ("HealthEndpoint",),
    "fixtures.journal": ("Entry", "Left"),
    "fixtures.mail_delivery": ("MailDelivery",),
    "fixtures.members": ("Members",),
    "fixtures.storage_objects": ("StorageObjects",),
    "fixtures.storage_s3": ("StorageBucket",),
    "journeys": ("Cost", "Examined", "Journey", "Rule", "examine", "step", "uses"),
    "fixtures.people": ("Announced", "Newcomer", "Owner", "Stranger"),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "MEMBERS",
    "Announced",
    "Attempt",
    "BrowserPages",
    "BrowserWindows",
    "Cancelled",
    "Context",
    "Cost",
    "Deployment",
    "EmailSignIn",
    "Entry",
    "Environment",
    "Examined",
    "Facet",
    "HealthEndpoint",
    "Host",
    "Identity",
    "Inconclusive",
    "Journey",
    "Kept",
    "Left",
    "Limit",
    "MailDelivery",
    "Malformed",
    "Member",
    "Members",
    "MembersSection",
    "Newcomer",
    "Origin",
    "Overdue",
    "Owner",
    "Path",
    "Paths",
    "Person",
    "PresignedUrl",
    "Refusal",
    "RollbackDrill",
    "Rule",
    "SecretVariable",
    "Section",
    "SectionFacet",
    "StorageBucket",
    "StorageObjects",
    "Stranger",
    "Tier",
    "Trouble",
    "Unavailable",
    "Unreachable",
    "attempt",
    "examine",
    "expect",
    "json_object",
    "json_value",
    "malformed",
    "part",
    "step",
    "tried",
    "uses",
]


def __getattr__(name: str) -> Any:
    """A name for checks of other repositories, loaded when it is asked for."""
    if name not in _MODULE_OF:
        raise AttributeError(f"gonogo has no {name}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    """What is there to import."""
    return sorted(__all__)
