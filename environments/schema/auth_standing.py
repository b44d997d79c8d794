"""[auth.standing]"""

from __future__ import annotations

from typing import Protocol, Self

from pydantic import Field, model_validator

from environments.schema.section import Section
from environments.schema.values import SecretVariable


class Named(Protocol):
    """An account, as far as it says who that is."""

    @property
    def email(self) -> object | None: ...

    @property
    def user_name(self) -> object | None: ...


def demand_a_name(account: Named) -> None:
    """Raises ValueError where an account says nothing of who that is."""
    if not account.email and not account.user_name:
        raise ValueError("an account has an email, or a user_name where members sign in with one: give the variable that holds it")


class Account(Section):
    """[[auth.standing.accounts]]: somebody who has been a member before."""

    email: SecretVariable = Field(default=None, description="Variable with the account's e-mail address.")
    user_name: SecretVariable = Field(default=None, description="Variable with the account's user name, where members sign in with one.")
    password: SecretVariable = Field(description="Variable with the account's password.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        demand_a_name(self)
        return self


class StandingAccount(Section, capability="auth.standing", runbook=80, deeper=False):
    """[auth.standing]: verified accounts that exist, for where accounts cannot be created."""

    email: SecretVariable = Field(default=None, description="Variable with the account's e-mail address, where one account is enough.")
    user_name: SecretVariable = Field(default=None, description="Variable with the account's user name, where members sign in with one.")
    password: SecretVariable = Field(default=None, description="Variable with the account's password.")
    accounts: list[Account] = Field(default_factory=list, max_length=100, description="Further accounts, or all of them.")

    @property
    def everyone(self) -> list[Account]:
        """All accounts, in the order of the file."""
        # As they are: the variables were read already.
        first = [Account.model_construct(email=self.email, password=self.password, user_name=self.user_name)] if self.password else []
        return [*first, *self.accounts]

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.email or self.user_name or self.password or self.accounts):
            raise ValueError("give an account's email and password, or [[auth.standing.accounts]] with several")
        if (self.email or self.user_name) and not self.password:
            raise ValueError("an account has a password as well: give the variable that holds it")
        if self.password:
            demand_a_name(self)
        return self
