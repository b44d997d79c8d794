"""The standing account of a Worker: signs up through the edge and confirms through the mailed link, as a person would."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.credentials import Credentials
from sandbox.edge import Answer, fetch
from sandbox.errors import SandboxError
from sandbox.system import MAIL_API, Standing


def create(connect: str, ca: str, credentials: Credentials, origin: str, standing: Standing, within: float = 15.0) -> None:
    """Creates the account at `origin`. Raises SandboxError naming the step that the Worker did not take."""
    email = credentials.standing_email
    answer = fetch(
        connect,
        ca,
        f"{origin}{standing.base}/sign-up/email",
        method="POST",
        headers={"Origin": origin},
        body={"name": "Standing Account", "email": email, "password": credentials.standing_password, "callbackURL": standing.landing},
    )
    if answer.status != 200:
        raise SandboxError(f"the standing account could not sign up at {origin}: status {answer.status} {code(answer)}".rstrip())
    link = confirmation_link(lambda path: mailbox(connect, ca, path, credentials.mail_full), origin, email, within)
    answer = fetch(connect, ca, link)
    target = answer.headers.get("location", "")
    refused = parse_qs(urlsplit(target).query).get("error")
    if answer.status not in (302, 303) or refused:
        raise SandboxError(f"the standing account could not be confirmed: status {answer.status} {refused or ''}".rstrip())


def code(answer: Answer) -> str:
    """The error code of a JSON answer, if it has one."""
    try:
        return str(answer.json().get("code", ""))
    except (ValueError, AttributeError):
        return ""


def mailbox(connect: str, ca: str, path: str, key: str) -> Any:
    """Asks the mail provider. Raises SandboxError on anything but 200."""
    answer = fetch(connect, ca, f"https://{MAIL_API}{path}", headers={"Authorization": f"Bearer {key}"})
    if answer.status != 200:
        raise SandboxError(f"the mail sandbox answered status {answer.status} to GET {path}")
    return answer.json()


def confirmation_link(ask: Callable[[str], Any], origin: str, email: str, within: float) -> str:
    """Waits for the mail to `email` and returns the link in it."""
    link = re.compile(rf"{re.escape(origin)}/[^\s\"'<>]*verify-email[^\s\"'<>]*")
    until = time.monotonic() + within
    while True:
        for entry in ask("/emails")["data"]:
            if email in entry["to"]:
                found = link.search(html.unescape(ask(f"/emails/{entry['id']}")["html"]))
                if found:
                    return found.group()
        if time.monotonic() > until:
            raise SandboxError(f"no confirmation mail for the standing account arrived within {within:.0f} s")
        time.sleep(0.15)
