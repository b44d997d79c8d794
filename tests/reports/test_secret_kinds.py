"""A secret is known in its parts and in its forms; what could be a word, a name or an address is left alone."""

from __future__ import annotations

import base64
import io
import json
import secrets as tokens
import zipfile
from pathlib import Path

import pytest

from reports.families import parts
from reports.scan import scan, scan_bytes
from reports.scrub import scrub
from reports.secrets import Secrets
from tests.reports.secret_kinds import DECLARED, FORMS, HARMLESS, ODD, token

NAME = "GATE_SECRET"
BEGINS, ENDS = (f"-----{word} PRIVATE {'KEY'}-----" for word in ("BEGIN", "END"))


def known(value: str) -> Secrets:
    """A registry with this one declared."""
    secrets = Secrets()
    secrets.register(NAME, value)
    return secrets


@pytest.mark.parametrize("form", FORMS)
def test_form_of_a_secret_is_found_and_that_of_another_is_not(form: str) -> None:
    """F1, F3, F4, F5, F6: whoever encodes, escapes or splits it; the control is the same form of another value, and stays as it is."""
    value, other = (f"{token()[:10]}ä{token()[:8]}ß{token()[:6]}" if form in ODD else token() for _ in range(2))
    secrets = known(value)
    assert {hit.secret for hit in scan_bytes(FORMS[form](value), "page.html", secrets)} == {NAME}
    control = FORMS[form](other)
    assert scan_bytes(control, "page.html", secrets) == []
    assert secrets.redact_bytes(control) == control


@pytest.mark.parametrize("escape", ["\x1b", "\\u001b", "\\x1b"])
def test_end_of_a_terminals_link_escapes_nothing(escape: str) -> None:
    """F5: the letter behind it is the secret's own, also where with a backslash it would be the end of a line."""
    value = f"{token(12)}ndkbt51Mx7Pe"
    backslash = "\\" if escape == "\x1b" else "\\\\"
    shown = f"{value[:12]}{escape}]8;;https://acme.example{escape}{backslash}{value[12:]}"
    assert {hit.secret for hit in scan_bytes(shown.encode(), "page.html", known(value))} == {NAME}


@pytest.mark.parametrize("declared", DECLARED)
def test_part_of_a_declared_value_is_hidden(declared: str) -> None:
    """F2: a password in an address, in a document or behind `Basic` is a secret by itself."""
    value = token()
    secrets = known(DECLARED[declared](value))
    assert secrets.redact(f"no entry with {value}") == f"no entry with [hidden {NAME}]"
    assert scan_bytes(f"no entry with {token()}".encode(), "page.html", secrets) == []


