"""Bearer tokens of other shapes: a form, a user name, another header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from clients.identity.bearer import BearerMembers
from clients.identity.members import Member
from environments.schema.auth_bearer import BearerAuth
from tests.clients.identity.test_bearer import ANNA, ORIGIN, SETTINGS, Bench, reply
from tests.clients.servers import Answer, serving


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A server that a name leads to."""
    with serving(tmp_path, "staging.fm5.test") as server:
        made = Bench(server)
        with made.wire:
            yield made


def test_password_grant_is_a_form(bench: Bench) -> None:
    """RFC 6749, 4.3.2: a form with grant_type, username and password, whatever the keys of a sign-up are; and an access_token."""
    bench.service.answers("/sessions", reply({"access_token": "a" * 24, "token_type": "bearer"}))
    changes = {key: value for key, value in SETTINGS.items() if key != "token"}
    identity = BearerMembers(BearerAuth.model_validate({**changes, "grant": "password", "login_fields": {"client_id": "web"}}))
    person = identity.person(ANNA, bench.wire.client(ORIGIN, retries=0))
    person.sign_in()
    (sent,) = bench.service.sent("/sessions")
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    told = {"grant_type": ["password"], "username": [ANNA.email], "phrase": [ANNA.password], "client_id": ["web"]}
    assert parse_qs(sent.body.decode()) == told
    assert person.token == "a" * 24


def test_user_name_stands_in_place_of_an_address(bench: Bench) -> None:
    """No address is sent where none is declared; who shows another name is somebody else."""
    anna = Member("Anna", "anna@fm5.test", "first password", "anna1")
    changes = {key: value for key, value in SETTINGS.items() if key != "email"}
    identity = BearerMembers(BearerAuth.model_validate({**changes, "user_name": "user.login", "name": "", "fields": {"terms": True}}))
    person = identity.person(anna, bench.wire.client(ORIGIN, retries=0))
    person.further = {"terms": True}
    bench.service.answers("/accounts", Answer(204))
    bench.service.answers("/sessions", reply({"session": {"id": "t" * 24}}))
    person.sign_up()
    person.sign_in()
    assert json.loads(bench.service.sent("/accounts")[0].body) == {"login": "anna1", "phrase": "first password", "terms": True}
    assert json.loads(bench.service.sent("/sessions")[0].body) == {"login": "anna1", "phrase": "first password"}
    for told, who in (("Anna1", "anna@fm5.test"), ("boris", "boris")):
        bench.service.answers("/me", reply({"user": {"login": told}}))
        assert person.whoami() == who
    assert person.marks() == ("anna1",)


@pytest.mark.parametrize(
    ("changes", "shown"), [({"header": "x-api-key", "scheme": ""}, "k"), ({"header": "X-Auth", "scheme": "Token"}, "Token k")]
)
def test_token_is_shown_where_it_is_declared(changes: dict[str, Any], shown: str, bench: Bench) -> None:
    """In another header, after another word or none; and it comes along to another device."""
    person = bench.person(**changes)
    person.show("k")
    bench.service.answers("/me", reply({"user": {"mail": ANNA.email}}))
    person.whoami()
    other = bench.person(**changes)
    other.bring(person.kept())
    other.whoami()
    for sent in bench.service.sent("/me"):
        assert sent.headers[changes["header"].lower()] == shown
        assert "authorization" not in sent.headers
    assert other.token == "k"


def test_name_is_sent_where_it_is_declared(bench: Bench) -> None:
    """Under the declared key; an empty one sends none."""
    bench.service.answers("/accounts", Answer(204))
    for name in ("full_name", ""):
        bench.person(name=name).sign_up()
    first, second = (json.loads(sent.body) for sent in bench.service.sent("/accounts"))
    assert first["full_name"] == "Anna"
    assert second.keys() == {"mail", "phrase"}
