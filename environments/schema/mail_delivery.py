"""[mail.delivery]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import BaseUrl, HeaderSecret, Line


class DeliverySection(Section, capability="mail.delivery", runbook=70, asked=True, for_others=True, deeper=False):
    """[mail.delivery]: what the deployment sends can be read back at the provider."""

    provider: Literal["resend"] = Field(default="resend", description="Who sends the mail, and is asked for it.")
    api: BaseUrl = Field(default="https://api.resend.com", description="Base URL of the provider's API.")
    key: HeaderSecret = Field(description="Variable with a full-access key: a sending key cannot read.")
    sender: Line = Field(description="The From that users must see.")
    confirmation: Line = Field(
        default="",
        description="Subject of the mail that comes with a sign-up; empty when the deployment sends none. Waited for and looked at, "
        "whether signing in depends on it or not.",
    )
    reset: Line = Field(default="", description="Subject of the reset mail.")
    within_seconds: int = Field(default=60, ge=1, description="Deadline of a delivery, in seconds.")
    settle_seconds: float = Field(default=2.0, ge=0, description="How long to watch for a second copy, in seconds.")

    def refinements(self) -> Mapping[str, object]:
        """Whether a mail comes with a sign-up."""
        return {"confirmation": self.confirmation}

    def addresses_of_others(self) -> Iterable[str]:
        """The provider's."""
        return (self.api,)
