"""The inbox alone: what its file of variables says works, with the programs that apps send mail with, and nothing of it is left."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from base.places import PROJECT
from tests.apps.around import Around
from tests.apps.inbox import inbox

COMMAND = [sys.executable, "-m", "gonogo", "sandbox", "mail"]


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    """An inbox as an app's team starts it."""
    with inbox(tmp_path_factory.mktemp("inbox")) as found:
        yield found


def _listed(around: Around) -> list[dict[str, object]]:
    key = around.run["GONOGO_MAIL_KEY"]
    found = httpx.get(f"{around.file['mail']}/emails", headers={"authorization": f"Bearer {key}"}, trust_env=False).json()
    return list(found["data"])


def test_what_python_sends_by_smtp_is_read_by_the_api(around: Around) -> None:
    """With a login and without: many frameworks insist on one."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Acme <hello@acme.example>", "ada+by-smtp@acme.example", "Grüße"
    mail.set_content("Ihr Code: 123456\n")
    mail.add_alternative("<p>Ihr Code: <b>123456</b></p>", subtype="html")
    for login in (False, True):
        with smtplib.SMTP(around.app["SMTP_HOST"], int(around.app["SMTP_PORT"])) as smtp:
            if login:
                smtp.login("anybody", "anything")
            smtp.send_message(mail)
    got = [each for each in _listed(around) if each["to"] == ["ada+by-smtp@acme.example"]]
    assert [(each["from"], each["subject"]) for each in got] == [("Acme <hello@acme.example>", "Grüße")] * 2


def test_what_is_sent_by_the_api_lies_beside_it(around: Around) -> None:
    """From any domain: no account is modelled. The app's key sends, and cannot read."""
    sending = {"authorization": f"Bearer {around.app['RESEND_API_KEY']}"}
    body = {"from": "a@any.example", "to": "ada+by-api@acme.example", "subject": "s", "text": "t"}
    sent = httpx.post(f"{around.app['RESEND_BASE_URL']}/emails", json=body, headers=sending, trust_env=False)
    assert sent.status_code == 200, sent.text
    assert [each["id"] for each in _listed(around) if each["to"] == ["ada+by-api@acme.example"]] == [sent.json()["id"]]
    assert httpx.get(f"{around.app['RESEND_BASE_URL']}/emails", headers=sending, trust_env=False).status_code == 401


def test_it_ends_with_whoever_started_it_and_leaves_nothing(tmp_path: Path) -> None:
    """Neither the file of variables nor a folder of the state, and the ports are free."""
    variables, state = tmp_path / "mail.env", tmp_path / "state"
    environment = {**os.environ, "GONOGO_STATE": str(state)}
    process = subprocess.Popen(
        [*COMMAND, "--with-parent", f"--variables={variables}"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    first = process.stdout.readline()
    assert first.startswith("inbox "), first
    assert variables.stat().st_mode & 0o777 == 0o600
    told = dict(line.split("=", 1) for line in variables.read_text(encoding="utf-8").splitlines()[1:])
    process.stdin.close()
    with process.stdout:
        rest = process.stdout.read()
    assert process.wait(20) == 0
    assert str(variables) in rest
    assert not any(told[name] in first + rest for name in ("RESEND_API_KEY", "GONOGO_MAIL_KEY"))
    assert not variables.exists()
    assert list((state / "runs").iterdir()) == []
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", int(told["SMTP_PORT"]))) != 0


def test_a_file_of_somebody_is_not_replaced(tmp_path: Path) -> None:
    """It may be the app's own."""
    theirs = tmp_path / ".env"
    theirs.write_text("DATABASE_URL=x\n", encoding="utf-8")
    environment = {**os.environ, "GONOGO_STATE": str(tmp_path / "state")}
    ended = subprocess.run([*COMMAND, f"--variables={theirs}"], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, theirs.read_text(encoding="utf-8")) == (1, "DATABASE_URL=x\n")
    assert "is somebody's file already" in ended.stderr
    assert list((tmp_path / "state" / "runs").iterdir()) == []


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    """People give fixed ports, and start it twice."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "GONOGO_STATE": str(tmp_path / "state")}
        command = [*COMMAND, f"--smtp-port={port}"]
        ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"port {port} is taken" in ended.stderr
