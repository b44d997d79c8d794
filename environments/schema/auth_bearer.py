"""[auth.bearer]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from environments.schema.auth_standing import StandingAccount, demand_a_name
from environments.schema.members import MEMBERS, NEEDED, MembersSection
from environments.schema.section import Section, Whole
from environments.schema.values import CarryingHeader, Line, Path, SecretVariable


class BearerAccount(Section):
    """[[auth.bearer.accounts]]: somebody who has been a member before, for where nobody can sign up."""

    email: SecretVariable = Field(default=None, description="Variable with the account's e-mail address.")
    user_name: SecretVariable = Field(default=None, description="Variable with the account's user name, where members sign in with one.")
    password: SecretVariable = Field(description="Variable with the account's password.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        demand_a_name(self)
        return self


class BearerAuth(MembersSection, capability="auth.bearer", runbook=125, provides=(MEMBERS,)):
    """[auth.bearer]: members sign in with an address or a user name and a password, and show the token that they get with every request."""

    login: Path = Field(default="/login", description="Takes the address or the user name and the password, and answers with a token.")
    grant: Literal["password"] | None = Field(
        default=None,
        description="The login is OAuth 2.0's password grant (RFC 6749, 4.3): a form with grant_type, username and password, answered with "
        "an access_token.",
    )
    form: bool = Field(default=False, description="What is sent is a form (application/x-www-form-urlencoded), not JSON.")
    login_as: Line | None = Field(
        default=None, description="Key of the address or the user name in what is sent to login, where it is called otherwise there."
    )
    login_fields: dict[Line, str | bool | int] = Field(default_factory=dict, description="Further fields of a login, with their values.")
    sign_up: Path | None = Field(default=None, description="Takes name, address and password of somebody new.")
    closed: bool = Field(default=False, description="Nobody signs up at sign_up: whoever tries must be refused, and members are there.")
    session: Path = Field(default="/me", description="Says who the token belongs to; refuses whoever shows none.")
    name: Line = Field(default="name", description="Key of the name in what is sent to sign_up; empty where no name is sent.")
    email: Line = Field(default="email", description="Key of the address, in what is sent and in the answer of session (a dotted path).")
    user_name: Line | None = Field(
        default=None,
        description="Key of the user name, in what is sent and in the answer of session (a dotted path): members sign in with one. They "
        "have an address beside it only where email is declared as well.",
    )
    password: Line = Field(default="password", description="Key of the password in what is sent.")
    token: Line = Field(default="token", description="Dotted path of the token in the answer of login; with grant, access_token.")
    header: CarryingHeader = Field(default="authorization", description="Request header that the token is shown in.")
    scheme: Line = Field(default="Bearer", description="Word in front of the token in that header; empty where it stands alone.")
    logout: Path | None = Field(default=None, description="Ends what the token stands for (POST).")
    deletion: Path | None = Field(default=None, description="Deletes the account of the token (DELETE).")
    accounts: list[BearerAccount] = Field(default_factory=list, description="Members who are there already.")

    @property
    def is_closed(self) -> bool:
        """As it is declared."""
        return self.closed

    @property
    def there_already(self) -> int:
        """Its own accounts."""
        return len(self.accounts)

    @property
    def token_at(self) -> str:
        """Where the token stands in the answer of login."""
        return "access_token" if self.grant and "token" not in self.model_fields_set else self.token

    @property
    def login_key(self) -> str:
        """Key of the address or the user name in what is sent to login."""
        return self.login_as or ("username" if self.grant else leaf(self.user_name or self.email))

    @property
    def addressed(self) -> bool:
        """Whether newcomers send an address."""
        return self.user_name is None or "email" in self.model_fields_set

    def refinements(self) -> Mapping[str, object]:
        """What members can do beside coming in."""
        keys = {"logout": self.logout, "deletion": self.deletion, "personal": self.personal}
        return {"sign_up": self.sign_up and self.newcomers, **keys}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Two members are needed to see whether one is shown what is the other's."""
        yield from super().inconsistencies(environment)
        standing = environment.section(StandingAccount)
        there = self.there_already + (len(standing.everyone) if standing else 0)
        if not self.sign_up and there < NEEDED:
            yield f"[auth.bearer] needs {NEEDED} members: add sign_up, or {NEEDED} of [[auth.bearer.accounts]]"
        if environment.tier == "production" and there < NEEDED:
            yield f"in tier production nobody signs up: [auth.bearer] needs {NEEDED} of [[auth.bearer.accounts]]"
        if not self.sign_up and (asked := [key for key in ("closed", "invitation", "fields") if getattr(self, key)]):
            yield f"auth.bearer: {' and '.join(asked)} say something about signing up: add sign_up, the path where that is tried"


def leaf(path: str) -> str:
    """The key at the end of a dotted path."""
    return path.rpartition(".")[2]
