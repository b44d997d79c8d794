"""better-auth over HTTP: sign-up, confirmation, sign-in, session, reset, deletion (contract read from 1.7.7's answers)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from clients.creating import creates
from clients.errors import DeadLink, Refusal, Trouble
from clients.identity.jwt import Token, read_token
from clients.identity.social import Authorization, read_authorization
from clients.wire import cookies as cookies_of
from clients.wire.answers import expect, json_object, json_value, malformed, media_type, part, quote, refuse, shape
from clients.wire.cookies import Cookie
from clients.wire.fetch_metadata import BY_HAND, CROSS_SITE, clicked
from clients.wire.redaction import shown_path

_REDIRECTS = 5
TWO_FACTORS = "SECOND_FACTOR_NEEDED"
"""Our code for an answer that has none: the password was right, and is not enough."""


@dataclass(frozen=True)
class User:
    """A user as the service describes it; ``verified`` says whether the address was confirmed."""

    id: str
    email: str
    name: str
    verified: bool


@dataclass(frozen=True)
class NewUser(User):
    """A user as the answer to a sign-up describes it; ``shape`` is all that this answer shows but the values."""

    shape: str = ""


@dataclass(frozen=True)
class Session:
    """A session and its user. The token stays out of ``repr``: who has it has the session."""

    id: str
    token: str = field(repr=False)
    user_id: str = ""
    created: datetime | None = None
    expires: datetime | None = None
    ip_address: str = ""
    user: User | None = None

    @property
    def email(self) -> str:
        """The address of the session's user, empty when the answer names none."""
        return self.user.email if self.user else ""


@dataclass(frozen=True)
class SignedIn:
    """The answer to a sign-in."""

    user: User
    token: str = field(repr=False)


@dataclass(frozen=True)
class ResetPage:
    """Where a reset link ended: the page that asks for the new password, and the token that it was handed. Both stay out of ``repr``."""

    url: str = field(repr=False)
    token: str = field(repr=False)


