"""Conditions in front of a booted sandbox: set from Python, seen at the edge and in the mails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from clients.wire.tls import shake_hands
from sandbox import Sandbox, SandboxError
from sandbox.edge import Answer, fetch
from sandbox.faults.conditions import Conditions

STAGING, PRODUCTION = "https://staging.fm5.test", "https://fm5.test"
SENDER = "FM5 <hello@mail.fm5.test>"


def ask(sandbox: Sandbox, address: str, **request: object) -> Answer:
    """One request to the sandbox's edge."""
    connection = sandbox.connection
    return fetch(connection.connect, connection.ca, address, **request)  # type: ignore[arg-type]


@pytest.fixture
def conditions(sandbox: Sandbox) -> Iterator[Conditions]:
    """The sandbox's conditions, cleared at the end."""
    with Conditions(sandbox.connection) as conditions:
        yield conditions


def test_a_wall_stands_in_front_of_the_named_host_only(sandbox: Sandbox, conditions: Conditions) -> None:
    active = conditions.put([{"kind": "sso_wall", "hosts": ["staging.fm5.test"]}])
    assert active == conditions.active() == [{"kind": "sso_wall", "hosts": ["staging.fm5.test"]}]
    assert ask(sandbox, f"{STAGING}/health").status == 401
    assert ask(sandbox, f"{PRODUCTION}/health").status == 200
    conditions.clear()
    assert ask(sandbox, f"{STAGING}/health").status == 200


def test_two_versions_answer_by_chance(sandbox: Sandbox, conditions: Conditions) -> None:
    conditions.put([{"kind": "mixed_versions"}])
    seen = {ask(sandbox, f"{STAGING}/health").headers["x-version-id"] for _ in range(40)}
    assert len(seen) == 2
    conditions.clear()
    assert len({ask(sandbox, f"{STAGING}/health").headers["x-version-id"] for _ in range(10)}) == 1


def test_mail_is_delayed(sandbox: Sandbox, conditions: Conditions) -> None:
    conditions.put([{"kind": "mail_delay", "seconds": 0.8}])
    headers = {"Authorization": f"Bearer {sandbox.connection.variables['RESEND_API_KEY']}"}
    body = {"from": SENDER, "to": "delivered@resend.dev", "subject": "Late", "text": "late"}
    sent = ask(sandbox, "https://api.resend.com/emails", method="POST", body=body, headers=headers).json()["id"]
    assert ask(sandbox, f"https://api.resend.com/emails/{sent}", headers=headers).status == 404
    time.sleep(0.9)
    assert ask(sandbox, f"https://api.resend.com/emails/{sent}", headers=headers).status == 200


def test_the_front_door_shows_another_certificate_and_speaks_outdated_tls(sandbox: Sandbox, conditions: Conditions) -> None:
    host, _, port = sandbox.connection.connect.partition(":")
    shake = partial(shake_hands, "staging.fm5.test", connect=(host, int(port)), ca=Path(sandbox.connection.ca))
    assert (shake().days_left or 0) > 7
    assert shake(only="TLSv1.1").refusal
    conditions.put([{"kind": "tls", "oldest": "TLSv1.1", "certificate": "ending"}])
    assert 0 < (shake().days_left or 0) < 7
    assert shake(only="TLSv1.1").version == "TLSv1.1"
    conditions.clear()
    assert (shake().days_left or 0) > 7
    assert shake(only="TLSv1.1").refusal


def test_a_bucket_is_open_to_everybody(sandbox: Sandbox, conditions: Conditions) -> None:
    address = "https://files.fm5.test/cdn-cgi/local/r2/s3/fm5-staging-files/nobody/has%20this.bin"
    assert ask(sandbox, address).status == 400
    conditions.put([{"kind": "public_bucket"}])
    assert ask(sandbox, address).status == 404  # looked for in the bucket
    conditions.clear()
    assert ask(sandbox, address).status == 400


def test_a_mistake_is_named_and_changes_nothing(conditions: Conditions) -> None:
    conditions.put([{"kind": "latency", "max_ms": 5}])
    with pytest.raises(SandboxError, match=r"condition 1 \(latency\): max_ms must be .*; condition 2 \(rain\): kind must be one of"):
        conditions.put([{"kind": "latency", "max_ms": -1}, {"kind": "rain"}])
    assert conditions.active() == [{"kind": "latency", "max_ms": 5}]
