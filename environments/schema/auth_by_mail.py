"""[auth.code] and [auth.magic_link]: members without a password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from environments.schema.mail_delivery import DeliverySection
from environments.schema.members import MEMBERS, MEMBERS_BY_MAIL, MEMBERS_WITH_COOKIES, MembersSection, RateRule
from environments.schema.section import Whole
from environments.schema.values import Call, DottedPath, LabelledAddress, Line, Page, Path

_BRINGS = (MEMBERS, MEMBERS_WITH_COOKIES, MEMBERS_BY_MAIL)


class MailedSection(MembersSection):
    """Whoever reads the mail to an address is let in, and is a member from the first time on."""

    invitation: ClassVar[None] = None  # type: ignore[misc] # there is no sign-up of its own that could ask for one
    base: Path = Field(default="/api/auth", description="What the paths of this section stand below; / where that is nothing.")
    addresses: LabelledAddress = Field(description="Template of throw-away addresses; {label} becomes unique.")
    email: Line = Field(default="email", description="Key of the address in what is sent.")
    form: bool = Field(default=False, description="What is sent is a form, not JSON.")
    subject: Line = Field(default="", description="Subject of the mail; {code} stands for the code. Empty: whichever mail comes next.")
    session: Path = Field(default="/get-session", description="Says who is signed in: refused or null for nobody.")
    who: DottedPath = Field(default="user.email", description="Dotted path of the address in that answer.")
    sign_out: Path = Field(default="/sign-out", description="Ends the session (POST).")
    deletion: Call | None = Field(default=None, description="Deletes the account, with the method: POST /delete-user for better-auth.")

    def refinements(self) -> Mapping[str, object]:
        """What members can do beside coming in."""
        return {"deletion": self.deletion, "personal": self.personal}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """What is mailed has to be read, and nobody can fill in a password that nobody has."""
        yield from super().inconsistencies(environment)
        if not environment.section(DeliverySection):
            yield f"[{self.capability}] needs a way to read the mail: add [mail.delivery]"
        if "browser" in environment.capabilities:
            yield f"[browser] signs up and in with a password, and members of [{self.capability}] have none: take it out of the file"


def _code_asked_for() -> dict[str, str | bool | int]:
    return {"type": "sign-in"}


def _code_rules() -> list[RateRule]:
    # The plugin's defaults: https://better-auth.com/docs/plugins/email-otp
    return [RateRule(paths=["/email-otp/send-verification-otp", "/sign-in/email-otp"], max=3, window=60.0)]


class CodeAuth(MailedSection, capability="auth.code", runbook=126, provides=_BRINGS):
    """[auth.code]: members sign in with a code that is mailed to them. The defaults are those of better-auth's email-otp plugin."""

    send: Path = Field(default="/email-otp/send-verification-otp", description="Takes an address, and mails a code to it.")
    ask: dict[Line, str | bool | int] = Field(
        default_factory=_code_asked_for, description="What is sent there beside the address; {} where that is nothing."
    )
    sign_in: Path = Field(default="/sign-in/email-otp", description="Takes the address and the code.")
    code: Line = Field(default="otp", description="Key of the code in what is sent.")
    length: int | None = Field(default=None, ge=4, le=10, description="Characters of a code; without it, what stands alone in the mail.")
    challenge: DottedPath | None = Field(
        default=None, description="Dotted path of what the answer of send holds and sign_in wants back, such as the id of an attempt."
    )
    attempts: int = Field(default=3, ge=1, le=20, description="Wrong codes after which the right one is refused as well.")
    newest_only: bool = Field(default=True, description="A code is void as soon as another one was mailed.")
    limits: list[RateRule] = Field(default_factory=_code_rules, description="The deployment's own rate limits; [] when it has none.")

    def refinements(self) -> Mapping[str, object]:
        """Further, whether an older code is void."""
        return {**super().refinements(), "newest_only": self.newest_only}


def _link_rules() -> list[RateRule]:
    # The plugin's defaults: https://better-auth.com/docs/plugins/magic-link
    return [RateRule(paths=["/sign-in/magic-link", "/magic-link/verify"], max=5, window=60.0)]


class MagicLinkAuth(MailedSection, capability="auth.magic_link", runbook=127, provides=_BRINGS):
    """[auth.magic_link]: members sign in with a link that is mailed to them. The defaults are those of better-auth's magic-link plugin."""

    send: Path = Field(default="/sign-in/magic-link", description="Takes an address, and mails a link to it.")
    callback: Line = Field(default="callbackURL", description="Key of the page to end on, in what is sent; empty where there is none.")
    landing: Page = Field(default="/", description="Page that the link ends on.")
    link: Path | None = Field(default=None, description="How the link's path begins, where the mail holds others as well.")
    limits: list[RateRule] = Field(default_factory=_link_rules, description="The deployment's own rate limits; [] when it has none.")
