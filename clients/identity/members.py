"""Accounts of a deployment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Member:
    """Who somebody is to the deployment. The password is in no representation."""

    name: str
    email: str
    password: str = field(repr=False)
