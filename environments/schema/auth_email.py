"""[auth.email]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from environments.schema.auth_standing import StandingAccount
from environments.schema.mail_delivery import DeliverySection
from environments.schema.members import MEMBERS, MEMBERS_WITH_COOKIES, MembersSection, RateRule
from environments.schema.section import Whole
from environments.schema.values import LabelledAddress, Page, Path

_CHANGING = ("verification", "reset", "change_password", "deletion")
"""What is never done to an account that exists: it is somebody's, and others are signed in to it."""


def _better_auth_rules() -> list[RateRule]:
    # better-auth's defaults: https://better-auth.com/docs/concepts/rate-limit
    return [
        RateRule(paths=["/sign-in/*"], max=3, window=10.0),
        RateRule(paths=["/sign-up/*"], max=3, window=10.0),
        RateRule(paths=["/change-password", "/change-email"], max=3, window=10.0),
        RateRule(paths=["/request-password-reset"], max=3, window=60.0),
        RateRule(paths=["/send-verification-email"], max=3, window=60.0),
    ]


class EmailAuth(MembersSection, capability="auth.email", runbook=120, provides=(MEMBERS, MEMBERS_WITH_COOKIES), asked=True):
    """[auth.email]: sign-up and sign-in with an e-mail address and a password, as better-auth does it."""

    base: Path = Field(default="/api/auth", description="Where better-auth is mounted.")
    addresses: LabelledAddress = Field(description="Template of throw-away addresses; {label} becomes unique.")
    sign_up: bool = Field(default=True, description="Anybody can sign up. Without it whoever tries must be refused, and members are there.")
    user_names: bool = Field(default=False, description="Members have a user name as well, and sign in with it (better-auth's username).")
    bearer: bool = Field(default=False, description="A session's token may be shown as a bearer token (better-auth's bearer).")
    verification: bool = Field(default=True, description="Signing in is refused until the address is confirmed.")
    landing: Page = Field(default="/", description="Page that the confirmation link ends on.")
    reset: bool = Field(default=True, description="A forgotten password can be set anew by mail.")
    reset_page: Page = Field(default="/reset", description="Page that the reset link ends on.")
    shortest_password: int = Field(default=8, ge=1, le=4096, description="Characters that a password has at least.")
    longest_password: int = Field(default=128, ge=16, le=1_048_576, description="Characters that a password has at most.")
    change_password: bool = Field(default=False, description="A member who is signed in can change the password.")
    sessions: bool = Field(default=False, description="A member can list the sessions of all devices, and end them.")
    deletion: bool = Field(default=False, description="A member can delete the account (better-auth's deleteUser).")
    duplicates: Literal["hidden", "named"] = Field(
        default="hidden",
        description="Whether signing up with a member's address looks like any sign-up or says it is taken, given verification.",
    )
    session_days: float = Field(default=7, gt=0, description="Longest life of a session cookie, in days.")
    limits: list[RateRule] = Field(default_factory=_better_auth_rules, description="The deployment's own rate limits; [] when it has none.")
    limits_drill: bool = Field(
        default=False, description="A drill may use up the limit of sign-ins: for this machine nobody else signs in meanwhile."
    )

    @property
    def is_closed(self) -> bool:
        """As it is declared."""
        return not self.sign_up

    def refinements(self) -> Mapping[str, object]:
        """What members can do beside coming in. What would change an account is only done to those of a run."""
        keys = ("verification", "reset", "change_password", "sessions", "deletion", "personal", "limits_drill", "user_names", "bearer")
        said = {**{key: getattr(self, key) for key in keys}, "duplicates": self.duplicates == "hidden", "sign_up": True}
        return said if self.newcomers else {**said, **dict.fromkeys((*_CHANGING, "duplicates", "sign_up"), False)}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """What is mailed has to be read."""
        yield from super().inconsistencies(environment)
        if not self.newcomers:
            asked = [key for key in _CHANGING if key in self.model_fields_set and getattr(self, key)]
            if asked and environment.tier != "production":
                yield (
                    f"auth.email: {' and '.join(asked)} would be done to accounts that others use, because sign_up = false: take that out, "
                    "or add [auth.email.invitation], with which a run signs up people of its own"
                )
            return
        delivery = environment.section(DeliverySection)
        if self.verification and not (delivery and delivery.confirmation) and not environment.section(StandingAccount):
            yield "auth.email.verification needs a way to read the mail: add [mail.delivery], or an account that exists in [auth.standing]"
        if self.reset and not delivery:
            yield "auth.email.reset needs a way to read the mail: add [mail.delivery], or set reset = false"


def demand_better_auth(environment: Whole, capability: str) -> Iterable[str]:
    """A sentence where a section is about better-auth, and nothing says where that is mounted."""
    if not environment.section(EmailAuth):
        yield f"[{capability}] needs [auth.email], which says where better-auth is mounted"
