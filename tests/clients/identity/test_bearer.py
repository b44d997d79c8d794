"""Members with a bearer token, against a small server: what is sent, refused and no answer, and that the token is not shown."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clients.errors import Malformed, Refusal, Unavailable, Unreachable
from clients.identity.bearer import BearerMembers, BearerPerson
from clients.identity.members import Member
from clients.identity.port import Kept, Paths
from clients.identity.registry import identities
from clients.wire.exchange import Exchange
from clients.wire.wire import Wire
from environments.schema.auth_bearer import BearerAuth
from tests.clients.servers import Answer, Arrived, Server, serving

ORIGIN = "https://staging.fm5.test"
ELSEWHERE = "https://files.fm5.test"
ANNA = Member("Anna", "anna@fm5.test", "first password")
# Names that no rule of redaction takes for a secret's.
SETTINGS: dict[str, Any] = {
    "login": "/sessions",
    "sign_up": "/accounts",
    "session": "/me",
    "email": "user.mail",
    "password": "phrase",
    "token": "session.id",
    "logout": "/sessions/end",
    "deletion": "/me",
}


def reply(body: object, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, json.dumps(body).encode(), (("content-type", "application/json"),))


class Service:
    """An app whose members show a token."""

    def __init__(self, server: Server) -> None:
        self.server, self.accounts, self.tokens = server, dict[str, str](), dict[str, str]()
        server.routes |= {"/accounts": self.sign_up, "/sessions": self.sign_in, "/me": self.me, "/sessions/end": self.sign_out}

    def sign_up(self, arrived: Arrived) -> Answer:
        body = json.loads(arrived.body)
        if body["mail"] in self.accounts:
            return reply({"error": "taken"}, 409)
        self.accounts[body["mail"]] = body["phrase"]
        return reply({"user": {"name": body["name"]}}, 201)

    def sign_in(self, arrived: Arrived) -> Answer:
        body = json.loads(arrived.body)
        if self.accounts.get(body["mail"]) != body["phrase"]:
            return reply({"error": "wrong"}, 401)
        token = secrets.token_urlsafe(24)
        self.tokens[token] = body["mail"]
        return reply({"session": {"id": token}})

    def me(self, arrived: Arrived) -> Answer:
        mail = self.tokens.get(arrived.headers.get("authorization", "").removeprefix("Bearer "))
        if mail is None:
            return reply({"error": "nobody"}, 401)
        if arrived.method == "DELETE":
            del self.accounts[mail]
            self.tokens = {token: owner for token, owner in self.tokens.items() if owner != mail}
            return Answer(204)
        return reply({"user": {"mail": mail}})

    def sign_out(self, arrived: Arrived) -> Answer:
        return Answer(204) if self.tokens.pop(arrived.headers.get("authorization", "").removeprefix("Bearer "), "") else reply({}, 401)

    def answers(self, path: str, given: Answer) -> None:
        """From now on this is the answer there."""
        self.server.routes[path] = lambda _: given

    def sent(self, path: str) -> list[Arrived]:
        """What arrived at a path."""
        return [arrived for arrived in self.server.arrived if arrived.path == path]


class Bench:
    """The service, a wire to it, and what the wire keeps."""

    def __init__(self, server: Server) -> None:
        self.service, self.kept, self.learnt = Service(server), list[Exchange](), dict[str, str]()
        self.wire = Wire(connect=server.connect, ca=server.ca, after=self.kept.append)
        self.wire.redactor._tell = lambda what, value: self.learnt.update({value: what})

    def identity(self, **changes: object) -> BearerMembers:
        """The way in, with these keys of its section."""
        made = BearerMembers(
            BearerAuth.model_validate({**SETTINGS, **changes}, context={"variables": {"MAIL": "m@x.test", "KEY": "k" * 9}})
        )
        self.wire.redactor.hide_fields(*made.secret_fields)
        return made

    def person(self, member: Member = ANNA, **changes: object) -> BearerPerson:
        """Somebody on a device of their own."""
        return self.identity(**changes).person(member, self.wire.client(ORIGIN, retries=0))

    def member(self, **changes: object) -> BearerPerson:
        """Somebody who is signed in."""
        person = self.person(ANNA, **changes)
        person.sign_up()
        person.sign_in()
        return person

    @property
    def token(self) -> str:
        """The newest token."""
        return list(self.service.tokens)[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A server that two names lead to."""
    with serving(tmp_path, "staging.fm5.test", "files.fm5.test") as server:
        made = Bench(server)
        with made.wire:
            yield made