class BetterAuth:
    """One actor's better-auth client; the session lives in the cookie jar of ``http``.

    Every method raises :class:`~clients.errors.Refusal` with better-auth's ``code`` when the service says no,
    :class:`~clients.errors.Malformed` when the answer is not better-auth's, :class:`~clients.errors.Unreachable` when none comes.
    """

    def __init__(self, http: httpx.Client, base: str = "/api/auth", names: Mapping[str, str] | None = None) -> None:
        """``names``: the user name of each address, where people sign in with one (https://better-auth.com/docs/plugins/username)."""
        self.http, self.base = http, base.rstrip("/")
        self._names = names or {}
        self.bearer = ""
        """What better-auth's bearer plugin gave out at the last sign-in, empty where it gave out nothing."""
        self._received: dict[tuple[str, str, str], Cookie] = {}
        self._token = ""

    @creates
    def sign_up(
        self, name: str, email: str, password: str, callback: str | None = None, further: Mapping[str, object] | None = None
    ) -> NewUser:
        """Create an account, with ``further`` fields. Where no confirmation is required, the actor is signed in by it (see
        :meth:`session_cookie`)."""
        body = {"name": name, "email": email, "password": password, "callbackURL": callback}
        response = self._post("/sign-up/email", {**body, **(further or {})})
        answer = json_object(response)
        self._token = str(answer.get("token") or "")
        user = _user(response, part(response, answer, "user"))
        return NewUser(**vars(user), shape=shape(response))

    def sign_in(self, email: str, password: str, remember: bool = True, callback: str | None = None) -> SignedIn:
        """Sign in; ``remember=False`` asks for a cookie that ends with the browser.

        :raises Refusal: with the code `TWO_FACTORS` where the password is not enough.
        """
        path, body = self.entry(email, password)
        response = self._post(path, {**body, "rememberMe": remember, "callbackURL": callback})
        answer = json_object(response)
        if answer.get("twoFactorRedirect") is True:  # https://better-auth.com/docs/plugins/2fa: who has a second factor is not in yet
            request = response.request
            raise Refusal(request.method, shown_path(str(request.url)), response.status_code, TWO_FACTORS, "a second factor is asked for")
        self.bearer = str(response.headers.get("set-auth-token", ""))
        self._token = str(part(response, answer, "token"))
        return SignedIn(_user(response, part(response, answer, "user")), self._token)

    def by_address(self) -> "BetterAuth":
        """The same actor, who signs in with the address wherever people have a user name as well."""
        return BetterAuth(self.http, self.base)

    def entry(self, email: str, password: str) -> tuple[str, dict[str, str]]:
        """Where somebody signs in, and what they send: the address, or their user name where they have one."""
        if called := self._names.get(email):
            return "/sign-in/username", {"username": called, "password": password}
        return "/sign-in/email", {"email": email, "password": password}

    def session(self) -> Session | None:
        """The session of the cookies at hand; ``None`` when the service sees none (it answers 200 ``null``)."""
        response = self._get("/get-session")
        answer = json_value(response)
        if answer is None:
            return None
        session = _session(response, part(response, answer, "session"))
        return Session(**{**vars(session), "user": _user(response, part(response, answer, "user"))})

    def sign_out(self) -> None:
        """End the session and clear its cookies."""
        response = self._post("/sign-out", {})
        if json_object(response).get("success") is not True:
            raise malformed(response, "success")

    def follow_verification(self, link: str, ends: str = "") -> str:
        """Open a mailed confirmation link as its receiver does; returns the URL where it ends (on the link's own host it is fetched).

        A link straight to a page of the app hands its token to the page's script. That one runs in browsers only: here the token is sent to
        better-auth, as the script has to.

        :param ends: the path where it has to end, for the words of DeadLink.
        :raises Refusal: when better-auth hands an error to the landing page (``?error=INVALID_TOKEN``), or a page on the way refuses.
        :raises DeadLink: when a page of the app answers in better-auth's place.
        """
        url = self._follow(link, ends)
        tokens = parse_qs(urlsplit(link).query).get("token", [])
        if url == link and tokens and not self._below(link) and self._own(link):
            with suppress(Refusal):  # a page that the server makes has sent it already, or knows another kind of token
                expect(self._seen(self.http.get(f"{self.base}/verify-email", params={"token": tokens[0]})))
        return url

    def scan(self, link: str) -> None:
        """Open a mailed link as a mail scanner does, ahead of its receiver: HEAD, then GET with all redirections; whatever comes of it.

        https://learn.microsoft.com/en-us/defender-office-365/safe-links-about
        """
        for look in (lambda: self.http.head(link), lambda: self._follow(link)):
            with suppress(Trouble):
                look()

    def start_social(self, provider: str, callback: str, *, generic: bool = False) -> Authorization:
        """Begin to sign in with an account elsewhere; the cookie that binds the way back to this actor is in its jar now. ``generic``: by
        the generic OAuth plugin (https://better-auth.com/docs/plugins/generic-oauth), which has a path of its own up to 1.6."""
        path, named = ("/sign-in/oauth2", "providerId") if generic else ("/sign-in/social", "provider")
        response = self._post(path, {named: provider, "callbackURL": callback})
        return read_authorization(str(part(response, json_object(response), "url")))

    def come_back(self, callback: str, ends: str = "") -> str:
        """Come back from the provider; returns the URL where it ends.

        :param ends: the path where it has to end, for the words of DeadLink.
        :raises Refusal: when the deployment hands an error to the landing page (``?error=state_mismatch``).
        :raises DeadLink: when a page of the app answers in better-auth's place.
        """
        return self._follow(callback, ends, CROSS_SITE)

    def token(self, path: str = "/token") -> Token:
        """A signed token for other services, as the signed-in user."""
        response = self._get(path)
        text = str(part(response, json_object(response), "token"))
        try:
            return read_token(text)
        except ValueError:
            raise malformed(response, "a signed token of three parts") from None

    def keys(self, path: str = "/jwks") -> list[dict[str, Any]]:
        """The published keys that verify those tokens."""
        response = self._get(path)
        found = part(response, json_object(response), "keys")
        if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
            raise malformed(response, "a list of keys")
        return found

    def send_verification(self, email: str, callback: str | None = None) -> None:
        """Ask for the confirmation mail again."""
        json_object(self._post("/send-verification-email", {"email": email, "callbackURL": callback}))

    def request_reset(self, email: str, redirect: str | None = None) -> str:
        """Ask for a reset mail; returns the service's message, which is the same for a known and an unknown address."""
        answer = json_object(self._post("/request-password-reset", {"email": email, "redirectTo": redirect}))
        return str(answer.get("message", ""))

    def follow_reset(self, link: str, ends: str = "") -> ResetPage:
        """Open a mailed reset link as its receiver does; returns the page that it leads to, with the token that this is handed.

        A link straight to that page carries the token itself.

        :param ends: the path of that page, for the words of DeadLink.
        :raises Refusal: when better-auth hands an error to that page.
        :raises DeadLink: when a page of the app answers in better-auth's place.
        """
        response = self._seen(self.http.get(link, headers=clicked()))
        page = link
        if response.is_redirect or self._below(link):
            self._leads_on(response, ends)
            expect(response, 302, 303, 307)
            self._no_error(response)
            page = _target(response)
        else:
            expect(response)
        tokens = parse_qs(urlsplit(page).query).get("token", [])
        if not tokens:
            raise malformed(response, "a redirection with ?token=")
        return ResetPage(page, tokens[0])

    @creates
    def reset(self, token: str, new: str) -> None:
        """Set a new password with the token of a reset mail."""
        json_object(self._post("/reset-password", {"token": token, "newPassword": new}))

    @creates
    def change_password(self, current: str, new: str, *, revoke_others: bool = False) -> User:
        """Change the password of the signed-in user; with ``revoke_others`` every other session ends."""
        body = {"currentPassword": current, "newPassword": new, "revokeOtherSessions": revoke_others}
        response = self._post("/change-password", body)
        return _user(response, part(response, json_object(response), "user"))

    def sessions(self) -> list[Session]:
        """All sessions of the signed-in user."""
        response = self._get("/list-sessions")
        answer = json_value(response)
        if not isinstance(answer, list):
            raise malformed(response, "a JSON array of sessions")
        return [_session(response, entry) for entry in answer]

    def revoke(self, token: str) -> None:
        """End one session of the signed-in user, by its token."""
        json_object(self._post("/revoke-session", {"token": token}))

    def revoke_others(self) -> None:
        """End every session of the signed-in user but this one."""
        json_object(self._post("/revoke-other-sessions", {}))

    def delete_account(self, password: str = "") -> str:
        """Delete the signed-in user, who has no password when they sign in elsewhere only.

        Returns the service's message (``User deleted``, or that a mail has to be confirmed).
        """
        response = self._post("/delete-user", {"password": password or None})
        answer = json_object(response)
        if answer.get("success") is not True:
            raise malformed(response, "success")
        return str(answer.get("message", ""))

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request below the base path, as it is answered; for what has no verb of its own (odd headers, broken bodies)."""
        return self._seen(self.http.request(method, f"{self.base}{path}", **options))

    def cookies(self) -> list[Cookie]:
        """The cookies that the service has set for this actor and not cleared, with their attributes."""
        return [cookie for cookie in self._received.values() if not cookie.cleared]

    def session_cookie(self) -> Cookie | None:
        """The cookie that carries the session: the one that holds the token the service has named, else the one named ``…session_token``.

        The prefix is never assumed: ``__Secure-`` comes with https, and an app can choose its own.
        """
        kept = self.cookies()
        if self._token:
            for cookie in kept:
                if cookie.plain.startswith(f"{self._token}."):
                    return cookie
        return next((cookie for cookie in kept if cookie.name.endswith("session_token")), None)

    def _post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        return self.call("POST", path, json={key: value for key, value in body.items() if value is not None})

    def _get(self, path: str) -> httpx.Response:
        return self.call("GET", path)

    def _seen(self, response: httpx.Response) -> httpx.Response:
        for cookie in cookies_of.received(response):
            self._received[cookie.name, cookie.domain, cookie.path] = cookie
        return response

    def _follow(self, link: str, ends: str = "", site: str = BY_HAND) -> str:
        """As a browser navigates: whatever stands in front may answer pages and programs in different ways."""
        url, host = link, urlsplit(link).hostname
        for _ in range(_REDIRECTS):
            response = self._seen(self.http.get(url, headers=clicked(site)))
            if not response.is_redirect:
                expect(response)
                if url == link:
                    self._leads_on(response, ends)
                return url
            self._no_error(response)
            url = _target(response)
            # A link that leads elsewhere is a finding, not an address to send requests to.
            if urlsplit(url).hostname != host:
                return url
        raise malformed(response, f"an end within {_REDIRECTS} redirections")

    def _leads_on(self, response: httpx.Response, ends: str) -> None:
        """Raises DeadLink where an address of better-auth's, which only ever leads on, was answered with a page."""
        url = response.request.url
        if not (response.is_success and media_type(response) == "text/html" and self._below(str(url)) and url.path != ends):
            return
        # Without what the link carries nothing comes of it, and better-auth still answers in its own way.
        plain = url.copy_with(path=f"{self.base}/ok", query=None)
        if media_type(self._seen(self.http.get(plain))) == "text/html":
            why = f"and nothing else is at {self.base}, for programs either: is better-auth mounted there, and does the file say so (base)?"
        else:
            why = (
                f"which answers programs there: what browsers navigate to below {self.base} is taken by something in front of it, as the "
                "catch-all of a single-page app does. Let these paths through to the server, ahead of the catch-all"
            )
        leads = f" Nobody gets to {ends} by the link." if ends else ""
        request, kind = response.request, media_type(response)
        expected = f"by better-auth, {why}.{leads}"
        raise DeadLink(request.method, shown_path(str(url)), response.status_code, expected, kind, quote(response))

    def _below(self, url: str) -> bool:
        """Whether an address is one of better-auth's own."""
        return self._own(url) and f"{urlsplit(url).path}/".startswith(f"{self.base}/")

    def _own(self, url: str) -> bool:
        return urlsplit(url).hostname == self.http.base_url.host

    def _no_error(self, response: httpx.Response) -> None:
        errors = parse_qs(urlsplit(_target(response)).query).get("error")
        if errors:
            request = response.request
            raise Refusal(request.method, shown_path(str(request.url)), response.status_code, errors[0], "handed to the landing page")
        if response.status_code >= 400:
            raise refuse(response)


def _target(response: httpx.Response) -> str:
    return str(response.request.url.join(response.headers.get("location", "")))


def _user(response: httpx.Response, value: Any) -> User:
    identity, email, name, verified = (part(response, value, key) for key in ("id", "email", "name", "emailVerified"))
    if isinstance(identity, int) and not isinstance(identity, bool):  # as some databases count them
        identity = str(identity)
    if not isinstance(verified, bool) or not all(isinstance(text, str) for text in (identity, email, name)):
        raise malformed(response, "a user with id, email, name and emailVerified")
    return User(identity, email, name, verified)


def _session(response: httpx.Response, value: Any) -> Session:
    return Session(
        id=str(part(response, value, "id")),
        token=str(part(response, value, "token")),
        user_id=str(part(response, value, "userId")),
        created=_moment(value.get("createdAt")),
        expires=_moment(value.get("expiresAt")),
        ip_address=str(value.get("ipAddress") or ""),
    )


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
