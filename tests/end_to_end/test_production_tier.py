"""Tier production: only what is safe there runs, and it leaves the deployment as it found it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clients.mail.resend import Resend
from clients.storage.s3 import S3Objects
from clients.wire.wire import Wire
from reports.cases import gather
from sandbox import Sandbox, boot
from sandbox.installation import installed_binaries
from sandbox.state import SandboxRun
from tests.end_to_end.command import PROJECT, Ended, clean, verify

FILE = PROJECT / "environments" / "local-production.toml"
SOURCE = '[sandbox]\nworker = "fm5"\n'
SECRETS = ("FM5_STANDING_EMAIL", "FM5_STANDING_PASSWORD", "RESEND_API_KEY", "FM5_R2_ACCESS_KEY_ID", "FM5_R2_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class Holdings:
    """What production holds, asked behind gonogo's back: rows, keys and mails."""

    accounts: tuple[str, ...]
    objects: tuple[str, ...]
    mails: int


@dataclass(frozen=True)
class Verified:
    """A run, and what production held before and after it."""

    ended: Ended
    before: Holdings
    after: Holdings
    secrets: Mapping[str, str] = field(repr=False)


@pytest.fixture(scope="module", params=["held", pytest.param("booted", marks=pytest.mark.nightly)])
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run against production: the one that was watched, and `pytest --env local-production` as it stands."""
    if request.param == "held":
        verified: Verified = request.getfixturevalue("verified")
        return verified.ended
    return verify(tmp_path_factory.mktemp("production") / "out", "--env", "local-production")


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verified]:
    """The declaration for a sandbox that outlives the run, with the secrets in variables, as a deployment elsewhere has them.

    A sandbox of its own: what production holds is counted, and nobody else may have added to it.
    """
    folder = tmp_path_factory.mktemp("held")
    with boot() as sandbox:
        connection = sandbox.connection
        here = f'connect = "{connection.connect}"\nca = "{connection.ca}"\nhosts = ["files.fm5.test", "api.resend.com"]\n'
        text = FILE.read_text(encoding="utf-8")
        assert text.count(SOURCE) == 1
        file = folder / "production.toml"
        file.write_text(text.replace(SOURCE, here), encoding="utf-8")
        with bucket(sandbox) as objects:
            objects.put("somebody/else.txt", b"was here before", "text/plain")
        before = holdings(sandbox)
        run = verify(folder / "out", f"--env={file}", env=connection.variables)
        yield Verified(run, before, holdings(sandbox), connection.variables)


@contextmanager
def bucket(sandbox: Sandbox) -> Iterator[S3Objects]:
    """Production's bucket."""
    connection = sandbox.connection
    key, secret = (connection.variables[name] for name in ("FM5_R2_ACCESS_KEY_ID", "FM5_R2_SECRET_ACCESS_KEY"))
    wire = Wire(connect=connection.connect, ca=Path(connection.ca))
    try:
        with wire.client("https://files.fm5.test") as http:
            yield S3Objects(http, "https://files.fm5.test/cdn-cgi/local/r2/s3", "fm5-files", key, secret)
    finally:
        wire.close()


def holdings(sandbox: Sandbox) -> Holdings:
    """Asks the database, the bucket and the mail provider."""
    with bucket(sandbox) as objects:
        keys = tuple(sorted(stored.key for stored in objects.list()))
    return Holdings(accounts(sandbox), keys, mails(sandbox))


def accounts(sandbox: Sandbox) -> tuple[str, ...]:
    """Addresses of all users of production, with the moment of their last change."""
    record = SandboxRun(Path(sandbox.connection.state)).record()
    assert record
    url = urlsplit(record["databases"]["fm5"])
    argv = [installed_binaries().program("psql"), "-XAt", "-h", "127.0.0.1", "-p", str(url.port), "-U", url.username or "", "-d", "fm5"]
    query = 'select email, "updatedAt" from "user" order by email'
    env = clean(os.environ) | {"PGPASSWORD": url.password or ""}
    told = subprocess.run([*argv, "-c", query], env=env, capture_output=True, text=True, check=True, timeout=20)
    return tuple(told.stdout.splitlines())


def mails(sandbox: Sandbox) -> int:
    """How many mails were sent."""
    connection = sandbox.connection
    wire = Wire(connect=connection.connect, ca=Path(connection.ca))
    try:
        with wire.client("https://api.resend.com") as http:
            return len(Resend(http, connection.variables["RESEND_API_KEY"]).list(limit=100))
    finally:
        wire.close()


def test_production_passes(ended: Ended) -> None:
    """What may be asked of a production deployment is asked, and passes."""
    assert ended.status == 0, ended.said
    assert ended.verdict["kind"] == "pass"
    assert ended.verdict["tier"] == "production"
    assert not ended.verdict["part"]


def test_only_safe_checks_run(ended: Ended) -> None:
    """A check runs if and only if it is marked safe in production and its capabilities are declared; every other says why not."""
    (run,) = (record for record in ended.ledger if record.kind == "run")
    declared = set(run.capabilities)
    checks = gather(ended.ledger)
    fit = {
        name
        for name, check in checks.items()
        if all(record.safe_in_production and declared >= set(record.requires) for case in check.cases.values() for record in case.collected)
    }
    assert ended.ended_as("passed") == fit
    assert ended.ended_as("not_applicable") == checks.keys() - fit
    assert {"auth.sessions::standing_member_signs_in_and_out", "storage.round_trip::bytes_survive_a_round_trip"} <= fit
    assert {"auth.sign_up::visitor_becomes_a_member", "rollback.rollback::current_version_is_served_again"}.isdisjoint(fit)


def test_no_account_is_created(ended: Ended) -> None:
    """No account and no mail is on the bill."""
    assert (ended.verdict["cost"]["accounts"], ended.verdict["cost"]["mails"]) == (0, 0)


def test_no_residue(ended: Ended) -> None:
    """Everything that the run stored was removed: the ledger names nothing that stayed."""
    assert ended.verdict["cost"]["objects"] > 0
    assert [record for record in ended.ledger if record.kind == "residue"] == []


def test_production_holds_what_it_held(verified: Verified) -> None:
    """Database, bucket and mail provider say the same: no account was added or changed, no object is left, no mail was sent."""
    assert verified.ended.status == 0, verified.ended.said
    held = verified.before
    assert (len(held.accounts), held.objects, held.mails) == (1, ("somebody/else.txt",), 1), "the standing account, its mail, and our file"
    assert verified.after == verified.before


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_nowhere(verified: Verified, name: str) -> None:
    """The value of a secret variable, and be it an address, is in no file of the run and not on the terminal."""
    value = verified.secrets[name].encode()
    out = verified.ended.out
    holders = [str(path.relative_to(out)) for path in out.rglob("*") if path.is_file() and value in path.read_bytes()]
    assert holders + (["the terminal"] if value in verified.ended.text.encode() else []) == []
