"""The sections of an environment file that say who may come in, and how."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from environments.sections import Section
from environments.values import LabelledAddress, Origin, Path, SecretVariable


class RateRule(Section):
    """[[auth.email.limits]]: a rule of the deployment's own limiter, per client address and path."""

    paths: list[str] = Field(min_length=1, description="Paths below the auth base; a trailing * matches the rest.")
    max: int = Field(ge=1, description="Requests allowed in a window.")
    window: float = Field(gt=0, description="Length of the window in seconds; it restarts at each allowed request.")


def _better_auth_rules() -> list[RateRule]:
    # better-auth's defaults: https://better-auth.com/docs/concepts/rate-limit
    return [
        RateRule(paths=["/sign-in/*"], max=3, window=10.0),
        RateRule(paths=["/sign-up/*"], max=3, window=10.0),
        RateRule(paths=["/change-password", "/change-email"], max=3, window=10.0),
        RateRule(paths=["/request-password-reset"], max=3, window=60.0),
        RateRule(paths=["/send-verification-email"], max=3, window=60.0),
    ]


class EmailAuth(Section):
    """[auth.email]: sign-up and sign-in with an e-mail address and a password, as better-auth does it."""

    base: Path = Field(default="/api/auth", description="Where better-auth is mounted.")
    addresses: LabelledAddress = Field(description="Template of throw-away addresses; {label} becomes unique.")
    verification: bool = Field(default=True, description="Signing in is refused until the address is confirmed.")
    landing: Path = Field(default="/", description="Page that the confirmation link ends on.")
    reset: bool = Field(default=True, description="A forgotten password can be set anew by mail.")
    reset_page: Path = Field(default="/reset", description="Page that the reset link ends on.")
    shortest_password: int = Field(default=8, ge=1, description="Characters that a password has at least.")
    longest_password: int = Field(default=128, ge=16, description="Characters that a password has at most.")
    change_password: bool = Field(default=False, description="A member who is signed in can change the password.")
    sessions: bool = Field(default=False, description="A member can list the sessions of all devices, and end them.")
    deletion: bool = Field(default=False, description="A member can delete the account (better-auth's deleteUser).")
    duplicates: Literal["hidden", "named"] = Field(
        default="hidden",
        description="Whether signing up with a member's address looks like any sign-up or says it is taken, given verification.",
    )
    session_days: float = Field(default=7, gt=0, description="Longest life of a session cookie, in days.")
    personal: list[Path] = Field(default_factory=list, description="Pages and answers that are different for each member.")
    limits: list[RateRule] = Field(default_factory=_better_auth_rules, description="The deployment's own rate limits; [] when it has none.")
    limits_drill: bool = Field(
        default=False, description="A drill may use up the limit of sign-ins: for this machine nobody else signs in meanwhile."
    )


class StandingAccount(Section):
    """[auth.standing]: a verified account that exists, for where accounts cannot be created."""

    email: SecretVariable = Field(description="Variable with the account's e-mail address.")
    password: SecretVariable = Field(description="Variable with the account's password.")


class Jwt(Section):
    """[auth.jwt]: members get signed tokens for other services, and the keys to verify them are published."""

    token: Path = Field(default="/token", description="Where a member gets a token, below the auth base.")
    keys: Path = Field(default="/jwks", description="Where the public keys are, below the auth base.")
    issuer: str | None = Field(default=None, description="Who the tokens say has made them; without it, the origin.")
    audience: str | None = Field(default=None, description="Whom the tokens are for; without it, the origin.")
    minutes: float = Field(default=15, gt=0, description="Longest life of a token, in minutes.")


class Provider(Section):
    """An application that is registered with an identity provider."""

    client_id: str = Field(description="The application's public id there.")
    scopes: list[str] = Field(default_factory=list, description="What the application asks to know, at least.")


class OAuth(Section):
    """[auth.oauth]: people sign in with an account that they have elsewhere."""

    callback: Path = Field(default="/api/auth/callback/{provider}", description="Path of the registered redirect_uri.")
    pkce: bool = Field(default=True, description="The way there and back is bound together by PKCE (S256).")
    stand_in: bool = Field(
        default=False, description="What answers for the providers is a stand-in on whose page anybody may be anybody, as in the sandbox."
    )
    github: Provider | None = Field(default=None, description="Signing in with GitHub.")
    google: Provider | None = Field(default=None, description="Signing in with Google.")

    @property
    def providers(self) -> dict[str, Provider]:
        """The declared providers, by better-auth's names."""
        return {name: provider for name, provider in (("github", self.github), ("google", self.google)) if provider}

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.providers:
            raise ValueError("add a section for a provider, for example [auth.oauth.github]")
        return self


class Cors(Section):
    """[auth.cors]: pages of which other origins may ask who is signed in. All others may not."""

    origins: list[Origin] = Field(default_factory=list, description="Origins whose pages may send requests with cookies.")


class Auth(Section):
    """[auth]: who may come in."""

    email: EmailAuth | None = None
    standing: StandingAccount | None = None
    jwt: Jwt | None = None
    oauth: OAuth | None = None
    cors: Cors | None = None

    @model_validator(mode="after")
    def _mounted(self) -> Self:
        lost = [name for name in ("jwt", "oauth", "cors") if getattr(self, name) and not self.email]
        if lost:
            sections = ", ".join(f"[auth.{name}]" for name in lost)
            raise ValueError(f"{sections} needs [auth.email], which says where better-auth is mounted")
        return self

    def declared(self) -> dict[str, Any]:
        """Capabilities by name; what is empty is not declared."""
        found: dict[str, Any] = {f"auth.{name}": getattr(self, name) for name in ("email", "standing", "jwt", "oauth", "cors")}
        if self.email:
            keys = ("verification", "reset", "change_password", "sessions", "deletion", "personal", "limits_drill")
            found |= {f"auth.email.{key}": getattr(self.email, key) for key in keys}
            found["auth.email.duplicates"] = self.email.duplicates == "hidden"
        if self.oauth:
            found |= {f"auth.oauth.{name}": getattr(self.oauth, name) for name in ("pkce", "stand_in", "github", "google")}
        if self.cors:
            found["auth.cors.origins"] = self.cors.origins
        return found
