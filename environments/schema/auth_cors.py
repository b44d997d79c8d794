"""[auth.cors]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from environments.schema.auth_email import demand_better_auth
from environments.schema.section import Section, Whole
from environments.schema.values import Origin


class Cors(Section, capability="auth.cors", runbook=110):
    """[auth.cors]: pages of which other origins may ask who is signed in. All others may not."""

    origins: list[Origin] = Field(default_factory=list, description="Origins whose pages may send requests with cookies.")

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """It is better-auth's."""
        yield from demand_better_auth(environment, self.capability)

    def refinements(self) -> Mapping[str, object]:
        """Whether any other origin may ask."""
        return {"origins": self.origins}
