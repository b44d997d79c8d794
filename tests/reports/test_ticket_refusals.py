"""Admission: each thing that can be wrong with a ticket is refused, by a reason of its own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import environments
from reports.reasons import Kind
from reports.records import Record, VersionObserved
from reports.team_rules import TeamRules
from reports.ticket import Live, Rejected, Rejection, annotation, canonical, envelope
from reports.ticket.derivation import Rows
from reports.ticket.statement import ArtifactFile, Target, subjects
from tests.house import ROOT
from tests.reports.ledgers import MAIL, MANIFEST, POLICY, SIGN_UP, ending, healthy, without
from tests.reports.tickets import (
    FILES,
    FINISHED,
    GATE,
    PLAIN,
    RULES,
    SIGNER,
    STARTED,
    STRANGER,
    VALID,
    Case,
    Plain,
    at,
    described,
    forged,
    honest,
    put,
    records,
    refused,
)

CASE = Case()
TARGET = f"{GATE}.target"
TEAM = TeamRules(name="rules.toml", folder=Path(), digest="0" * 64)
WAIVED = {"check": "a::b", "kind": "waiver", "of": "rules", "owner": "Ada", "reason": "later", "expires": "1969-12-31"}
# One Worker with gradual deployments: the version that was verified is itself put live.
VERSIONED = replace(CASE, promotion=replace(CASE.promotion, artifacts=(), version="v1"))


def targeted(path: str, value: object) -> Callable[[Plain], None]:
    """A change: another target, and subjects that follow it."""

    def mutate(plain: Plain) -> None:
        put(f"{TARGET}.{path}", value)(plain)
        target = Target.model_validate_json(canonical.dump(at(plain, TARGET)))
        plain["subject"] = [subject.model_dump(mode="json") for subject in subjects(target)]

    return mutate


def retarget(path: str, value: object) -> Case:
    """A statement about another target."""
    return CASE.says(targeted(path, value))


def promoting(**changes: Any) -> Case:
    """A promotion of something else than the ticket is about."""
    return replace(CASE, promotion=replace(CASE.promotion, **changes))


def environment(**changes: object) -> Case:
    """A promotion by another environment file."""
    return promoting(environment=CASE.promotion.environment.model_copy(update=changes))


def ruled(**changes: Any) -> Case:
    """A promoter with other rules than the run's."""
    return replace(CASE, rules=replace(RULES, **changes))


def live(*versions: str, message: str | None = None) -> Case:
    """A deployment that answers so."""
    return replace(CASE, live=lambda: Live(versions, None if message is None else described(message)))


def silent() -> Live:
    """A deployment that nobody reaches."""
    raise ConnectionError("staging.fm5.test refused the connection")


def over(some: tuple[Record, ...], *changes: Callable[[Plain], object], **more: Any) -> Case:
    """A ticket over other rows: what they say, with changes, signed with the right key."""
    case = replace(CASE, records=some, **more)
    plain = honest(case)
    for change in changes:
        change(plain)
    return replace(case, ticket=forged(plain))


def lie(plain: Plain) -> None:
    """Say that everything passed."""
    put(f"{GATE}.verdict", "pass")(plain)
    put("predicate.result", "PASSED")(plain)
    predicate = plain["predicate"]
    predicate["passedTests"] = sorted(predicate["passedTests"] + predicate["failedTests"])
    predicate["failedTests"] = []


