"""Members who are let in by a mail, against a small server: what is sent, what is read, and what is no way in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from clients.errors import Malformed, Refusal, Unavailable, Unclear
from clients.identity.by_mail import CodeMembers, CodePerson, LinkPerson, MagicLinkMembers, altered, secret_in
from clients.identity.members import Member
from clients.mail.mails import Mail, links_of
from clients.wire.wire import Wire
from environments.schema.auth_by_mail import CodeAuth, MagicLinkAuth
from tests.clients.servers import Answer, Arrived, Server, serving

ORIGIN = "https://staging.fm5.test"
ANNA = Member("Anna", "anna@fm5.test", "")
JSON = ("content-type", "application/json")
ADDRESSES = "anna+{label}@fm5.test"


class Letters:
    """An inbox in which one mail lies when it was asked for."""

    def __init__(self, mail: Mail) -> None:
        self.mail, self.asked = mail, list[str]()

    def turn(self) -> AbstractContextManager[None]:
        """There is nobody else."""
        return nullcontext()

    def after(self, subject: str, ask: Callable[[], object]) -> Mail:
        """That mail."""
        self.asked.append(subject)
        ask()
        return self.mail


def reply(body: object, status: int = 200, *more: tuple[str, str]) -> Answer:
    """JSON."""
    return Answer(status, json.dumps(body).encode(), (JSON, *more))


def mail(text: str = "", html: str = "") -> Mail:
    """A mail to Anna."""
    return Mail("1", "a@fm5.test", (ANNA.email,), "Sign in", datetime.now(UTC), "delivered", html, text, links_of(html, text))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A deployment without routes."""
    with serving(tmp_path, "staging.fm5.test") as running:
        yield running


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """The way there."""
    with Wire(connect=server.connect, ca=server.ca) as made:
        yield made


def by_code(wire: Wire, **settings: Any) -> CodePerson:
    """Anna, who types in a code."""
    return CodeMembers(CodeAuth(addresses=ADDRESSES, **settings)).person(ANNA, wire.client(ORIGIN, origin=ORIGIN))


def by_link(wire: Wire, **settings: Any) -> LinkPerson:
    """Anna, who clicks a link."""
    return MagicLinkMembers(MagicLinkAuth(addresses=ADDRESSES, **settings)).person(ANNA, wire.client(ORIGIN, origin=ORIGIN))


def sent(server: Server, number: int = -1) -> Any:
    """The body of a request."""
    return json.loads(server.arrived[number].body)


def test_code_is_asked_for_read_and_typed_in(server: Server, wire: Wire) -> None:
    """With better-auth's paths and names, where nothing else is said."""

    def session(arrived: Arrived) -> Answer:
        return reply({"user": {"email": ANNA.email}} if "s=" in arrived.headers.get("cookie", "") else None)

    server.routes |= {
        "/api/auth/email-otp/send-verification-otp": lambda _: reply({"success": True}),
        "/api/auth/sign-in/email-otp": lambda _: reply({"token": "t"}, 200, ("set-cookie", "s=session-of-anna; Path=/; HttpOnly")),
        "/api/auth/get-session": session,
    }
    anna = by_code(wire)
    anna.letters = Letters(mail("Your code is 123456"))
    assert anna.whoami() is None
    anna.sign_in()
    assert sent(server, 1) == {"email": ANNA.email, "type": "sign-in"}
    assert sent(server, 2) == {"email": ANNA.email, "otp": "123456"}
    assert anna.whoami() == ANNA.email
    assert [(cookie.name, cookie.http_only) for cookie in anna.kept().cookies] == [("s", True)]


def test_other_names_a_form_and_the_id_of_an_attempt(server: Server, wire: Wire) -> None:
    """What the answer of send holds goes back with the code, under its own name."""
    server.routes |= {"/login": lambda _: reply({"flow": {"id": "f1"}}), "/code": lambda _: Answer(303, b"", (("location", "/"),))}
    settings = {"send": "/login", "sign_in": "/code", "email": "address", "code": "pin", "challenge": "flow.id", "ask": {}, "form": True}
    anna = by_code(wire, base="/", **settings)
    anna.letters = Letters(mail("12 34"))
    anna.sign_in()
    assert parse_qs(server.arrived[0].body.decode()) == {"address": [ANNA.email]}
    assert parse_qs(server.arrived[1].body.decode()) == {"address": [ANNA.email], "pin": ["1234"], "id": ["f1"]}


def test_a_form_that_is_refused_goes_to_a_page_that_says_so(server: Server, wire: Wire) -> None:
    """A redirection with an error is a refusal, and a session that is not understood is none of either."""
    server.routes |= {"/code": lambda _: Answer(302, b"", (("location", "/login?error=wrong"),)), "/me": lambda _: reply({"user": {}})}
    anna = by_code(wire, base="/", sign_in="/code", session="/me")
    with pytest.raises(Refusal, match="wrong"):
        anna.enter_code("123456")
    with pytest.raises(Malformed, match=r"user\.email"):
        anna.whoami()