def test_person_signs_up_in_and_out(bench: Bench) -> None:
    """The declared paths get the declared keys, and the token goes with what follows, until it is given up."""
    person = bench.person()
    assert person.whoami() is None
    person.sign_up()
    assert bench.service.accounts == {ANNA.email: ANNA.password}
    assert json.loads(bench.service.sent("/accounts")[0].body) == {"name": "Anna", "mail": ANNA.email, "phrase": ANNA.password}
    assert person.whoami() is None, "signing up signs nobody in"
    person.sign_in()
    assert json.loads(bench.service.sent("/sessions")[0].body) == {"mail": ANNA.email, "phrase": ANNA.password}
    assert person.whoami() == ANNA.email
    assert bench.service.sent("/me")[-1].headers["authorization"] == f"Bearer {bench.token}"
    person.sign_out()
    assert bench.service.tokens == {}
    assert person.whoami() is None
    assert "authorization" not in bench.service.sent("/me")[-1].headers


def test_sign_out_without_a_path_forgets_the_token(bench: Bench) -> None:
    """Where nothing ends a token, the device does not keep it."""
    person = bench.member(logout=None)
    person.sign_out()
    assert bench.service.sent("/sessions/end") == []
    assert person.kept() == Kept()
    assert person.whoami() is None


def test_account_is_deleted_by_its_owner(bench: Bench) -> None:
    """The token stands for nobody afterwards."""
    person = bench.member()
    person.delete()
    assert bench.service.accounts == {}
    assert person.whoami() is None


def test_account_that_cannot_be_deleted_is_not_asked_about(bench: Bench) -> None:
    """Without a declared path nothing is sent."""
    person = bench.member(deletion=None)
    with pytest.raises(Unavailable, match="accounts cannot be deleted here"):
        person.delete()
    assert [arrived.method for arrived in bench.service.sent("/me")] == []


def test_device_shows_what_another_has_kept(bench: Bench) -> None:
    """And what it kept of somebody else is replaced."""
    first, second = bench.member(), bench.person()
    second.bring(first.kept())
    assert second.whoami() == ANNA.email
    assert second.cookies() == []
    second.bring(Kept())
    assert second.whoami() is None
    assert first.whoami() == ANNA.email


def test_member_has_the_address_as_a_mark(bench: Bench) -> None:
    """It tells members apart where pages show it; a look at a page is one as this person."""
    person = bench.member()
    assert person.marks() == (ANNA.email,)
    assert ANNA.email in person.look("/me").text
    assert bench.person().look("/me").status == 401


def test_nobody_confirms_an_address(bench: Bench) -> None:
    """A link that came all the same is said without its token."""
    identity = bench.identity()
    assert not identity.confirms
    with pytest.raises(Unavailable, match=r"a link came: https://fm5.test/confirm$"):
        bench.person().confirm("https://fm5.test/confirm?token=abc")


def test_token_goes_to_the_deployment_alone(bench: Bench) -> None:
    """An upload with a ticket goes to a store: it has no business with the token, and refuses a request with two credentials."""
    person = bench.member()
    person.http.put(f"{ELSEWHERE}/bucket/a", content=b"a")
    assert "authorization" not in bench.service.sent("/bucket/a")[-1].headers
    person.http.get(f"{ORIGIN}/files")
    assert "authorization" in bench.service.sent("/files")[-1].headers


