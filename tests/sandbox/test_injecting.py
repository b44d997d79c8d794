"""A fault goes into a booted sandbox and out again: afterwards everything is as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxError
from sandbox.control import deployed
from sandbox.edge import fetch
from sandbox.faults.catalogue import Expectation, Fault, Injection, Patch
from sandbox.faults.conditions import Conditions
from sandbox.faults.injecting import Injector
from sandbox.running import system_of
from sandbox.state import SandboxRun

ORIGIN = "https://staging.fm5.test"
SCRIPT = "fm5-staging"
DATABASE = {"on": 'alter table "user" rename to "users"', "off": 'alter table "users" rename to "user"'}
SLOW = {"kind": "latency", "max_ms": 1}


def fault(**inject: object) -> Fault:
    """A fault that is put in so."""
    injection = Injection(**inject)  # type: ignore[arg-type]
    return Fault(Path("X01_test"), "X01", "symptom", "cause", Expectation("fail", check="a::b", words=("x",)), injection)


@pytest.fixture
def injector(sandbox: Sandbox) -> Iterator[Injector]:
    """The sandbox's faults; none is on at the end."""
    record = SandboxRun(Path(sandbox.connection.state)).record()
    assert record
    made = Injector(sandbox.connection, record["databases"], system_of(record))
    yield made
    made.off()


def release(sandbox: Sandbox, origin: str = ORIGIN) -> str:
    """What the health answer says about the deployment."""
    answer = fetch(sandbox.connection.connect, sandbox.connection.ca, f"{origin}/health").json()
    return f"{answer['version']} {answer['services']['database']}"


def sign_in(sandbox: Sandbox) -> int:
    """Status of signing in as nobody: it looks for the user."""
    body, headers = {"email": "nobody@fm5.test", "password": "a password"}, {"Origin": ORIGIN}
    address = f"{ORIGIN}/api/auth/sign-in/email"
    return fetch(sandbox.connection.connect, sandbox.connection.ca, address, method="POST", body=body, headers=headers).status


def test_fault_goes_in_and_out(sandbox: Sandbox, injector: Injector) -> None:
    """A patched source and bundle, a secret less, a changed table and a condition; then the two versions of before, in their order."""
    before = deployed(sandbox.connection, SCRIPT)[:2]
    wanted = fault(
        source=[Patch("version: c.env.RELEASE", "version: `patched ${c.env.RELEASE}`", "src/health.ts")],
        bundle=[Patch("`patched ${c.env.RELEASE}`", "`patched twice ${c.env.RELEASE}`")],
        secrets={"RESEND_API_KEY": False},
        database=DATABASE,
        conditions=[SLOW],
    )
    injector.on(wanted)
    assert injector.active == "X01"
    assert release(sandbox) == "patched twice 1.2.0 up"
    assert sign_in(sandbox) == 500
    assert [condition["kind"] for condition in Conditions(sandbox.connection).active()] == ["latency"]
    with pytest.raises(SandboxError, match="fault X01 is on: switch it off first"):
        injector.on(wanted)

    injector.off()
    assert injector.active == ""
    assert release(sandbox) == "1.1.0 up"
    assert sign_in(sandbox) == 401
    assert deployed(sandbox.connection, SCRIPT)[:2] == before
    assert Conditions(sandbox.connection).active() == []
    assert not (Path(sandbox.connection.state) / "faults").exists()


@pytest.mark.nightly
def test_fault_of_production_leaves_staging_alone(sandbox: Sandbox, injector: Injector) -> None:
    """Put into production's Worker with production's configuration and secrets, and into its database."""
    before = deployed(sandbox.connection, "fm5")[:2]
    comment = "comment on table \"user\" is 'a fault'"
    wanted = fault(
        source=[Patch("version: c.env.RELEASE", "version: `${c.env.BASE_URL} ${c.env.RELEASE}`", "src/health.ts")],
        database={"on": comment, "off": comment},
    )
    injector.on(replace(wanted, environment="local-production"))
    assert release(sandbox, "https://fm5.test") == "https://fm5.test 1.2.0 up"
    assert release(sandbox) == "1.1.0 up"
    injector.off()
    assert release(sandbox, "https://fm5.test") == "1.1.0 up"
    assert deployed(sandbox.connection, "fm5")[:2] == before


def test_fault_that_cannot_go_in_leaves_nothing(sandbox: Sandbox, injector: Injector) -> None:
    """The deployment is refused, the statement fails, the condition is unknown: what had been done before is undone."""
    before = deployed(sandbox.connection, SCRIPT)[:2]
    broken = fault(database=DATABASE, conditions=[{"kind": "rain"}])
    with pytest.raises(SandboxError, match="kind must be one of"):
        injector.on(broken)
    assert (injector.active, sign_in(sandbox)) == ("", 401)
    nothing = fault(source=[Patch("not in there", "x", "src/health.ts")])
    with pytest.raises(SandboxError, match="the patch finds nothing to change"):
        injector.on(nothing)
    refused = replace(nothing, inject=Injection(configuration={"compatibility_date": "2099-01-01"}))
    with pytest.raises(SandboxError, match="wrangler deploy of X01_test failed"):
        injector.on(refused)
    assert deployed(sandbox.connection, SCRIPT)[:2] == before
