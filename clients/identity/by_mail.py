"""Members without a password: whoever reads the mail to an address is let in, by the code in it or by its link.

The paths and names are declared; the defaults of the sections are those of better-auth's plugins. What is answered is not relied on: who is
signed in is asked afterwards, as a page would.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from clients.errors import Refusal, Unclear
from clients.identity.members import Member
from clients.identity.port import Identity, Inbox, Kept, Paths, Person
from clients.mail.codes import code_of
from clients.mail.mails import Mail
from clients.wire import cookies as cookies_of
from clients.wire.answers import expect, json_object, json_value, malformed, part
from clients.wire.cookies import Cookie, put
from clients.wire.fetch_metadata import clicked

_NOBODY = frozenset({401, 403})
_LET_IN = (200, 201, 202, 204, 302, 303, 307)
_REDIRECTS = 5
_SECRET = 16
"""Characters of a secret in a link, at least."""


class MailedPerson(Person):
    """Somebody on one device, let in by what is mailed to them. ``settings``: the section, ``base``: what its paths stand below."""

    def __init__(self, member: Member, http: httpx.Client, settings: Any) -> None:
        super().__init__(member, http)
        self.settings = settings
        self._received: dict[tuple[str, str, str], Cookie] = {}

    def sign_up(self) -> None:
        """Nothing: whoever is let in for the first time is a member from then on."""

    @abstractmethod
    def ask(self) -> None:
        """Ask for a mail that lets this person in."""

    @abstractmethod
    def enter(self, mail: Mail) -> object:
        """Do with the mail what it says."""

    def sign_in(self) -> object:
        """Ask for a mail, read it, and do what it says."""
        with self.letters.turn():
            return self.enter(self.mailed())

    def mailed(self) -> Mail:
        """Ask for a mail, and read it. Raises Overdue."""
        return self.letters.after(self.settings.subject, self.ask)

    def whoami(self) -> str | None:
        """The address at the declared place of the session's answer; nobody where it is refused, or holds null on the way there."""
        response = self._seen(self.http.get(self._below(self.settings.session)))
        if response.status_code in _NOBODY:
            return None
        found: Any = json_value(response)
        for name in self.settings.who.split("."):
            if found is None:
                return None
            if not isinstance(found, Mapping) or name not in found:
                raise malformed(response, f"JSON with {self.settings.who!r}, or null")
            found = found[name]
        if found is not None and not isinstance(found, str):
            raise malformed(response, f"an address at {self.settings.who}")
        return found

    def sign_out(self) -> None:
        """End the session."""
        self._accepted(self._post(self.settings.sign_out, {}))

    def delete(self) -> None:
        """Delete the account, where that is declared."""
        if not self.settings.deletion:
            super().delete()
        method, _, path = self.settings.deletion.partition(" ")
        body: dict[str, object] | None = None if method == "DELETE" else {}
        self._accepted(self._seen(self.http.request(method, self._below(path), json=body)))

    def kept(self) -> Kept:
        """The cookies that were set and not cleared."""
        return Kept(tuple(cookie for cookie in self._received.values() if not cookie.cleared))

    def bring(self, kept: Kept) -> None:
        """Put the cookies of another device into the jar."""
        put(self.http, kept.cookies, str(self.http.base_url))

    def _below(self, path: str) -> str:
        return f"{self.settings.base.rstrip('/')}{path}"

    def _post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        how: dict[str, Any] = {"data": body} if self.settings.form else {"json": body}
        return self._seen(self.http.post(self._below(path), **how))

    def _accepted(self, response: httpx.Response) -> httpx.Response:
        """The answer, where it says no no: a form is answered with a redirection, which may carry an error to the next page."""
        if response.is_redirect and "error" in httpx.URL(response.headers.get("location", "")).params:
            target = response.request.url.join(response.headers["location"])
            code = target.params["error"]
            raise Refusal(response.request.method, response.request.url.path, response.status_code, code, "handed to the next page")
        return expect(response, *_LET_IN)

    def _seen(self, response: httpx.Response) -> httpx.Response:
        for cookie in cookies_of.received(response):
            self._received[cookie.name, cookie.domain, cookie.path] = cookie
        return response


class CodePerson(MailedPerson):
    """Somebody who types in what was mailed. What ties a code to this device is kept here: cookies, and the id of the attempt."""

    _challenge: Mapping[str, object] = {}

    def ask(self) -> None:
        """Ask for a code."""
        response = self._accepted(self._post(self.settings.send, {self.settings.email: self.member.email, **self.settings.ask}))
        if self.settings.challenge:
            *above, name = self.settings.challenge.split(".")
            self._challenge = {name: part(response, json_object(response, *_LET_IN), *above, name)}

    def enter(self, mail: Mail) -> None:
        """Type in the code of a mail."""
        self.enter_code(code_of(mail, self.settings.length))

    def enter_code(self, code: str) -> None:
        """Type in a code. Raises Refusal; whether it has let this person in, `whoami` says."""
        body = {self.settings.email: self.member.email, self.settings.code: code, **self._challenge, **self.further}
        self._accepted(self._post(self.settings.sign_in, body))