def test_without_an_inbox_it_says_what_is_missing(wire: Wire) -> None:
    """Nobody can sign in by a mail that nobody reads."""
    with pytest.raises(Unavailable, match=r"\[mail\.delivery\]"):
        by_code(wire).sign_in()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_account_is_deleted_as_declared(server: Server, wire: Wire, method: str) -> None:
    """With the declared method; where nothing is declared, it cannot be."""
    server.routes["/gone"] = lambda _: Answer(204)
    by_code(wire, base="/", deletion=f"{method} /gone").delete()
    assert (server.arrived[-1].method, server.arrived[-1].path) == (method, "/gone")
    with pytest.raises(Unavailable):
        by_code(wire).delete()


LINK = f"{ORIGIN}/api/auth/magic-link/verify?token=AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf&callbackURL=%2Fwelcome"


def test_link_is_clicked_as_a_browser_does(server: Server, wire: Wire) -> None:
    """As a navigation, with every redirection on the way, and its cookies."""
    server.routes |= {
        "/api/auth/sign-in/magic-link": lambda _: reply({"status": True}),
        "/api/auth/magic-link/verify": lambda _: Answer(302, b"", (("location", "/welcome"), ("set-cookie", "s=session-of-anna; Path=/"))),
        "/welcome": lambda _: Answer(200),
    }
    anna = by_link(wire, landing="/welcome")
    anna.further = {"name": "Anna"}
    anna.letters = Letters(mail(html=f'<a href="{ORIGIN}/terms">Terms</a><a href="{LINK.replace("&", "&amp;")}">Sign in</a>'))
    assert anna.sign_in() == f"{ORIGIN}/welcome"
    assert sent(server, 0) == {"email": ANNA.email, "callbackURL": "/welcome", "name": "Anna"}
    clicked = server.arrived[1]
    assert (clicked.headers["sec-fetch-mode"], clicked.headers["sec-fetch-dest"]) == ("navigate", "document")
    assert clicked.headers["accept"].startswith("text/html")
    assert [cookie.name for cookie in anna.kept().cookies] == ["s"]


def test_link_that_is_void_is_a_refusal(server: Server, wire: Wire) -> None:
    """better-auth hands an error to the page."""
    server.routes["/api/auth/magic-link/verify"] = lambda _: Answer(302, b"", (("location", "/?error=INVALID_TOKEN"),))
    with pytest.raises(Refusal, match="INVALID_TOKEN"):
        by_link(wire).click(LINK)


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<p>Hello</p>", "no link that lets somebody in"),
        (f'<a href="{LINK}">1</a><a href="{LINK}x">2</a>', "2 links that could let somebody in"),
        (f'<a href="{LINK.replace("staging", "www")}">1</a>', "leads to www.fm5.test, and not to this deployment"),
    ],
)
def test_mail_without_one_link_of_ours_is_a_sentence(wire: Wire, html: str, says: str) -> None:
    """And no token is in it."""
    with pytest.raises(Unclear) as unclear:
        by_link(wire).link_in(mail(html=html))
    assert says in str(unclear.value)
    assert "AbCd" not in str(unclear.value)


@pytest.mark.parametrize("link", [LINK, f"{ORIGIN}/in/0123456789abcdef0123", f"{ORIGIN}/#/in/0123456789abcdef0123"])
def test_altered_link_differs_in_one_character_of_its_secret(link: str) -> None:
    """In a query, a path, or behind a #; never in the page that it leads to."""
    other, secret = altered(link), secret_in(link)
    assert len(other) == len(link)
    assert [n for n, (a, b) in enumerate(zip(link, other, strict=True)) if a != b] == [link.index(secret) + len(secret) // 2]


def test_costs_and_limits_are_those_of_the_plugins() -> None:
    """A mail for each time that somebody asks; three times a minute, unless the file says otherwise."""
    code, link = CodeMembers(CodeAuth(addresses=ADDRESSES)), MagicLinkMembers(MagicLinkAuth(addresses=ADDRESSES))
    send, sign_in = "/api/auth/email-otp/send-verification-otp", "/api/auth/sign-in/email-otp"
    assert code.costs() == {sign_in: {"sign_ins": 1}, send: {"mails": 1}}
    assert link.costs() == {"/api/auth/sign-in/magic-link": {"sign_ins": 1, "mails": 1}}
    assert [(limit.paths, limit.max, limit.window) for limit in code.limits] == [((send, sign_in), 3, 60.0)]
    assert [limit.max for limit in link.limits] == [5]


def test_no_code_is_in_a_representation(wire: Wire) -> None:
    """Neither in that of a mail."""
    assert "123456" not in repr(mail("123456"))
    assert "123456" not in repr(by_code(wire))
