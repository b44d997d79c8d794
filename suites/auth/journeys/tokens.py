"""What members show to others: signed tokens for other services, and pages of other origins that ask who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clients.identity.better_auth import Session
from clients.identity.foreign_page import FOREIGN
from clients.identity.jwt import Token
from clients.wire.attempts import Attempt, attempt
from clients.wire.fetch_metadata import asked_ahead, fetched, may_read
from clients.wire.observed import ObservedResponse
from fixtures.auth_cors import CrossOrigin
from fixtures.auth_jwt import SignedTokens
from fixtures.deployment import Deployment
from fixtures.people import Owner
from journeys import Journey, step, uses


@dataclass(frozen=True)
class Pass:
    """A token, the keys that were published when it was given out, and the clock of whoever received it, in seconds since the epoch."""

    token: Token
    keys: list[dict[str, Any]]
    session: Session | None


class Passes(Journey, after=(Owner,), expected=3.0):
    """A member asks for a signed token, and a stranger for the keys that verify it."""

    tokens = uses(SignedTokens)

    @step(deadline=120)
    def given(self) -> Pass:
        """The member asks for a token; somebody who is not signed in reads the published keys."""
        auth, paths = self.tokens.auth, self.tokens.settings
        owner = auth.of(self.other(Owner).person)
        token = owner.auth.token(paths.token)
        return Pass(token, auth.visitor("service").auth.keys(paths.keys), owner.auth.session())

    @step
    def without_session(self) -> Attempt:
        """Somebody who is not signed in asks for a token."""
        return attempt(lambda: self.tokens.auth.visitor("nobody").auth.token(self.tokens.settings.token))


@dataclass(frozen=True)
class Asked:
    """What a page of some origin is allowed: the answer to the browser's question ahead of a request, and the request's own."""

    ahead: ObservedResponse
    answer: ObservedResponse

    def allows(self, origin: str) -> bool:
        """Whether a browser lets a page of that origin read answers to requests with cookies (the Fetch standard, CORS protocol)."""
        return all(may_read(look.headers, origin) for look in (self.ahead, self.answer))

    def admits(self, origin: str) -> bool:
        """Whether any of the answers would be shown to a page of that origin, with cookies or without."""
        return any(look.headers.get("access-control-allow-origin") in (origin, "*") for look in (self.ahead, self.answer))


class Pages(Journey, expected=2.0):
    """Pages of the declared origins, and one of an origin that nobody declared, ask who is signed in."""

    cors = uses(CrossOrigin)
    deployment = uses(Deployment)

    @step
    def declared(self) -> dict[str, Asked]:
        """Asks as a page of each declared origin."""
        return {origin: self._asked(origin) for origin in self.cors.settings.origins}

    @step
    def foreign(self) -> dict[str, Asked]:
        """Asks as a page of somebody else, of a host that only begins like the deployment's, and of none (a sandboxed frame)."""
        lookalike = f"{self.deployment.origin.url}.gonogo-foreign.example"
        return {origin: self._asked(origin) for origin in (FOREIGN, lookalike, "null")}

    def _asked(self, origin: str) -> Asked:
        page, path = self.cors.auth.visitor("page"), f"{self.cors.auth.settings.base}/get-session"
        here = self.deployment.origin.url
        return Asked(page.look(path, "OPTIONS", asked_ahead(origin, here)), page.look(path, headers=fetched(origin, here)))
