"""A page of somebody else in a visitor's browser: what it can send from there, and what it can do with that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx

from clients.identity.better_auth import BetterAuth
from clients.identity.members import Member
from clients.wire.answers import refuse
from clients.wire.attempts import LIMITED
from clients.wire.cookies import Cookie
from clients.wire.fetch_metadata import asked_ahead, fetched, may_send, submitted

FOREIGN = "https://gonogo-foreign.example"
_SIGN_OUT = "/sign-out"
_FORBIDDEN = 403
_STRAY = Cookie("consent", "yes")
"""Of another maker than better-auth: browsers that take a cookie without SameSite for None send it with forms of other sites as well."""


@dataclass(frozen=True)
class Lured:
    """What a page of a foreign origin tried, what was answered, and what came of it in the browser; empty where nothing did."""

    way: str
    answered: str
    harm: str = ""


class ForeignPage:
    """The page, and the browser that it is open in: it sends what a browser lets it, and keeps what a browser keeps.

    :param open_browser: gives a browser that holds these cookies; it says as well where people sign in, and with what.
    :param same_site: ``SameSite`` of the deployment's session cookie. Under None browsers take it and send it whichever page asks; under
        Lax and Strict they take it only when the whole window goes there, and never send it with a form of another site.
    """

    def __init__(self, open_browser: Callable[[Sequence[Cookie]], BetterAuth], member: Member, same_site: str) -> None:
        self._open, self._member, self._everywhere = open_browser, member, same_site == "None"
        self._sent_along = same_site in ("None", "")  # some browsers take none for None

    def by_surprise(self) -> Lured:
        """A form of the page takes a browser there that has never been there, and holds no cookie."""
        return self._form("a form")

    def tries(self) -> Iterator[Lured]:
        """Everything else that may do harm. Where cookies come along, better-auth looks at the origin, in every version."""
        form = self._form("a form", _STRAY)
        yield form
        if not form.answered.startswith(str(_FORBIDDEN)):
            yield self._form("a form that is sent as text", _STRAY, text=True)
        yield self._script()
        if self._everywhere:
            yield self._in_the_dark()
        if self._sent_along:
            yield self._for_a_member()

    def _form(self, way: str, *cookies: Cookie, text: bool = False) -> Lured:
        """A form of the page takes the window there, with a password that somebody else knows: cookies that come of it are kept."""
        browser = self._browser(*cookies)
        answer = self._sent(browser, submitted, text=text)
        return Lured(way, _said(answer), self._signed_in(browser))

    def _script(self) -> Lured:
        """A script of the page sends JSON, if the deployment answers the browser's own question with yes (CORS preflight)."""
        way, browser = "a script", self._browser()
        path, body = self._entry(browser)
        asked = browser.call("OPTIONS", path, headers=asked_ahead(FOREIGN, self._target(browser)))
        if not may_send({name.lower(): value for name, value in asked.headers.items()}, asked.status_code, FOREIGN):
            return Lured(way, "nothing is sent")
        answer = browser.call("POST", path, headers=fetched(FOREIGN, self._target(browser)), json=body)
        return Lured(way, _said(answer), self._signed_in(self._keeping(browser)))

    def _in_the_dark(self) -> Lured:
        """A script of the page sends what a form can send, and is shown no answer (``no-cors``)."""
        browser = self._browser()
        answer = self._sent(browser, lambda page, target: {**fetched(page, target), "sec-fetch-mode": "no-cors"})
        return Lured("a script that asks for no answer", _said(answer), self._signed_in(self._keeping(browser)))

    def _for_a_member(self) -> Lured:
        """Who is signed in opens the page, and a form of it signs them out: as good as anything else that a member can do."""
        browser = self._browser()
        browser.sign_in(self._member.email, self._member.password)
        answer = browser.call("POST", _SIGN_OUT, headers=submitted(FOREIGN, self._target(browser)), data={})
        ended = browser.session() is None
        return Lured("a form, for a member", _said(answer), "signs the member out" if ended else "")

    def _browser(self, *cookies: Cookie) -> BetterAuth:
        return self._open(cookies)

    def _keeping(self, browser: BetterAuth) -> BetterAuth:
        """A browser with what it keeps of an answer that no window went to."""
        return self._browser(*(cookie for cookie in browser.cookies() if cookie.same_site == "None"))

    def _sent(self, browser: BetterAuth, headers: Callable[[str, str], Mapping[str, str]], *, text: bool = False) -> httpx.Response:
        said, (path, body) = headers(FOREIGN, self._target(browser)), self._entry(browser)
        if not text:
            return browser.call("POST", path, headers=said, data=body)
        # Name and value of one field, with `=` between them: JSON to whoever does not look at the content type.
        written = json.dumps({**body, "a": "="})
        return browser.call("POST", path, headers={**said, "content-type": "text/plain"}, content=f"{written}\r\n".encode())

    def _signed_in(self, browser: BetterAuth) -> str:
        session = browser.session()
        return "signs the browser in" if session and session.email == self._member.email else ""

    def _target(self, browser: BetterAuth) -> str:
        return str(browser.http.base_url).rstrip("/")

    def _entry(self, browser: BetterAuth) -> tuple[str, dict[str, str]]:
        return browser.entry(self._member.email, self._member.password)


def _said(answer: httpx.Response) -> str:
    """Status and reason. Raises Refusal for the limiter's answer, which says nothing about the page."""
    if not answer.is_error:
        return str(answer.status_code)
    refusal = refuse(answer)
    if refusal.status == LIMITED:
        raise refusal
    return f"{refusal.status} {refusal.code or refusal.message}".rstrip()