def test_signing_in_anew_shows_no_token_of_before(bench: Bench) -> None:
    """Somebody who signs in says who they are by the password alone."""
    person = bench.member()
    person.sign_in()
    assert ["authorization" in arrived.headers for arrived in bench.service.sent("/sessions")] == [False, False]
    assert person.whoami() == ANNA.email


@pytest.mark.parametrize(
    ("path", "act", "said"),
    [
        ("/accounts", BearerPerson.sign_up, "POST /accounts -> 409 taken"),
        ("/sessions", BearerPerson.sign_in, "POST /sessions -> 409 taken"),
        ("/sessions/end", BearerPerson.sign_out, "POST /sessions/end -> 409 taken"),
        ("/me", BearerPerson.delete, "DELETE /me -> 409 taken"),
        ("/me", BearerPerson.whoami, "GET /me -> 409 taken"),
    ],
    ids=["sign_up", "sign_in", "sign_out", "delete", "whoami"],
)
def test_refusal_names_what_was_asked(bench: Bench, path: str, act: Callable[[BearerPerson], object], said: str) -> None:
    """Method, path, status, and the service's own word."""
    person = bench.member()
    bench.service.answers(path, reply({"error": "taken"}, 409))
    with pytest.raises(Refusal) as refused:
        act(person)
    assert str(refused.value) == said


def test_refused_sign_in_leaves_who_is_signed_in(bench: Bench) -> None:
    """A wrong password is a refusal, and the token of before stays what it was."""
    person = bench.member()
    person.member = Member(ANNA.name, ANNA.email, "a wrong password")
    with pytest.raises(Refusal, match="POST /sessions -> 401 wrong"):
        person.sign_in()
    assert person.whoami() == ANNA.email


@pytest.mark.parametrize("status", [401, 403])
def test_token_that_is_refused_is_nobody(bench: Bench, status: int) -> None:
    """It has ended, or was never one."""
    person = bench.member()
    bench.service.answers("/me", reply({}, status))
    assert person.whoami() is None


@pytest.mark.parametrize(
    ("path", "act", "answer", "expected"),
    [
        ("/sessions", BearerPerson.sign_in, reply({"session": {}}), "a token at session.id"),
        ("/sessions", BearerPerson.sign_in, reply({"session": {"id": ""}}), "a token at session.id"),
        ("/sessions", BearerPerson.sign_in, reply({"session": {"id": 7}}), "a token at session.id"),
        ("/sessions", BearerPerson.sign_in, reply({"session": "opaque-but-secret"}), "a token at session.id"),
        ("/sessions", BearerPerson.sign_in, reply({"other": {"id": "opaque-but-secret"}}), "a token at session.id"),
        ("/sessions", BearerPerson.sign_in, reply(["opaque-but-secret"]), "a JSON object"),
        ("/sessions", BearerPerson.sign_in, Answer(200, b"opaque-but-secret"), "JSON"),
        ("/sessions", BearerPerson.sign_in, Answer(302, b"", (("location", "/home"),)), "200 or 201, not a redirection to"),
        ("/me", BearerPerson.whoami, reply({"user": {}}), "an address at user.mail"),
        ("/me", BearerPerson.whoami, reply({"user": {"mail": None}}), "an address at user.mail"),
        ("/me", BearerPerson.whoami, Answer(200, b"<h1>Anna</h1>"), "JSON"),
        ("/accounts", BearerPerson.sign_up, Answer(206, b""), "200 or 201 or 202 or 204"),
        ("/sessions/end", BearerPerson.sign_out, Answer(302, b"", (("location", "/login"),)), "not a redirection to"),
        ("/me", BearerPerson.delete, Answer(206, b""), "200 or 202 or 204"),
    ],
)
def test_answer_that_is_none_says_what_was_expected(
    bench: Bench, path: str, act: Callable[[BearerPerson], object], answer: Answer, expected: str
) -> None:
    """Where, and what came instead; of what may be a token in the wrong place no value is quoted."""
    person = bench.member()
    bench.service.answers(path, answer)
    with pytest.raises(Malformed) as malformed:
        act(person)
    assert expected in str(malformed.value)
    assert malformed.value.path == path
    assert "opaque-but-secret" not in str(malformed.value) + repr(malformed.value)