def malleable(text: str) -> str:
    """The same bytes for most decoders, spelt otherwise: the last character before the padding has bits that do not count."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = text.rstrip("=")
    other = bare[:-1] + letters[letters.index(bare[-1]) ^ 1] + text[len(bare) :]
    assert base64.b64decode(other) == base64.b64decode(text)
    return other


def malleable_payload() -> Case:
    """A payload of a length that leaves such bits, rightly signed, in the other spelling."""
    padded = next(plain for n in range(3) if (plain := json.loads(forged({"n": "x" * n})))["payload"].endswith("="))
    return replace(CASE, ticket=canonical.dump(padded | {"payload": malleable(padded["payload"])}) + b"\n")


def passing(change: Callable[[list[str]], object]) -> Callable[[Plain], object]:
    """A change to the list of passed checks."""
    return lambda plain: change(plain["predicate"]["passedTests"])


def signature(change: Callable[[Plain], object]) -> Case:
    """An envelope whose one signature entry was changed."""
    return CASE.sends(lambda plain: change(plain["signatures"][0]))


PRODUCTION = environments.load("local-production", variables=None)
FAILED = records(ending(SIGN_UP, "failed", "-> 500"), 1)
LOST = records(without(healthy(), MAIL))
PART = records(selection="part")
UNDECLARED = records([r for r in healthy() if not isinstance(r, VersionObserved)], version_readable=False)
UNNAMED = records([r.model_copy(update={"ids": ("none",)}) if isinstance(r, VersionObserved) else r for r in healthy()])
LATE = records(started=STARTED - 4000)
TABLE: dict[str, tuple[Rejection, str, Case]] = {
    # the envelope
    "no JSON": (Rejection.ENVELOPE, "not JSON in its canonical form", replace(CASE, ticket=b"not a ticket\n")),
    "nothing": (Rejection.ENVELOPE, "not end with a line feed", replace(CASE, ticket=b" ")),
    "cut off": (Rejection.ENVELOPE, "not end with a line feed", replace(CASE, ticket=VALID[:-1])),
    "too big": (Rejection.ENVELOPE, "more than", replace(CASE, ticket=b" " * 5_000_000)),
    "nested without end": (Rejection.ENVELOPE, "canonical form", replace(CASE, ticket=b"[" * 200_000 + b"\n")),
    "indented": (Rejection.ENVELOPE, "canonical form", replace(CASE, ticket=json.dumps(json.loads(VALID), indent=1).encode() + b"\n")),
    "a key twice": (Rejection.ENVELOPE, "canonical form", replace(CASE, ticket=VALID.replace(b'{"payload"', b'{"payload":"","payload"'))),
    "one more member": (Rejection.ENVELOPE, "extra: Extra inputs", CASE.sends(put("extra", 1))),
    "one member less": (Rejection.ENVELOPE, "payloadType: Field required", CASE.sends(lambda p: p.pop("payloadType"))),
    "one more member in the signature": (Rejection.ENVELOPE, "signatures.0.cert", signature(lambda s: s.update(cert=""))),
    "another payload type": (Rejection.PAYLOAD_TYPE, "text/plain", CASE.sends(put("payloadType", "text/plain"))),
    "a malleable signature": (Rejection.ENCODING, "base64", signature(lambda s: s.update(sig=malleable(s["sig"])))),
    "a malleable payload": (Rejection.ENCODING, "base64", malleable_payload()),
    "URL-safe base64": (Rejection.ENCODING, "base64", signature(lambda s: s.update(sig="-_" + s["sig"][2:]))),
    # the keys
    "no signature": (Rejection.SIGNATURES, "0 signatures", CASE.sends(put("signatures", []))),
    "a second signature": (Rejection.SIGNATURES, "2 signatures", CASE.sends(lambda p: p["signatures"].append({"keyid": "x", "sig": ""}))),
    "the same signature twice": (Rejection.SIGNATURES, "2 signatures", CASE.sends(lambda p: p["signatures"].append(p["signatures"][0]))),
    "no key pinned": (Rejection.UNKNOWN_KEY, "not among those", replace(CASE, pinned=())),
    "another key pinned": (Rejection.UNKNOWN_KEY, "not among those", replace(CASE, pinned=(STRANGER,))),
    "a rogue signer": (Rejection.UNKNOWN_KEY, "not among those", replace(CASE, ticket=forged(PLAIN, STRANGER))),
    "a rogue signer under our name": (
        Rejection.BAD_SIGNATURE,
        "not that of the key",
        replace(CASE, ticket=forged(PLAIN, STRANGER).replace(STRANGER.public_key.keyid.encode(), SIGNER.public_key.keyid.encode())),
    ),
    "another payload": (Rejection.BAD_SIGNATURE, "over this payload", CASE.sends(put("payload", canonical.encode(b"{}")))),
    "a short signature": (Rejection.BAD_SIGNATURE, "not that of the key", CASE.sends(put("signatures.0.sig", ""))),
    # the statement
    "a payload with spaces": (
        Rejection.PAYLOAD,
        "canonical form",
        replace(CASE, ticket=envelope.seal(json.dumps(PLAIN).encode(), SIGNER)),
    ),
    "an unknown field": (Rejection.SCHEMA, "predicate.url", CASE.says(put("predicate.url", "https://ci.example"))),
    "a warning for a result": (Rejection.SCHEMA, "predicate.result", CASE.says(put("predicate.result", "WARNED"))),
    "a moment as a number": (Rejection.SCHEMA, "gate.started", CASE.says(put(f"{GATE}.started", 1000))),
    "a moment that never was": (Rejection.SCHEMA, "gate.started", CASE.says(put(f"{GATE}.started", "1970-02-30T00:00:00.000Z"))),
    "a number as text": (Rejection.SCHEMA, "gate.counts.passed", CASE.says(put(f"{GATE}.counts.passed", "4"))),
    "a field by its other name": (Rejection.SCHEMA, "predicate", CASE.says(lambda p: p.update(predicate_type=p.pop("predicateType")))),
    "a ticket of an earlier gonogo": (
        Rejection.SCHEMA,
        "with `worker` in the place of `service`: verify and sign again",
        CASE.says(lambda p: p["predicate"]["gate"]["target"].update(worker=p["predicate"]["gate"]["target"].pop("service"))),
    ),
    "a subject of another target": (Rejection.SUBJECT, "subjects", CASE.says(put("subject.0.digest.sha256", "0" * 64))),
    "one more subject": (Rejection.SUBJECT, "subjects", CASE.says(lambda p: p["subject"].append(p["subject"][0]))),
    # the target
    "another environment": (
        Rejection.ENVIRONMENT,
        "local-production",
        promoting(environment=PRODUCTION),
    ),
    "a ticket for another environment": (Rejection.ENVIRONMENT, "preview", retarget("environment", "preview")),
    "another origin": (Rejection.ORIGIN, "https://pr-7.fm5.test", environment(origin="https://pr-7.fm5.test")),
    "another tier": (Rejection.DECLARATION, "tier", environment(tier=environments.Tier.STAGING)),
    "a capability that the run did not know of": (Rejection.DECLARATION, "mail.delivery", retarget("capabilities", ["health"])),
    "another Worker": (Rejection.PLATFORM, "fm5-twin", retarget("service", "fm5-twin")),
    "another platform": (Rejection.PLATFORM, "vercel/fm5-staging", retarget("platform", "vercel")),
    "a version by a ticket for an artifact": (Rejection.PROMOTED, "one of the version", promoting(version="v1", artifacts=())),
    "an artifact by a ticket for a version": (
        Rejection.PROMOTED,
        "one of the artifact",
        replace(VERSIONED, promotion=CASE.promotion, ticket=VERSIONED.issue()),
    ),
    "another version by a ticket for one": (
        Rejection.PROMOTED,
        "version v1, this promotion is one of v2",
        replace(VERSIONED, promotion=replace(VERSIONED.promotion, version="v2"), ticket=VERSIONED.issue(), live=lambda: Live(("v2",))),
    ),
    "another wrangler_env": (Rejection.DECLARATION, "wrangler_env 'dev', local's file says None", retarget("wranglerEnv", "dev")),
    "another destination": (
        Rejection.PROMOTED,
        "leads to no environment that is named, this promotion to local-production (cloudflare/fm5",
        promoting(to=PRODUCTION),
    ),
    "what is new, left out": (Rejection.STATEMENT, "target.new", promoting(new=("FILES",))),
    "nothing at all": (Rejection.PROMOTED, "neither an artifact nor a version", promoting(artifacts=())),
    "another commit": (Rejection.COMMIT, "d" * 40, promoting(commit="d" * 40)),
    "another repository": (Rejection.REPOSITORY, "no repository", promoting(repository="https://git.example/fork")),
    "another artifact": (
        Rejection.ARTIFACT,
        "worker.js is not the file",
        promoting(artifacts=(ArtifactFile(name="worker.js", sha256="b" * 64),)),
    ),
    "one more file": (
        Rejection.ARTIFACT,
        "holds x.wasm",
        promoting(artifacts=(*FILES, ArtifactFile(name="x.wasm", sha256="b" * 64))),
    ),
    # what is live
    "nothing answers": (Rejection.LIVE_UNREADABLE, "refused the connection", replace(CASE, live=silent)),
    "no version is named": (Rejection.LIVE_UNREADABLE, "no live answer", live()),
    "the version changed": (Rejection.LIVE_VERSION, "version v2 is live", live("v2", "v2")),
    "a ticket for another version": (Rejection.LIVE_VERSION, "the ticket is for v0", retarget("versions", ["v0"])),
    "one more version": (Rejection.LIVE_MIXED, "'v1', 'v2'", live("v1", "v2", "v1")),
    "an answer without a version among others": (Rejection.LIVE_MIXED, "'', 'v1'", live("v1", "")),
    "a version of another artifact": (Rejection.LIVE_ARTIFACT, "another artifact", live("v1", message="artifact sha256:" + "b" * 64)),
    "a version of no known artifact": (Rejection.LIVE_ARTIFACT, "upload it with", live("v1", message="first try")),
    "another version of the platform's": (
        Rejection.LIVE_ARTIFACT,
        "asked about version v2",
        replace(CASE, live=lambda: Live(("v1",), described(annotation(FILES), version="v2"))),
    ),
    # the time
    "ended before it began": (Rejection.TIME_ORDER, "before it began", CASE.says(put(f"{GATE}.started", "1970-01-01T00:19:00.000Z"))),
    "from the future": (Rejection.FUTURE, "set the clocks", replace(CASE, now=FINISHED - 61)),
    "thirty days to live": (Rejection.LIFETIME, "30 minutes", CASE.says(put(f"{GATE}.expires", "1970-01-31T00:00:00.000Z"))),
    "a second more to live": (Rejection.LIFETIME, "30 minutes", CASE.says(put(f"{GATE}.expires", "1970-01-01T00:48:21.000Z"))),
    "expired": (Rejection.EXPIRED, "verify again", replace(CASE, now=FINISHED + 1800)),
    "a very early start": (Rejection.TOO_LONG, "the policy allows 1800 s", over(LATE)),
    # the rules
    "older suites": (Rejection.SUITE, "this checkout is at", ruled(suite="6" * 40)),
    "suites with changes": (Rejection.SUITE, "no unchanged commit", ruled(suite="5" * 40 + "-dirty")),
    "suites of nobody knows when": (Rejection.SUITE, "no unchanged commit", ruled(suite="unknown")),
    "a weaker policy": (Rejection.POLICY, "the policy", CASE.says(put("predicate.configuration.1.digest.sha256", "0" * 64))),
    "a newer policy": (Rejection.POLICY, "the policy", ruled(policy=POLICY.model_copy(update={"digest": "0" * 64}))),
    "another manifest": (Rejection.MANIFEST, "the manifest", ruled(manifest=replace(MANIFEST, digest="0" * 64))),
    "other dependencies": (Rejection.LOCKFILE, "the lockfile", ruled(lockfile="2" * 64)),
    "rules of a team that it was not made under": (Rejection.RULES, "leave --rules out", ruled(policy=POLICY.under(TEAM))),
    "a word about rules of a team": (
        Rejection.RULES,
        "none were given",
        CASE.says(lambda plain: plain["predicate"]["configuration"].append({"name": "rules", "digest": {"sha256": "0" * 64}})),
    ),
    "a waiver that nobody wrote": (Rejection.STATEMENT, "applied", CASE.says(put(f"{GATE}.applied", [WAIVED | {"expires": "2100-01-01"}]))),
    "a waiver that is over": (Rejection.RULES, "ended on 1969-12-31", CASE.says(put(f"{GATE}.applied", [WAIVED]))),
    "no rules at all": (Rejection.SUITE, "'unknown'", CASE.says(put("predicate.configuration", []))),
    # the run
    "another run": (Rejection.NONCE, "waited for run-2", replace(CASE, nonce="run-2")),
    "a ticket of another run": (Rejection.NONCE, "for the run run-0", CASE.says(put(f"{GATE}.nonce", "run-0"))),
    "swapped results": (Rejection.RESULTS, "the same run", replace(CASE, records=records(healthy()[:-1]))),
    "rows in another order": (Rejection.RESULTS, "the same run", replace(CASE, records=(*CASE.records[1::-1], *CASE.records[2:]))),
    # the verdict
    "a lie over a failure": (Rejection.VERDICT, "says pass, the rows of the run say fail", over(FAILED, lie)),
    "a lie over something unknown": (Rejection.VERDICT, "the rows of the run say inconclusive", over(LOST, lie)),
    "a lie over a damaged ledger": (Rejection.VERDICT, "line 3", over(records(), lie, damage=("line 3 of the ledger is not a record",))),
    "a lie over no required row": (
        Rejection.VERDICT,
        "inconclusive",
        over(records([healthy()[0], *(r for r in healthy()[1:] if r.kind in ("version", "cost", "timings"))]), lie),
    ),
    "a failure, honestly": (Rejection.NOT_PASSED, "it says fail, FAILED, 1 required", over(FAILED)),
    "something unknown, honestly": (Rejection.NOT_PASSED, "it says inconclusive, FAILED, 1 required", over(LOST)),
    "a pass with a failed test": (Rejection.NOT_PASSED, "1 required", CASE.says(put("predicate.failedTests", ["auth.a::b"]))),
    "a pass that FAILED": (Rejection.NOT_PASSED, "pass, FAILED", CASE.says(put("predicate.result", "FAILED"))),
    "a part": (Rejection.PART, "without -k, -m", over(PART, lie)),
    "a version that is declared nowhere": (Rejection.VERSION, "add [version]", over(UNDECLARED, targeted("versions", ["v1"]))),
    "a version that no answer named": (Rejection.VERSION, "could not be read (none", over(UNNAMED, live=lambda: Live(("none",)))),
    "a required check missing": (
        Rejection.REQUIRED,
        "auth.sign_up::confirmation_is_mailed",
        CASE.says(passing(lambda ids: ids.pop(0))),
    ),
    # whatever else
    "one more passed check": (
        Rejection.STATEMENT,
        "predicate.passedTests",
        CASE.says(passing(lambda ids: ids.append("auth.a::b"))),
    ),
    "other counts": (Rejection.STATEMENT, "predicate.gate.counts.passed", CASE.says(put(f"{GATE}.counts.passed", 5))),
    "an earlier start": (Rejection.STATEMENT, "predicate.gate.started", CASE.says(put(f"{GATE}.started", "1970-01-01T00:16:39.999Z"))),
    "another order of the rules": (Rejection.STATEMENT, "configuration.0", CASE.says(lambda p: p["predicate"]["configuration"].reverse())),
    "a clock that breaks": (Rejection.UNEXPECTED, "OverflowError", replace(CASE, now=1e300)),
}


@pytest.mark.parametrize("name", TABLE)
def test_ticket_is_refused(name: str) -> None:
    """Exactly one reason, and a sentence that names what is wrong."""
    reason, words, case = TABLE[name]
    with pytest.raises(Rejected) as caught:
        case.admit()
    assert (caught.value.reason, words in caught.value.text) == (reason, True), caught.value
    assert "\n" not in str(caught.value)


def test_every_ground_is_tried() -> None:
    """No reason is there that nothing leads to."""
    ahead = {Rejection.LEDGER}  # the command looks for it, ahead of the ticket
    assert {reason for reason, _, _ in TABLE.values()} == set(Rejection) - ahead


def test_every_ground_is_documented() -> None:
    """The page lists the reasons, all of them, in the order in which they are looked for."""
    page = (ROOT / "docs" / "ticket.md").read_text(encoding="utf-8").partition("## Refusals")[2].partition("\n## ")[0]
    assert [name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`([a-z-]+)`", row)] == list(Rejection)


def test_right_ticket_is_admitted() -> None:
    """What all the others differ from is admitted, also by one key of several, and to the last moment."""
    assert CASE.admit().target.versions == ("v1",)
    for case in (
        replace(CASE, pinned=(STRANGER, SIGNER)),
        replace(CASE, now=FINISHED - 60),
        replace(CASE, now=FINISHED + 1799),
        replace(VERSIONED, ticket=VERSIONED.issue()),
        replace(VERSIONED, ticket=VERSIONED.issue(), live=lambda: Live(("v1",), described(""))),
        live("v1", message=f"release 7, artifact sha256:{'a' * 64}"),
    ):
        assert refused(case.admit) is None


def test_nothing_is_asked_for_a_ticket_that_nobody_of_ours_signed() -> None:
    """The deployment is only asked once the signature is known to be good."""
    asked: list[bool] = []

    def ask() -> Live:
        asked.append(True)
        return Live(("v1",))

    assert refused(replace(CASE, live=ask, ticket=forged(PLAIN, STRANGER)).admit)
    assert not asked
    replace(CASE, live=ask).admit()
    assert asked


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.PASS])
def test_no_other_word_than_pass_opens_the_way(kind: Kind) -> None:
    """Whatever else a statement says, it is refused."""
    assert refused(CASE.says(put(f"{GATE}.verdict", kind.value)).admit)


def test_rows_count_by_themselves() -> None:
    """The list of required checks is derived apart from the verdict's own counts, and agrees with them."""
    for some in (records(), FAILED, LOST):
        rows = Rows(replace(CASE, records=some).reading, RULES)
        counts = rows.verdict.counts
        assert (len(rows.ended.passed), len(rows.ended.passed) + len(rows.ended.failed)) == (counts.passed, counts.required)