@pytest.mark.parametrize("breaks", ["\n", "\\n"], ids=["lines", "written breaks"])
def test_lines_of_a_key_are_hidden_and_its_marks_are_not(breaks: str) -> None:
    """F2: each line between the marks, and all of them as one; another key has the same marks."""
    body = base64.b64encode(tokens.token_bytes(240)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    secrets = known(breaks.join((BEGINS, *lines, ENDS, "")))
    for shown in (*lines, body):
        assert secrets.redact(f"key {shown}") == f"key [hidden {NAME}]"
    assert secrets.redact(BEGINS) == BEGINS


def test_what_everybody_may_see_of_a_key_is_no_secret() -> None:
    """The public members of a JSON web key stand in the deployment's own key set."""
    private, modulus = token(43), token(300)
    secrets = known(json.dumps({"kty": "RSA", "kid": token(20), "n": modulus, "e": "AQAB", "d": private}))
    assert secrets.redact(f"{modulus} {private}") == f"{modulus} [hidden {NAME}]"


@pytest.mark.parametrize("value", HARMLESS)
def test_words_names_and_addresses_are_no_parts(value: str) -> None:
    """`postgres` stands in every report; as a part of something declared it would make each of them a leak."""
    said = "postgres password guest admin Welcome1 acme_prod_1 localhost acme-prod-123456 eu-central-1 none"
    secrets = known(value)
    assert (secrets.redact(said), scan_bytes(said.encode(), "page.html", secrets)) == (said, [])
    undeclared = Secrets()
    undeclared.learn_variables({"DATABASE_URL": value, "DB_PASS": "postgres", "REDIS_URL": value})
    assert (undeclared.redact(said), scan_bytes(said.encode(), "page.html", undeclared)) == (said, [])
    assert [part for part in parts(value) if part in said] == []


def test_variables_are_secret_by_name_or_by_the_password_in_an_address() -> None:
    """F7: declared or not, an assertion may show them all."""
    made = [token() for _ in range(7)]
    phrase = "mapleo-ottera-cobalti-ferrya"
    variables = {
        "DATABASE_URL": f"postgres://app:{made[0]}@db.acme.example/app",
        "REDIS_URL": f"rediss://:{made[1]}@cache.acme.example:6380",
        "DB_PASS": made[2],
        "SIGNING_PASSPHRASE": made[3],
        "STRIPE_SK": f"sk_live_{made[4]}",
        "API_SECRET": phrase,
        "SENTRY_DSN": f"https://{made[5].lower()}@o1.ingest.acme.example/2",
        "PIP_INDEX": f"https://reader:{made[6]}@packages.acme.example/simple",
    }
    harmless = {
        "COMPASS_URL": "https://compass.acme.example/north",
        "PASSENGERS": "four-hundred-and-twelve",
        "KEYBOARD": "de-latin1-nodeadkeys",
        "TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_post",
        "SECRET_STORE": "aws-secrets-manager-of-acme",
        "SSH_AUTH_SOCK": "/run/ssh/agent.12345",
    }
    secrets = Secrets()
    secrets.learn_variables({**variables, **harmless})
    for text in (*made[:5], phrase, made[5].lower(), made[6]):
        shown = f"sk_live_{text}" if text == made[4] else text
        assert text not in secrets.redact(f"is {shown}")
    for text in harmless.values():
        assert secrets.redact(text) == text


def test_what_a_deployment_hands_out_has_no_parts() -> None:
    """A cookie holds ids and names of people, which stand in every report."""
    secrets, person = Secrets(), tokens.token_hex(12)
    secrets.learn("cookie session", json.dumps({"access_token": token(), "user": {"ref": person}}))
    assert secrets.redact(f"user {person}") == f"user {person}"


def test_many_names_that_look_encoded_hide_none(tmp_path: Path) -> None:
    """They are decoded together: a secret among them is found all the same."""
    value = token()
    decoys = "\n".join(base64.b64encode(tokens.token_bytes(24)).decode() for _ in range(500))
    (tmp_path / "page.js").write_text(f"{decoys}\n{base64.b64encode(json.dumps({'k': value}).encode() + b' ' * 30).decode()}\n{decoys}")
    assert {hit.secret for hit in scan([tmp_path], known(value))} == {NAME}


def test_bytes_that_are_spelled_one_by_one_are_hidden_where_they_spell_a_secret(tmp_path: Path) -> None:
    """S3 answers a wrong signature so, with the key's id in it: that run has failed, and leaks nothing."""
    known, other = token(), token()
    secrets = Secrets()
    secrets.register("FM5_KEY_ID", known)
    answer = tmp_path / "answer.xml"
    answer.write_text(
        f"<StringToSignBytes>{f'GET {known}/x'.encode().hex(' ')}</StringToSignBytes> {other.encode().hex(' ')}", encoding="utf-8"
    )
    assert scan([answer], secrets)
    assert scrub(tmp_path, secrets) == 1
    assert not scan([answer], secrets)
    assert other.encode().hex(" ") in answer.read_text(encoding="utf-8")


def test_members_of_an_archive_are_no_archives_of_their_own() -> None:
    """In base64 a member begins as an archive does, at one place in three; from there on nothing could be opened."""
    secrets = Secrets()
    secrets.register("KEY", token())
    for size in range(1000, 1003):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("a.png", bytes(tokens.token_bytes(size)))
            archive.writestr("trace.trace", b"hello" * 50)
        assert scan_bytes(b'd("x.zip","' + base64.b64encode(data.getvalue()) + b'")', "report.html", secrets) == []
