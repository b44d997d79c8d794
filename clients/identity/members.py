"""Accounts of a deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, Self


class Secret(Protocol):
    """What the environment knows and shows nowhere."""

    def reveal(self) -> str:
        """The value."""


@dataclass(frozen=True)
class Member:
    """Who somebody is to the deployment. The password is in no representation."""

    name: str
    email: str
    password: str = field(repr=False)
    user_name: str = ""
    """What they sign in with where the deployment wants no address; empty for whom nobody gave one."""

    def filled(self, text: str) -> str:
        """A text of the environment file about this member: ``{name}``, ``{email}`` and so on are theirs."""
        words = {"name": self.name, "email": self.email, "user_name": self.user_name, "password": self.password}
        for name, word in {**words, "label": self.email.partition("@")[0][-12:]}.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    @classmethod
    def known(cls, name: str, email: Secret | None, user_name: Secret | None, password: Secret) -> Self:
        """Somebody who has been a member before: where they have no address, the user name stands in its place."""
        called = user_name.reveal() if user_name else ""
        return cls(name, email.reveal() if email else called, password.reveal(), called)
