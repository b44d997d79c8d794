"""Signing in with an account that somebody has elsewhere."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from clients.errors import DeadLink
from clients.identity.better_auth import Session
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.members import Member
from clients.identity.social import Authorization
from clients.wire.attempts import Attempt, attempt
from clients.wire.cookies import Cookie
from fixtures.auth_oauth import SocialSignIn
from journeys import Cost, Journey, NotReached, step, uses

LEFT_OUT = "-"
ELSEWHERE = "a way back in a browser that never set out"
SAID_NO = "a way back with the provider's refusal"
# What is put in place of the code or the state: nothing is something that was made up.
_STRAYS: dict[str, dict[str, str]] = {
    "a way back with a made-up state": {"state": ""},
    "a way back without a state": {"state": LEFT_OUT},
    "a way back without a code": {"code": LEFT_OUT},
    ELSEWHERE: {},
    SAID_NO: {"code": LEFT_OUT, "error": "access_denied"},
}
# better-auth's words for a code that the provider did not take, or whose owner it did not name (routes/callback.ts of 1.3 to 1.7).
ABOUT_THE_CODE = frozenset({"invalid_code", "oauth_code_verification_failed", "unable_to_get_user_info", "email_not_found"})


@dataclass(frozen=True)
class Begun:
    """Where a provider's button leads, and the cookies that came with it."""

    authorization: Authorization
    cookies: tuple[Cookie, ...]


class Beginning(Journey, expected=2.0):
    """A visitor presses the button of each provider, and looks at the address that it leads to without going there."""

    social = uses(SocialSignIn)

    @step
    def begun(self) -> dict[str, Begun]:
        """Presses each button once."""
        return {name: self._pressed(name) for name in self.social.settings.providers}

    @step
    def again(self) -> dict[str, Begun]:
        """Presses the first one once more, in another browser."""
        return {name: self._pressed(name) for name in list(self.social.settings.providers)[:1]}

    def _pressed(self, provider: str) -> Begun:
        visitor = self.social.visitor()
        authorization = self.social.set_out(visitor, provider)
        return Begun(authorization, tuple(visitor.cookies()))


@dataclass(frozen=True)
class Arrival:
    """Somebody came back from a provider: where that ended, and who is signed in."""

    landing: str
    session: Session | None


class Arriving(Journey, cost=Cost(accounts=1), expected=4.0):
    """Somebody signs in with each provider, on a device for each; the address that they confirm is the same, so it is one member."""

    social = uses(SocialSignIn, "stand_in")

    @step
    def person(self) -> Member:
        """Somebody with accounts elsewhere, and no password here."""
        made_up = self.social.auth.visitor("social").member
        person = Member(made_up.name, made_up.email, "")
        self.social.auth.members.expect_elsewhere(person)
        return person

    @step
    def callbacks(self) -> dict[str, tuple[BetterAuthPerson, str]]:
        """Goes to each provider and says there who they are. Returns the device and the address that leads back to the deployment."""
        devices = {name: self.social.auth.returning(self.person, elsewhere=True) for name in self.social.settings.providers}
        return {name: (device, self._agreed(device, name)) for name, device in devices.items()}

    @step
    def arrivals(self) -> dict[str, Arrival]:
        """Comes back from each, and asks who is signed in."""
        arrivals = {}
        for name, (device, callback) in self.callbacks.items():
            landing = device.auth.come_back(callback, self.social.auth.settings.landing)
            self.social.auth.members.stays(device)
            arrivals[name] = Arrival(landing, device.auth.session())
        return arrivals

    @step
    def replayed(self) -> dict[str, Session | None]:
        """Somebody who saw the way back uses it once more, with the cookies of the way there. Returns who is signed in then."""
        _ = self.arrivals
        return {name: self._after(device, device.cookies(), callback) for name, (device, callback) in self.callbacks.items()}

    def _agreed(self, device: BetterAuthPerson, provider: str) -> str:
        return self.social.consent(self.social.set_out(device.auth, provider), self.person)

    def _after(self, device: BetterAuthPerson, cookies: list[Cookie], callback: str) -> Session | None:
        state = [cookie for cookie in cookies if not cookie.name.endswith(("session_token", "session_data"))]
        thief = self.social.auth.returning(device.member, state)
        return _who_comes_back(thief, callback)