class LinkPerson(MailedPerson):
    """Somebody who clicks what was mailed."""

    def ask(self) -> None:
        """Ask for a link, which leads to the declared page."""
        page = {self.settings.callback: self.settings.landing} if self.settings.callback else {}
        self._accepted(self._post(self.settings.send, {self.settings.email: self.member.email, **page, **self.further}))

    def enter(self, mail: Mail) -> str:
        """Click the link of a mail; returns where it ends."""
        return self.click(self.link_in(mail))

    def link_in(self, mail: Mail) -> str:
        """The link of a mail that lets somebody in. Raises Unclear where that is none, not one alone, or one to another host."""
        links = [link for link in mail.links if httpx.URL(link).path.startswith(self.settings.link or "/")]
        if not self.settings.link and len(links) > 1:
            links = [link for link in links if secret_in(link)]
        if len(links) != 1:
            what = f"{len(links)} links that could let somebody in" if links else f"no link that lets somebody in, among {len(mail.links)}"
            raise Unclear(f"the mail {mail.subject!r} holds {what}: say how its path begins ({self.settings.capability}.link)")
        host = httpx.URL(links[0]).host
        if host != self.http.base_url.host:
            raise Unclear(f"the link in the mail {mail.subject!r} leads to {host}, and not to this deployment")
        return links[0]

    def click(self, link: str) -> str:
        """Open a link as a browser does from a mail, with all redirections on this host; returns where it ends."""
        url = link
        for _ in range(_REDIRECTS):
            response = self._seen(self.http.get(url, headers=clicked()))
            if not response.is_redirect:
                expect(response)
                return url
            self._accepted(response)
            url = str(response.request.url.join(response.headers.get("location", "")))
            if httpx.URL(url).host != self.http.base_url.host:
                return url
        raise malformed(response, f"an end within {_REDIRECTS} redirections")


def secret_in(link: str) -> str:
    """The longest word of a link's path and query that nobody would make up: what lets somebody in; empty where there is none."""
    url = httpx.URL(link)
    words = [*(value for _, value in url.params.multi_items()), *url.path.split("/"), *(url.fragment or "").split("/")]
    return max((word for word in words if len(word) >= _SECRET and "/" not in word), key=len, default="")


def altered(link: str) -> str:
    """The link with another character in the middle of its secret, where an encoding has no bits to spare."""
    secret = secret_in(link)
    middle = len(secret) // 2
    other = "b" if secret[middle : middle + 1] in ("a", "A") else "a"
    return link.replace(secret, f"{secret[:middle]}{other}{secret[middle + 1 :]}")


class MailedMembers(Identity):
    """What is true of all who are let in by a mail."""

    by_mail = True
    what: ClassVar[str]
    """What the mail holds, in a word."""

    @property
    def base(self) -> str:
        """What the paths stand below."""
        return str(self.settings.base.rstrip("/"))

    @property
    def deletes(self) -> bool:
        """Whether a way to delete the account is declared."""
        return bool(self.settings.deletion)

    @property
    def recovers(self) -> bool:
        """Whoever reads the mail gets in: that is the only way there is."""
        return True

    @property
    def needs_to_sweep(self) -> str:
        """Its keys, and a way to read the mail."""
        return f"that needs [{self.capability}] with deletion, and [mail.delivery] in its file"

    def recover(self, person: Person, inbox: Inbox) -> Member:
        """Signs in as anybody would."""
        del inbox
        person.sign_in()
        return person.member


class CodeMembers(MailedMembers):
    """[auth.code]: see https://better-auth.com/docs/plugins/email-otp."""

    capability, what = "auth.code", "code"

    @property
    def paths(self) -> Paths:
        """As they are declared; signing up is signing in for the first time."""
        sign_in = f"{self.base}{self.settings.sign_in}"
        return Paths(sign_in, f"{self.base}{self.settings.session}", sign_in)

    def person(self, member: Member, http: httpx.Client) -> CodePerson:
        """Somebody who has asked for no code so far."""
        return CodePerson(member, http, self.settings)

    def costs(self) -> Mapping[str, Mapping[str, int]]:
        """Asking is a mail."""
        return {self.paths.sign_in: {"sign_ins": 1}, f"{self.base}{self.settings.send}": {"mails": 1}}


class MagicLinkMembers(MailedMembers):
    """[auth.magic_link]: see https://better-auth.com/docs/plugins/magic-link."""

    capability, what = "auth.magic_link", "link"

    @property
    def paths(self) -> Paths:
        """As they are declared; signing up is signing in for the first time."""
        send = f"{self.base}{self.settings.send}"
        return Paths(send, f"{self.base}{self.settings.session}", send)

    def person(self, member: Member, http: httpx.Client) -> LinkPerson:
        """Somebody who has asked for no link so far."""
        return LinkPerson(member, http, self.settings)

    def costs(self) -> Mapping[str, Mapping[str, int]]:
        """Asking is a mail, and half a sign-in."""
        return {self.paths.sign_in: {"sign_ins": 1, "mails": 1}}
