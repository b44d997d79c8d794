"""Issuing: only the pass of a whole run about one version that was read gets a ticket."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

import environments
from reports.manifest import check_id
from reports.records import Due, TroubleMet, VersionObserved
from reports.ticket import Promotion, Rejection, canonical
from reports.ticket.artifacts import annotation
from tests.reports.ledgers import DRILL, HEALTH, MAIL, SIGN_UP, ending, healthy, without
from tests.reports.tickets import CAPABILITIES, ENVIRONMENT, FINISHED, PLAIN, RULES, SIGNER, VALID, Case, described, records, refused

CASE = Case()


def versions(*ids: str) -> list[VersionObserved]:
    """What a run saw, before and after its checks."""
    return [VersionObserved(where="before", ids=ids), VersionObserved(where="after", ids=ids)]


UNISSUED: dict[str, tuple[Rejection, str, Case]] = {
    "a failure": (
        Rejection.NOT_PASSED,
        "the verdict is fail (auth.sign_up::",
        replace(CASE, records=records(ending(SIGN_UP, "failed", "-> 500"), 1)),
    ),
    "something unknown": (Rejection.NOT_PASSED, "the verdict is inconclusive", replace(CASE, records=records(without(healthy(), MAIL)))),
    "a drill that never ran": (Rejection.NOT_PASSED, "inconclusive", replace(CASE, records=records(without(healthy(), DRILL)))),
    "a wall": (Rejection.NOT_PASSED, "SSO", replace(CASE, records=records([*healthy(), TroubleMet(what="wall", host="x", text="SSO")]))),
    "a run that was killed": (Rejection.NOT_PASSED, "inconclusive", replace(CASE, records=CASE.records[:-1])),
    "a damaged ledger": (Rejection.NOT_PASSED, "line 3", replace(CASE, damage=("line 3 of the ledger is not a record",))),
    "nothing": (Rejection.NOT_PASSED, "the ledger is empty", replace(CASE, records=())),
    "a part": (Rejection.PART, "-k, -m", replace(CASE, records=records(selection="part"))),
    "an undeclared version": (
        Rejection.VERSION,
        "add [version]",
        replace(CASE, records=records([healthy()[0], *(r for r in healthy() if r.kind not in ("version", "run"))], version_readable=False)),
    ),
    "a version that no answer named": (
        Rejection.VERSION,
        "could not be read (none",
        replace(CASE, records=records([*(r for r in healthy() if r.kind != "version"), *versions("none")])),
    ),
    "another environment": (
        Rejection.ENVIRONMENT,
        "local-production",
        replace(CASE, promotion=replace(CASE.promotion, environment=environments.load("local-production", variables=None))),
    ),
    "another origin": (Rejection.ORIGIN, "pr-7", replace(CASE, records=records(origin="https://pr-7.fm5.test"))),
    "another tier": (Rejection.DECLARATION, "tier preview", replace(CASE, records=records(tier="preview"))),
    "fewer capabilities": (Rejection.DECLARATION, "version", replace(CASE, records=records(capabilities=CAPABILITIES[:-1]))),
    "another file of the environment": (
        Rejection.DECLARATION,
        "another file of local",
        replace(CASE, records=records(environment_digest="0" * 64)),
    ),
    "changed checks of another repository": (
        Rejection.SUITE,
        "the checks of 'checks' were at",
        replace(CASE, records=records([*healthy(), Due(of="checks", check=check_id(HEALTH))], checks=(f"checks@{'6' * 40}-dirty",))),
    ),
    "changed suites": (Rejection.SUITE, "no unchanged commit", replace(CASE, records=records(suite_revision="5" * 40 + "-dirty"))),
    "a tag of the suites": (Rejection.SUITE, "no unchanged commit", replace(CASE, records=records(suite_revision="v1.2"))),
    "other suites": (Rejection.SUITE, "use one revision", replace(CASE, records=records(suite_revision="6" * 40))),
    "an old run": (Rejection.EXPIRED, "verify again", replace(CASE, now=FINISHED + 1800)),
    "a run of tomorrow": (Rejection.FUTURE, "clocks", replace(CASE, now=FINISHED - 3600)),
    "a run of an hour": (Rejection.TOO_LONG, "the policy allows", replace(CASE, records=records(started=FINISHED - 3700))),
}


@pytest.mark.parametrize("name", UNISSUED)
def test_no_ticket_is_issued(name: str) -> None:
    """The refusal says what stands against it."""
    reason, words, case = UNISSUED[name]
    refusal = refused(case.issue)
    assert refusal
    assert (refusal.reason, words in refusal.text) == (reason, True), refusal


def test_ticket_binds_what_was_verified() -> None:
    """Each thing that the sheet of a ticket lists is in it, with its value."""
    gate = PLAIN["predicate"]["gate"]
    target = gate["target"]
    verdict = CASE.records[0]
    assert verdict.run == gate["nonce"]
    assert (target["environment"], target["origin"]) == ("local", ENVIRONMENT.origin)
    assert (target["platform"], target["service"], target["versions"]) == ("cloudflare", "fm5-staging", ["v1"])
    assert target["artifacts"] == [{"name": "worker.js", "sha256": "a" * 64}]
    named = {part["name"]: "".join(part["digest"].values()) for part in PLAIN["predicate"]["configuration"]}
    own = {"suite": RULES.suite, "policy": RULES.policy.digest, "manifest": RULES.manifest.digest, "lockfile": RULES.lockfile}
    assert named == own
    assert (gate["started"], gate["finished"], gate["expires"]) == (
        "1970-01-01T00:16:40.000Z",
        "1970-01-01T00:18:20.000Z",
        "1970-01-01T00:48:20.000Z",
    )
    assert [subject["name"] for subject in PLAIN["subject"]] == ["deployment:cloudflare/fm5-staging@local", "git", "artifact:worker.js"]


def test_same_run_gives_the_same_ticket() -> None:
    """There is nothing in a ticket that is not in the run: ed25519 has no random part either."""
    assert CASE.issue() == VALID


def test_annotation_is_held_against_the_artifact() -> None:
    """A version that says it was uploaded from something else gets no ticket; one that says nothing neither, once it was asked."""
    right = annotation(CASE.promotion.artifacts)
    assert CASE.issue(described(right)) == VALID
    assert CASE.issue(described("", tag=right)) == VALID
    for said, words in (
        (described("artifact sha256:" + "b" * 64), "another artifact"),
        (described(""), "upload it with the message `artifact sha256:aaa"),
        (described(right, tag="artifact sha256:" + "b" * 64), "does not say"),
        (described(right, version="v2"), "asked about version v2, the run verified v1"),
        (described(right, service="fm5"), "asked about the service cloudflare/fm5, the run verified cloudflare/fm5-staging"),
        (described(right, platform="vercel"), "asked about the service vercel/fm5-staging, the run verified cloudflare/fm5-staging"),
    ):
        refusal = refused(partial(CASE.issue, said))
        assert refusal
        assert refusal.reason is Rejection.LIVE_ARTIFACT
        assert words in refusal.text


def test_platform_is_what_the_environment_declares() -> None:
    """Without a declared platform it is the sandbox's Worker, or the host."""
    bare = ENVIRONMENT.model_copy(update={"deploy": None})
    assert Promotion(bare, "", ()).platform == ("sandbox", "fm5-staging")
    assert Promotion(bare, "", ()).asked == ("cloudflare", "fm5-staging"), "the sandbox is asked as the platform that it plays"
    assert Promotion(bare.model_copy(update={"sandbox": None}), "", ()).platform == ("host", "staging.fm5.test")


def test_envelope_is_plain_dsse() -> None:
    """Other tools can read it: the members, the payload type, and one signature over the pre-authentication encoding."""
    plain = json.loads(VALID)
    assert plain.keys() == {"payload", "payloadType", "signatures"}
    assert plain["payloadType"] == "application/vnd.in-toto+json"
    payload = canonical.decode(plain["payload"])
    encoded = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload)
    [signed] = plain["signatures"]
    assert signed["keyid"] == SIGNER.public_key.keyid
    assert SIGNER.sign(encoded).signature == canonical.decode(signed["sig"]).hex()
