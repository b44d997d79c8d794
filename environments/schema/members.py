"""What every section says that lets members in, however they get in."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from environments.schema.auth_standing import StandingAccount
from environments.schema.filling import Filling
from environments.schema.section import Section, Whole
from environments.schema.values import LabelledAddress, Line, Path, SecretVariable

MEMBERS = "members"
MEMBERS_WITH_COOKIES = "members.cookies"
MEMBERS_BY_INVITATION = "members.invitation"
NEWCOMERS = "members.newcomers"
NEEDED = 2
"""Members: to see whether one is shown what is the other's."""
MEMBERS_BY_MAIL = "members.mailed"
"""Whoever reads the mail to an address is let in, with no password."""


class RateRule(Section):
    """One of the deployment's own rate limits, per client address and path."""

    paths: list[Line] = Field(min_length=1, description="Paths below the base; a trailing * matches the rest.")
    max: int = Field(ge=1, description="Requests allowed in a window.")
    window: float = Field(gt=0, description="Length of the window in seconds; it restarts at each allowed request.")


class Invitation(Section):
    """What somebody who is invited sends along when signing up."""

    field: Line = Field(description="Key of the invitation in what is sent.")
    code: SecretVariable = Field(description="Variable with an invitation that is good for every sign-up of a run.")


class MembersSection(Section):
    """A way to come in. Defined with ``provides=(MEMBERS,)``, and with MEMBERS_WITH_COOKIES as well where cookies sign a browser in."""

    addresses: LabelledAddress = Field(
        default="gonogo+{label}@gonogo.invalid", description="Template of throw-away addresses; {label} becomes unique."
    )
    personal: list[Path] = Field(default_factory=list, description="Pages and answers that are different for each member.")
    limits: list[RateRule] = Field(default_factory=list, description="The deployment's own rate limits; [] when it has none.")
    fields: dict[Line, Filling | bool | int] = Field(
        default_factory=dict,
        description="Further fields of a sign-up, with the value that each newcomer sends (with {name}, {email}, {user_name}, {label}).",
    )
    invitation: Invitation | None = Field(default=None, description="Only who is invited signs up; whoever is not must be refused.")

    @property
    def is_closed(self) -> bool:
        """Whether nobody signs up by themselves, and whoever tries must be refused."""
        return False

    @property
    def newcomers(self) -> bool:
        """Whether a run can sign somebody up, as far as the deployment is concerned."""
        return self.invitation is not None or not self.is_closed

    @property
    def there_already(self) -> int:
        """How many accounts this section names itself."""
        return 0

    def brings(self) -> Iterable[str]:
        """Whether somebody has to be kept out, and whether a run can sign somebody up."""
        kept_out = (MEMBERS_BY_INVITATION,) if self.invitation or self.is_closed else ()
        return (*kept_out, *((NEWCOMERS,) if self.refinements().get("sign_up") else ()))

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Who is a member must be decided in one way, and somebody must be one."""
        ways = [section.capability for section in environment.sections if MEMBERS in section.provides]
        if ways and self.capability == ways[0] and len(ways) > 1:
            yield f"members come in by {' and '.join(f'[{way}]' for way in ways)}: keep one of them"
        standing = environment.section(StandingAccount)
        there = self.there_already + (len(standing.everyone) if standing else 0)
        if not self.newcomers and environment.tier != "production" and there < NEEDED:
            yield (
                f"[{self.capability}] takes nobody who is new, so {NEEDED} members must be there, to see what one is shown of the other: "
                f"add {NEEDED} of [[auth.standing.accounts]]"
            )


def demand_members(environment: Whole, capability: str) -> Iterable[str]:
    """A sentence where a section needs members and none can come in: it names every way there is."""
    from environments.schema.registry import providers

    if MEMBERS not in environment.capabilities:
        yield f"[{capability}] needs members: add {' or '.join(f'[{way}]' for way in providers(MEMBERS))}"
