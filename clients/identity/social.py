"""Signing in with an account that somebody has elsewhere: where the deployment sends people, and the page that asks them there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from clients.wire.answers import expect, malformed
from clients.wire.fetch_metadata import CROSS_SITE, clicked


@dataclass(frozen=True)
class Authorization:
    """Where a deployment sends somebody who wants to sign in elsewhere. ``state`` and the address itself stay out of ``repr``."""

    url: str = field(repr=False)
    host: str
    path: str
    client_id: str
    redirect_uri: str
    response_type: str
    state: str = field(repr=False)
    scopes: frozenset[str]
    challenge: str = field(repr=False)
    challenge_method: str


def read_authorization(url: str) -> Authorization:
    """The parts of an authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3); what is missing is empty."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Authorization(
        url=url,
        host=parts.hostname or "" if parts.scheme == "https" else f"{parts.scheme}://{parts.hostname or ''}",
        path=parts.path,
        # Two providers have names of their own for it: https://developers.tiktok.com/doc/login-kit-web and WeChat's qrconnect.
        client_id=query.get("client_id") or query.get("client_key") or query.get("appid") or "",
        redirect_uri=query.get("redirect_uri", ""),
        response_type=query.get("response_type", ""),
        state=query.get("state", ""),
        scopes=frozenset(query.get("scope", "").replace(",", " ").split()),
        challenge=query.get("code_challenge", ""),
        challenge_method=query.get("code_challenge_method", ""),
    )


class ConsentPage:
    """The page of a stand-in on which anybody may be anybody: the form that asks for a name and an address."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def agree(self, authorization: Authorization, name: str, email: str) -> str:
        """Fill the form in and send it. Returns where it leads: the deployment's callback, with a code.

        :raises Refusal: when the provider refuses the request, and says so on a page of its own.
        :raises Malformed: when there is no such form, or it leads nowhere.
        """
        page = expect(self.http.get(authorization.url, headers=clicked(CROSS_SITE)), 200)
        form = _form_with(page.text, "email")
        if form is None:
            raise malformed(page, "a form that asks for an address")
        answer = self.http.post(urljoin(authorization.url, form.action), data={**form.hidden, "name": name, "email": email})
        expect(answer, 302, 303)
        return urljoin(authorization.url, str(answer.headers.get("location", "")))


@dataclass
class _Form:
    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    asks: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(_Form(given.get("action", "")))
        elif tag == "input" and self.found and given.get("name"):
            if given.get("type") == "hidden":
                self.found[-1].hidden[given["name"]] = given.get("value", "")
            else:
                self.found[-1].asks.add(given["name"])


def _form_with(html: str, field_name: str) -> _Form | None:
    parser = _Forms()
    parser.feed(html)
    parser.close()
    return next((form for form in parser.found if field_name in form.asks), None)
