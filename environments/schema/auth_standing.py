"""[auth.standing]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import SecretVariable


class StandingAccount(Section, capability="auth.standing", runbook=80):
    """[auth.standing]: a verified account that exists, for where accounts cannot be created."""

    email: SecretVariable = Field(description="Variable with the account's e-mail address.")
    password: SecretVariable = Field(description="Variable with the account's password.")
