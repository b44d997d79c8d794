"""[auth.oauth]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from environments.schema.auth_email import demand_better_auth
from environments.schema.section import Section, Whole
from environments.schema.values import Line, Path


class OAuthProvider(Section):
    """An application that is registered with an identity provider."""

    client_id: Line = Field(description="The application's public id there.")
    scopes: list[Line] = Field(default_factory=list, description="What the application asks to know, at least.")


class OAuth(Section, capability="auth.oauth", runbook=100):
    """[auth.oauth]: people sign in with an account that they have elsewhere."""

    callback: Path = Field(default="/api/auth/callback/{provider}", description="Path of the registered redirect_uri.")
    pkce: bool = Field(default=True, description="The way there and back is bound together by PKCE (S256).")
    stand_in: bool = Field(
        default=False, description="What answers for the providers is a stand-in on whose page anybody may be anybody, as in the sandbox."
    )
    github: OAuthProvider | None = Field(default=None, description="Signing in with GitHub.")
    google: OAuthProvider | None = Field(default=None, description="Signing in with Google.")

    @property
    def providers(self) -> dict[str, OAuthProvider]:
        """The declared providers, by better-auth's names."""
        return {name: provider for name, provider in (("github", self.github), ("google", self.google)) if provider}

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.providers:
            raise ValueError("add a section for a provider, for example [auth.oauth.github]")
        return self

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """It is better-auth's."""
        yield from demand_better_auth(environment, self.capability)

    def refinements(self) -> Mapping[str, object]:
        """The declared providers, and what is known of the way there."""
        return {name: getattr(self, name) for name in ("pkce", "stand_in", "github", "google")}