@dataclass(frozen=True)
class Stray:
    """A way back that nobody was sent on: from which provider, what is wrong with it, how it was answered, and who is signed in then."""

    provider: str
    what: str
    answer: Attempt
    session: Session | None
    about_the_code: bool
    """Whether it was refused for its code, which the deployment has to have asked the provider about."""

    def __str__(self) -> str:
        return f"{self.what}, from {self.provider}"


class Straying(Journey, expected=4.0, cost=Cost(requests=12)):
    """Ways back are opened on which no provider has sent anybody: all that can be tried without an account there."""

    social = uses(SocialSignIn, "live")

    @step(deadline=120)
    def strays(self) -> tuple[Stray, ...]:
        """Sets out for each provider, and opens a way back that is wrong, each in a browser of its own."""
        return tuple(self._opened(name, what) for name in self.social.settings.providers for what in _STRAYS)

    def _opened(self, provider: str, what: str) -> Stray:
        browser = self.social.visitor()
        state, code = self.social.set_out(browser, provider).state, secrets.token_urlsafe(24)
        query = {"code": code, "state": state, **{name: value or secrets.token_urlsafe(24) for name, value in _STRAYS[what].items()}}
        if what == ELSEWHERE:
            browser = self.social.visitor()
        address = f"{self.social.way_back(provider)}?{urlencode({name: value for name, value in query.items() if value != LEFT_OUT})}"
        answer = attempt(lambda: browser.come_back(address))
        looked = answer.refusal is not None and answer.refusal.code in ABOUT_THE_CODE and query["code"] != LEFT_OUT
        return Stray(provider, what, answer, browser.session(), looked)


class Intruding(Journey, after=(Arriving,), expected=4.0):
    """Ways back from providers are opened where they must lead nowhere. Each step says who is signed in then, provider by provider."""

    social = uses(SocialSignIn, "stand_in")

    @step(deadline=60)
    def ways(self) -> dict[str, tuple[list[Cookie], str]]:
        """Goes to each provider and says there who they are. Returns the cookies of setting out, and the way back."""
        return {name: self._way(name) for name in self.social.settings.providers}

    @step
    def elsewhere(self) -> dict[str, Session | None]:
        """Opens them in a browser that never set out, once the person is a member: else two at once would make them one."""
        with suppress(NotReached):
            _ = self.other(Arriving).arrivals
        return {name: self._opened([], callback) for name, (_, callback) in self.ways.items()}

    @step
    def no_state(self) -> dict[str, Session | None]:
        """Opens them in the right browser, without a state."""
        return {name: self._opened(cookies, _with(callback, state="")) for name, (cookies, callback) in self.ways.items()}

    @step
    def other_state(self) -> dict[str, Session | None]:
        """Opens them in the right browser, with a state that was made up."""
        made_up = secrets.token_urlsafe(24)
        return {name: self._opened(cookies, _with(callback, state=made_up)) for name, (cookies, callback) in self.ways.items()}

    @step
    def other_code(self) -> dict[str, Session | None]:
        """Opens them in the right browser, with a code that was made up; last, because it may use the state up."""
        made_up = secrets.token_urlsafe(24)
        return {name: self._opened(cookies, _with(callback, code=made_up)) for name, (cookies, callback) in self.ways.items()}

    def _way(self, provider: str) -> tuple[list[Cookie], str]:
        person = self.other(Arriving).person
        setting_out = self.social.auth.returning(person, elsewhere=True)
        callback = self.social.consent(self.social.set_out(setting_out.auth, provider), person)
        return setting_out.cookies(), callback

    def _opened(self, cookies: list[Cookie], callback: str) -> Session | None:
        opening = self.social.auth.returning(self.other(Arriving).person, cookies)
        return _who_comes_back(opening, callback)


def _who_comes_back(device: BetterAuthPerson, callback: str) -> Session | None:
    """Who is signed in once that address was opened, whatever was answered to it."""
    with suppress(DeadLink):
        attempt(lambda: device.auth.come_back(callback))
    return device.auth.session()


def _with(callback: str, **changes: str) -> str:
    """The address with other values in its query; an empty one takes the name out."""
    parts = urlsplit(callback)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value})).geturl()
