"""What every section says that lets members in, however they get in."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from environments.schema.section import Section, Whole
from environments.schema.values import LabelledAddress, Line, Path

MEMBERS = "members"
MEMBERS_WITH_COOKIES = "members.cookies"


class RateRule(Section):
    """One of the deployment's own rate limits, per client address and path."""

    paths: list[Line] = Field(min_length=1, description="Paths below the base; a trailing * matches the rest.")
    max: int = Field(ge=1, description="Requests allowed in a window.")
    window: float = Field(gt=0, description="Length of the window in seconds; it restarts at each allowed request.")


class MembersSection(Section):
    """A way to come in. Defined with ``provides=(MEMBERS,)``, and with MEMBERS_WITH_COOKIES as well where cookies sign a browser in."""

    addresses: LabelledAddress = Field(
        default="gonogo+{label}@gonogo.invalid", description="Template of throw-away addresses; {label} becomes unique."
    )
    personal: list[Path] = Field(default_factory=list, description="Pages and answers that are different for each member.")
    limits: list[RateRule] = Field(default_factory=list, description="The deployment's own rate limits; [] when it has none.")

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Who is a member must be decided in one way."""
        ways = [section.capability for section in environment.sections if MEMBERS in section.provides]
        if ways and self.capability == ways[0] and len(ways) > 1:
            yield f"members come in by {' and '.join(f'[{way}]' for way in ways)}: keep one of them"


def demand_members(environment: Whole, capability: str) -> Iterable[str]:
    """A sentence where a section needs members and none can come in: it names every way there is."""
    from environments.schema.registry import providers

    if MEMBERS not in environment.capabilities:
        yield f"[{capability}] needs members: add {' or '.join(f'[{way}]' for way in providers(MEMBERS))}"
