"""What is shown before the gate runs, where a fault might do nothing on a machine of one's own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping

from sandbox import Connection
from sandbox.edge import Answer, fetch
from sandbox.faults.catalogue import FaultError

MAIL_WITHIN = 8.0
"""s; a mail of the healthy app is there after a fraction of a second."""


def mail_is_lost(connection: Connection, origin: str) -> str:
    """Signs somebody up, and looks for the confirmation mail: it never comes."""

    def ask(address: str, **request: object) -> Answer:
        return fetch(connection.connect, connection.ca, address, **request)  # type: ignore[arg-type]

    address = f"delivered+proof-{secrets.token_hex(6)}@resend.dev"
    body = {"name": "Proof", "email": address, "password": secrets.token_urlsafe(16)}
    signed_up = ask(f"{origin}/api/auth/sign-up/email", method="POST", body=body, headers={"Origin": origin})
    if signed_up.status != 200:
        raise FaultError(f"signing up is answered with {signed_up.status}: this is another fault")
    time.sleep(MAIL_WITHIN)
    key = {"Authorization": f"Bearer {connection.variables['RESEND_API_KEY']}"}
    mails = ask("https://api.resend.com/emails?limit=100", headers=key).json()["data"]
    if any(address in mail["to"] for mail in mails):
        raise FaultError("the mail came all the same: the fault does nothing on this machine")
    return f"proved: somebody signed up, was told 200, and had no mail after {MAIL_WITHIN:.0f} s"


PROOFS: Mapping[str, Callable[[Connection, str], str]] = {"mail_is_lost": mail_is_lost}
"""Name of a proof -> what shows it at the faulty origin: returns a sentence, or raises FaultError when the fault is not there."""
