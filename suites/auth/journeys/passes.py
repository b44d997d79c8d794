"""What members show to others: signed tokens for other services, and pages of other origins that ask who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clients.identity.better_auth import Session
from clients.identity.jwt import Token
from clients.wire.attempts import Attempt, attempt
from clients.wire.looks import Look
from journeys import Journey, step
from suites.auth.journeys.members import Owner
from suites.stage import Stage

FOREIGN = "https://gonogo-foreign.example"


@dataclass(frozen=True)
class Pass:
    """A token, the keys that were published when it was given out, and the clock of whoever received it, in seconds since the epoch."""

    token: Token
    keys: list[dict[str, Any]]
    session: Session | None


class Passes(Journey, requires=("auth.jwt",), after=(Owner,), expected=3.0):
    """A member asks for a signed token, and a stranger for the keys that verify it."""

    stage: Stage

    @step(deadline=120)
    def given(self) -> Pass:
        """The member asks for a token; somebody who is not signed in reads the published keys."""
        owner, terms = self.other(Owner).person, self.stage.jwt
        token = owner.auth.token(terms.token)
        return Pass(token, self.stage.visitor("service").auth.keys(terms.keys), owner.auth.session())

    @step
    def without_session(self) -> Attempt:
        """Somebody who is not signed in asks for a token."""
        return attempt(lambda: self.stage.visitor("nobody").auth.token(self.stage.jwt.token))


@dataclass(frozen=True)
class Asked:
    """What a page of some origin is allowed: the answer to the browser's question ahead of a request, and the request's own."""

    ahead: Look
    answer: Look

    def allows(self, origin: str) -> bool:
        """Whether a browser lets a page of that origin read answers to requests with cookies (the Fetch standard, CORS protocol)."""
        return all(
            look.headers.get("access-control-allow-origin") == origin and look.headers.get("access-control-allow-credentials") == "true"
            for look in (self.ahead, self.answer)
        )

    def admits(self, origin: str) -> bool:
        """Whether any of the answers would be shown to a page of that origin, with cookies or without."""
        return any(look.headers.get("access-control-allow-origin") in (origin, "*") for look in (self.ahead, self.answer))


class Pages(Journey, requires=("auth.cors",), expected=2.0):
    """Pages of the declared origins, and one of an origin that nobody declared, ask who is signed in."""

    stage: Stage

    @step
    def declared(self) -> dict[str, Asked]:
        """Asks as a page of each declared origin."""
        return {origin: self._asked(origin) for origin in self.stage.cors.origins}

    @step
    def foreign(self) -> dict[str, Asked]:
        """Asks as a page of somebody else, of a host that only begins like the deployment's, and of none (a sandboxed frame)."""
        lookalike = f"{self.stage.origin.url}.gonogo-foreign.example"
        return {origin: self._asked(origin) for origin in (FOREIGN, lookalike, "null")}

    def _asked(self, origin: str) -> Asked:
        page, path = self.stage.visitor("page"), f"{self.stage.email.base}/get-session"
        ahead = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        return Asked(page.look(path, "OPTIONS", ahead), page.look(path, headers={"origin": origin}))
