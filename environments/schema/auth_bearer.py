"""[auth.bearer]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from environments.schema.members import MEMBERS, MembersSection
from environments.schema.section import Section, Whole
from environments.schema.values import Line, Path, SecretVariable

NEEDED = 2


class BearerAccount(Section):
    """[[auth.bearer.accounts]]: somebody who has been a member before, for where nobody can sign up."""

    email: SecretVariable = Field(description="Variable with the account's e-mail address.")
    password: SecretVariable = Field(description="Variable with the account's password.")


class BearerAuth(MembersSection, capability="auth.bearer", runbook=125, provides=(MEMBERS,)):
    """[auth.bearer]: members sign in with an address and a password, and show the token that they get with every request."""

    login: Path = Field(default="/login", description="Takes the address and the password, and answers with a token.")
    sign_up: Path | None = Field(default=None, description="Takes name, address and password of somebody new.")
    session: Path = Field(default="/me", description="Says who the token belongs to; refuses whoever shows none.")
    email: Line = Field(default="email", description="Key of the address, in what is sent and in the answer of session (a dotted path).")
    password: Line = Field(default="password", description="Key of the password in what is sent.")
    token: Line = Field(default="token", description="Dotted path of the token in the answer of login.")
    logout: Path | None = Field(default=None, description="Ends what the token stands for (POST).")
    deletion: Path | None = Field(default=None, description="Deletes the account of the token (DELETE).")
    accounts: list[BearerAccount] = Field(default_factory=list, description="Members who are there already.")

    def refinements(self) -> Mapping[str, object]:
        """What members can do beside coming in."""
        return {"sign_up": self.sign_up, "deletion": self.deletion, "personal": self.personal}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Two members are needed to see whether one is shown what is the other's."""
        yield from super().inconsistencies(environment)
        if not self.sign_up and len(self.accounts) < NEEDED:
            yield f"[auth.bearer] needs {NEEDED} members: add sign_up, or {NEEDED} of [[auth.bearer.accounts]]"
        if environment.tier == "production" and len(self.accounts) < NEEDED:
            yield f"in tier production nobody signs up: [auth.bearer] needs {NEEDED} of [[auth.bearer.accounts]]"