def test_no_answer_is_no_refusal(bench: Bench) -> None:
    """A connection that is cut says nothing about the password."""
    bench.service.server.routes["/sessions"] = lambda _: None
    with pytest.raises(Unreachable):
        bench.person().sign_in()


def test_token_is_not_shown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Neither by what it is kept in, nor in the log, nor in evidence: not of the answer that hands it out, under whatever name."""
    with caplog.at_level(logging.DEBUG):
        person = bench.member()
        bench.service.answers("/echo", Answer(200, f"you are {bench.token}".encode()))
        for path in ("/me", "/echo"):
            person.http.get(path)
        token = bench.token
        person.sign_out()
        person.bring(Kept(headers=(("authorization", f"Bearer {token}"),)))
    kept = person.kept()
    assert token in str(kept.headers), "it is where clients find it"
    shown = [repr(each) for each in (person, kept, person.http, person.http.auth, person.http.headers, vars(person), vars(person.http))]
    evidence = "".join(f"{vars(exchange)}{exchange.response_body}{exchange.request_body}" for exchange in bench.kept)
    assert "[hidden " in evidence
    for secret in (token, ANNA.password):
        assert secret not in "".join(shown)
        assert secret not in caplog.text
        assert secret not in evidence
    assert bench.learnt.keys() >= {token, ANNA.password}, "the run searches what it publishes for them"


def test_way_in_is_found_by_its_section(bench: Bench) -> None:
    """And says what the file says."""
    identity = bench.identity()
    assert identities()["auth.bearer"] is BearerMembers
    assert identity.paths == Paths("/sessions", "/me", "/accounts")
    assert bench.identity(sign_up=None).paths.sign_up == ""
    assert (identity.deletes, bench.identity(deletion=None).deletes) == (True, False)
    assert not identity.recovers
    assert "[auth.bearer]" in identity.needs_to_sweep
    with pytest.raises(Unavailable, match=f"no way into the account of {ANNA.email}"):
        identity.recover(bench.person(), lambda *_: pytest.fail("no mail is asked for"))


def test_coming_in_is_counted_and_paced(bench: Bench) -> None:
    """What it costs is known by its paths, and the declared limits are those of the paths as they stand."""
    identity = bench.identity(limits=[{"paths": ["/sessions", "/accounts/*"], "max": 5, "window": 60.0}])
    assert identity.costs() == {"/sessions": {"sign_ins": 1}, "/accounts": {"sign_ups": 1, "accounts": 1, "mails": 0}}
    assert bench.identity(sign_up=None).costs() == {"/sessions": {"sign_ins": 1}}
    ((limit),) = identity.limits
    assert (limit.paths, limit.max, limit.window) == (("/sessions", "/accounts/*"), 5, 60.0)


def test_declared_accounts_are_standing_members(bench: Bench) -> None:
    """In their order, with names of their own; their passwords are in no representation."""
    account = {"email": "MAIL", "password": "KEY"}
    first, second = bench.identity(accounts=[account, account]).standing
    assert (first.name, first.email, first.password) == ("standing account 1", "m@x.test", "k" * 9)
    assert second.name == "standing account 2"
    assert "k" * 9 not in repr((first, second))


def test_settings_of_any_kind_will_do() -> None:
    """The client knows no configuration: whatever has these names is good enough."""
    settings = SimpleNamespace(**{**SETTINGS, "limits": [], "accounts": []})
    assert BearerMembers(settings).paths.sign_in == "/sessions"
