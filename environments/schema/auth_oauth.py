"""[auth.oauth]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SerializeAsAny, model_validator

from environments.schema.auth_email import EmailAuth
from environments.schema.section import Section, Whole
from environments.schema.values import BaseUrl, Line, Page, Path, PathOrUrl

# Where better-auth's providers ask people, as its sources say (packages/core/src/social-providers of 1.7): https://better-auth.com/docs/concepts/oauth
_WITH_PKCE = {
    "apple": "appleid.apple.com",
    "atlassian": "auth.atlassian.com",
    "dropbox": "www.dropbox.com",
    "figma": "www.figma.com",
    "github": "github.com",
    "gitlab": "gitlab.com",
    "google": "accounts.google.com",
    "huggingface": "huggingface.co",
    "kick": "id.kick.com",
    "line": "access.line.me",
    "microsoft": "login.microsoftonline.com",
    "paypal": "www.paypal.com",
    "polar": "polar.sh",
    "salesforce": "login.salesforce.com",
    "spotify": "accounts.spotify.com",
    "twitter": "x.com",
    "vercel": "vercel.com",
    "vk": "id.vk.com",
    "zoom": "zoom.us",
}
_WITHOUT_PKCE = {
    "discord": "discord.com",
    "facebook": "www.facebook.com",
    "kakao": "kauth.kakao.com",
    "linear": "linear.app",
    "linkedin": "www.linkedin.com",
    "naver": "nid.naver.com",
    "notion": "api.notion.com",
    "reddit": "www.reddit.com",
    "roblox": "apis.roblox.com",
    "slack": "slack.com",
    "tiktok": "www.tiktok.com",
    "twitch": "id.twitch.tv",
    "wechat": "open.weixin.qq.com",
}
_HOSTS = {**_WITH_PKCE, **_WITHOUT_PKCE}
DEFAULT_BASE = "/api/auth"


class OAuthProvider(Section):
    """An application that is registered with an identity provider."""

    client_id: Line = Field(description="The application's public id there.")
    scopes: list[Line] = Field(default_factory=list, description="What the application asks to know, at least.")
    authorize: BaseUrl | None = Field(
        default=None, description="Where the provider asks people, for one that gonogo does not know: https://id.acme.example."
    )
    pkce: bool | None = Field(default=None, description="Whether PKCE goes along to this provider; by default as with the others.")
    generic: bool = Field(default=False, description="It is one of better-auth's generic OAuth plugin, up to 1.6 (/sign-in/oauth2).")


class OAuth(Section, capability="auth.oauth", runbook=100):
    """[auth.oauth]: people sign in with an account that they have elsewhere, in a table for each provider by better-auth's name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, SerializeAsAny[OAuthProvider]]

    base: Path | None = Field(default=None, description="Where better-auth is mounted, where [auth.email] does not say it.")
    callback: PathOrUrl = Field(
        default="/api/auth/callback/{provider}",
        description="Path of the registered redirect_uri, or the whole of it where it is a proxy's (better-auth's oAuthProxy).",
    )
    landing: Page | None = Field(default=None, description="Page that the way back ends on, where [auth.email] does not say it.")
    pkce: bool = Field(
        default=True, description="The way there and back is bound together by PKCE (S256), for providers that better-auth sends it to."
    )
    stand_in: bool = Field(
        default=False, description="What answers for the providers is a stand-in on whose page anybody may be anybody, as in the sandbox."
    )
    github: OAuthProvider | None = Field(default=None, description="Signing in with GitHub.")
    google: OAuthProvider | None = Field(default=None, description="Signing in with Google.")

    @property
    def providers(self) -> dict[str, OAuthProvider]:
        """The declared providers, by better-auth's names."""
        declared = {"github": self.github, "google": self.google, **(self.__pydantic_extra__ or {})}
        return {name: provider for name, provider in declared.items() if provider}

    def host(self, provider: str) -> str:
        """Where that provider asks people: a host with https, or scheme and host."""
        declared = self.providers[provider].authorize
        if declared is None:
            return _HOSTS[provider]
        parts = urlsplit(declared)
        return parts.hostname or "" if parts.scheme == "https" else f"{parts.scheme}://{parts.hostname}"

    def bound(self, provider: str) -> bool:
        """Whether PKCE goes along."""
        said = self.providers[provider].pkce
        return self.pkce and provider not in _WITHOUT_PKCE if said is None else said

    def base_in(self, environment: Whole) -> str:
        """Where better-auth is mounted."""
        email = environment.section(EmailAuth)
        return (self.base or (email.base if email else DEFAULT_BASE)).rstrip("/")

    def landing_in(self, environment: Whole) -> str:
        """Where the way back ends."""
        email = environment.section(EmailAuth)
        return self.landing or (email.landing if email else "/")

    def own_callback(self, environment: Whole, provider: str) -> str:
        """Path at which this deployment takes people back, whether they come by a proxy or not."""
        if "callback" in self.model_fields_set and "://" not in self.callback:
            return self.callback.replace("{provider}", provider)
        return f"{self.base_in(environment)}{'/oauth2' if self.providers[provider].generic else ''}/callback/{provider}"

    @model_validator(mode="before")
    @classmethod
    def _no_other_keys(cls, content: Any) -> Any:
        found = content if isinstance(content, dict) else {}
        for name, given in found.items():
            if name not in cls.model_fields and not isinstance(given, (dict, OAuthProvider)):
                raise ValueError(f"{name} is no key, and no provider's table such as [auth.oauth.gitlab]")
        return content

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.providers:
            raise ValueError("add a section for a provider, for example [auth.oauth.github]")
        unknown = [name for name, provider in self.providers.items() if provider.authorize is None and name not in _HOSTS]
        if unknown:
            raise ValueError(f"where {' and '.join(unknown)} asks people is not known: name better-auth's provider, or say it in authorize")
        return self

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Where better-auth is mounted is said once, and who arrives has to be removed again."""
        email = environment.section(EmailAuth)
        for key in ("base", "landing"):
            if email and getattr(self, key) and getattr(self, key) != getattr(email, key):
                yield f"auth.oauth.{key} and auth.email.{key} are the same thing: keep that of [auth.email]"
        if self.stand_in and not email:
            yield "auth.oauth.stand_in makes members, and [auth.email] says how they are removed: add it, or take stand_in out"

    def refinements(self) -> Mapping[str, object]:
        """The declared providers, and what is known of the way there."""
        bound = any(self.bound(name) for name in self.providers)
        return {**self.providers, "pkce": bound, "stand_in": self.stand_in, "live": not self.stand_in}
