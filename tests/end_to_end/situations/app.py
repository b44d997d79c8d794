"""Situations that need a real app: FM5 in the sandbox that whole runs share, its staging Worker for one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import Connection
from sandbox.control import deploy, deployed
from sandbox.edge import fetch
from tests.end_to_end.command import Ended
from tests.end_to_end.situations.acme import Acme
from tests.end_to_end.situations.table import WITH_WORKERS, Situation

SCRIPT = "fm5-staging"
BROKEN: dict[str, str] = {}
"""The version with a wrong key, by the sandbox that has it."""
UPLOADS = "presigned_upload_arrives or deployment_says_that_it_is_healthy"
SECOND = """\
title = "FM5's other Worker, of which nothing is production"
tier = "sandbox"
origin = "https://fm5.test"
[sandbox]
worker = "fm5"
[version]
header = "x-version-id"
[limits]
addresses = [{addresses}]
[health]
path = "/health"
[mail.delivery]
key = "RESEND_API_KEY"
sender = "FM5 <hello@mail.fm5.test>"
confirmation = "Confirm your address"
reset = "Reset your password"
within_seconds = 15
[auth.email]
addresses = "delivered+{{label}}@resend.dev"
landing = "/verified"
reset_page = "/reset"
"""


def connection(acme: Acme) -> Connection:
    """The way to the sandbox."""
    assert acme.sandbox is not None
    return acme.sandbox.connection


def second(acme: Acme, part: str, *addresses: str) -> Ended:
    """A part of a run against the other Worker, with actors at these addresses of their own."""
    file = acme.folder / "second.toml"
    file.write_text(SECOND.format(addresses=", ".join(f'"{address}"' for address in addresses)), encoding="utf-8")
    return acme.verify("--sandbox", connection(acme).run, "-k", part, env=file, checks=False)


def staging(acme: Acme, part: str = UPLOADS) -> Ended:
    """A part of `pytest --env local` against the staging Worker."""
    return acme.verify("--sandbox", connection(acme).run, "-k", part, env="local", checks=False)


def live(acme: Acme) -> str:
    """The version that the platform serves as staging."""
    return deployed(connection(acme), SCRIPT)[0]


@contextmanager
def broken_storage(acme: Acme) -> Iterator[str]:
    """Staging with a key of the storage that is of no use. Yields the version before.

    Afterwards the two versions that were in charge are so again, in their order: what is deployed next has a healthy one before it.
    """
    way = connection(acme)
    run, in_charge = way.run, deployed(way, SCRIPT)[:2]
    try:
        if run in BROKEN:
            wrangler(acme, "rollback", BROKEN[run], "--yes")
        else:
            wrangler(acme, "secret", "put", "S3_SECRET_ACCESS_KEY", told=acme.secret())
            BROKEN[run] = live(acme)
        serves(acme, BROKEN[run])
        yield in_charge[0]
    finally:
        for version in reversed(in_charge):
            deploy(way, SCRIPT, version, "the storage is whole again")
        serves(acme, in_charge[0])


def serves(acme: Acme, version: str, within: float = 60) -> None:
    """Waits until staging answers with this version, and with no other any more."""
    way, until, seen = connection(acme), time.monotonic() + within, 0
    while seen < 5:
        assert time.monotonic() < until, f"version {version} is not served"
        answer = fetch(way.connect, way.ca, "https://staging.fm5.test/health")
        seen = seen + 1 if answer.headers["x-version-id"] == version else 0
        time.sleep(0.05)


def wrangler(acme: Acme, *words: str, told: str | None = None) -> None:
    """The real wrangler, for the staging Worker. It is given the platform's token, and nothing else."""
    run = connection(acme).run
    done = acme.command("sandbox", "wrangler", "--run", run, "--", *words, "--name", SCRIPT, told=told)
    assert done.returncode == 0, done.stdout + done.stderr


def storage_is_broken(acme: Acme) -> Ended:
    with broken_storage(acme):
        return staging(acme)


def uploads_failed(_: Acme, ended: Ended) -> None:
    """That is the failure, and the deployment's own word for it is that it is well."""
    assert list(ended.failures) == ["storage.round_trip::presigned_upload_arrives"], ended.said
    assert ended.states["health.health::deployment_says_that_it_is_healthy"] == "passed"


def rolled_back(acme: Acme) -> Ended:
    """Back to the version before with wrangler alone: no run, no key and no ticket of gonogo's is there."""
    with broken_storage(acme) as before:
        assert list(acme.folder.rglob("*ticket*")) == []
        wrangler(acme, "rollback", before, "--yes")
        serves(acme, before)
        ended = staging(acme)
        assert ended.verdict["identity"]["ids"] == [before], ended.said
        return ended


def names_what_is_left(acme: Acme, ended: Ended) -> None:
    """Every account that the run created is named: on the terminal, in the verdict, and in the ledger for whoever sweeps."""
    left = {record.name for record in ended.ledger if record.kind == "residue"}
    assert len(left) == ended.verdict["cost"]["accounts"] > 0, ended.said
    for name in left:
        assert [note for note in ended.verdict["notes"] if f"left behind: account {name}" in note], ended.verdict["notes"]
        assert f"left behind: account {name}" in ended.text, ended.said


def was_paced(_: Acme, ended: Ended) -> None:
    """It took as long as the deployment's limiter demands, no check failed, and nothing was refused."""
    timings = ended.verdict["timings"]
    assert timings["wall"] > timings["pacing_bound"] >= 10, ended.said
    assert ended.ended_as("failed") | ended.ended_as("inconclusive") == set(), ended.said


ROWS = (
    Situation(
        "G05b-storage-broken",
        "healthy, and nobody can upload",
        storage_is_broken,
        "fail",
        ("presigned_upload_arrives",),
        uploads_failed,
        app=True,
        alone=True,
    ),
    Situation("G09-rollback", "the emergency rollback", rolled_back, "pass", app=True, alone=True),
    Situation(
        "G10-left-behind",
        "accounts cannot be deleted",
        lambda acme: second(acme, "test_sign_up", *(f"127.0.0.{41 + acme.workers * 10 + n}" for n in range(6))),
        "pass",
        ("left behind: account", "the environment declares no account deletion"),
        names_what_is_left,
        app=True,
    ),
    Situation(
        "G12c-sign-ups",
        "the app's own limiter for sign-ups and sign-ins",
        lambda acme: second(acme, "test_sign_up or test_sessions or test_refusals", f"127.0.0.{91 + acme.workers}"),
        "pass",
        also=was_paced,
        workers=WITH_WORKERS,
        app=True,
    ),
)
