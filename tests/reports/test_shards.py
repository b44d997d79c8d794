"""Shards: several ledgers of one run are one verdict, and none of them can be missing, twice there, or another run's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.commands.conclusions import main
from reports.cases import mine
from reports.junit import junit
from reports.ledger import LedgerContents, read
from reports.manifest import check_id, render
from reports.reasons import Kind
from reports.records import AFTERWARDS, Elsewhere, Finish, Record, TimingsReported, VersionObserved, WorkerLost
from reports.ticket import Rejection
from reports.verdict import Verdict, conclude, conclude_shards, sharded
from tests.reports.ledgers import (
    DRILL,
    HEALTH,
    HINT,
    MAIL,
    MANIFEST,
    NODES,
    POLICY,
    ROWS,
    SIGN_UP,
    WEBHOOK,
    collected,
    healthy,
    kinds,
    result,
    run,
    sealed,
)
from tests.reports.test_verdict_properties import bad_events
from tests.reports.tickets import CAPABILITIES, ENVIRONMENT, FINISHED, PROMOTION, STARTED, SUITE, VALID, Case, refused

PLAYED = {1: (HEALTH, HINT, WEBHOOK), 2: (SIGN_UP, MAIL), 0: (DRILL,)}
"""What each shard plays; 0 are the drills."""


def shard(number: int, *, more: Sequence[Record] = (), played: Sequence[str] | None = None, **changes: object) -> LedgerContents:
    """The ledger of one of two shards: it saw all checks, and played its own."""
    mine = PLAYED.get(number, ()) if played is None else played
    kept = [r for r in healthy() if r.kind not in ("run", "collected", "result")]
    ends = [r for r in healthy() if r.kind == "result" and r.node in mine]
    passes = ("main",) if number else ("main", "drill")
    first = run(**{"shard": number, "shards": 2, "passes": passes, "drills": True} | changes)
    records: list[Record] = [first, *(collected(node) for node in NODES)]
    records += [Elsewhere(nodes=tuple(node for node in NODES if node not in mine)), *kept, *ends, *more]
    records += [] if number else [Finish(of="drill", exit_status=0)]
    if "run" in changes:
        records = [r.model_copy(update={"run": changes["run"]}) for r in records]
    return finished(records)


def finished(records: Sequence[Record], at: float = 1100.0) -> LedgerContents:
    """A ledger of these records, sealed at a moment."""
    rows = sealed(records, 1 if any(getattr(r, "outcome", "") == "failed" for r in records) else 0)
    return LedgerContents(tuple(r.model_copy(update={"at": at}) if r.kind == "finish" and r.of == "main" else r for r in rows))


def unended(reading: LedgerContents) -> list[Record]:
    """Its records without what a ledger writes when the run is over."""
    return [r for r in reading.records if not (r.kind in AFTERWARDS or (r.kind == "finish" and r.of == "main"))]


def together(*readings: LedgerContents) -> Verdict:
    """The verdict over these ledgers."""
    return conclude_shards(readings, POLICY, MANIFEST)


ALL = (shard(1), shard(2), shard(0))


def test_all_shards_are_the_whole_run() -> None:
    """The same verdict, counts and version as of the run in one piece; what they cost adds up."""
    whole, verdict = conclude(sealed(healthy()), POLICY, MANIFEST), together(*ALL)
    assert (verdict.kind, verdict.reasons, verdict.part) == (Kind.PASS, (), False)
    assert verdict.counts == whole.counts
    assert (verdict.identity.ids, verdict.identity.state) == (whole.identity.ids, "unchanged")
    assert (verdict.cost.accounts, verdict.cost.mails) == (9, 6)


@given(order=st.permutations(ALL))
def test_order_of_the_ledgers_does_not_matter(order: list[LedgerContents]) -> None:
    """In whichever order they are given, it is the same verdict to the letter."""
    assert together(*order).as_dict() == together(*ALL).as_dict()


@pytest.mark.parametrize("number", [1, 2, 0])
def test_shard_alone_has_the_result_of_its_part(number: int) -> None:
    """The machine that ran it says how it went there; whoever judges misses the others."""
    reading = shard(number)
    own = conclude(reading.records, POLICY, MANIFEST, shard=True)
    assert (own.kind, own.part, own.arguments) == (Kind.PASS, True, f"--shard {number or 'drills'}/2")
    assert own.counts.required == len([node for node in PLAYED[number] if node not in (HINT, WEBHOOK)])
    assert set(kinds(conclude(reading.records, POLICY, MANIFEST))) == {"missing_shard", "missing"}


def test_files_of_a_shard_are_about_its_own_checks() -> None:
    """What the other machine plays is neither missing nor broken here."""
    reading = shard(1)
    own = conclude(reading.records, POLICY, MANIFEST, shard=True)
    text = junit(mine(reading.records), own)
    assert text.count("<testcase") == len(PLAYED[1]) + 1
    assert "<error" not in text
    assert len(mine(sealed(healthy()))) == len(sealed(healthy()))


SPOILT: dict[str, tuple[tuple[LedgerContents, ...], str, str]] = {
    "one is missing": (ALL[1:], "missing_shard", "shard 1 of 2 is missing"),
    "the drills are missing": (ALL[:2], "missing_shard", "the shard of the drills is missing"),
    "one is there twice": ((*ALL, shard(2)), "duplicate_shard", "shard 2 of 2 is there 2 times"),
    "one is of another run": ((*ALL[:2], shard(0, run="run-2")), "foreign_shard", "the run is run-2 there and run-1 in shard 1 of 2"),
    "one is of another number": ((shard(1), shard(2, shards=3), shard(0)), "foreign_shard", "the number of shards is 3"),
    "one is of other suites": ((shard(1), shard(2, suite_revision="b"), shard(0)), "foreign_shard", "the suites' revision is b"),
    "another environment's file": ((shard(1), shard(2, environment_digest="b"), shard(0)), "foreign_shard", "file is b"),
    "another origin": ((shard(1), shard(2, origin="https://b.test"), shard(0)), "foreign_shard", "the origin is https://b.test"),
    "another policy": ((shard(1), shard(2, policy="b"), shard(0)), "foreign_shard", "the policy is b"),
    "other checks from outside": ((shard(1), shard(2, checks=("a@b",)), shard(0)), "foreign_shard", "from outside is a@b"),
    "another depth": ((shard(1), shard(2, depth="nightly"), shard(0)), "foreign_shard", "the depth is nightly"),
    "another selection": ((shard(1), shard(2, selection="part"), shard(0)), "foreign_shard", "the selection is part"),
    "one that is not sharded": ((shard(1), shard(2), shard(0), shard(3, shards=0)), "foreign_shard", "the number of shards is 0"),
    "one that is not sharded in place of the first": (
        (shard(2), shard(0), shard(3, shards=0)),
        "foreign_shard",
        "an unsharded run is of another run: the number of shards is 0 there and 2 in shard 2 of 2",
    ),
    "one beyond the last": ((*ALL, shard(3)), "foreign_shard", "shard 3 is none of 2"),
    "an empty one": ((*ALL[:2], LedgerContents(())), "empty", "a ledger that does not say which shard it is: the ledger is empty"),
    "one that was killed": (
        (*ALL[:2], LedgerContents(tuple(unended(ALL[2])))),
        "unfinished",
        "the shard of the drills: the main pass never finished",
    ),
    "one that was killed while it was searched for secrets": (
        (*ALL[:2], LedgerContents(ALL[2].records[:-1])),
        "unsearched",
        "the shard of the drills: the search for secrets in what the run leaves never ended",
    ),
    "a damaged one": ((*ALL[:2], LedgerContents(ALL[2].records, ("line 3 is no record",))), "damaged", "line 3"),
    "a check that nobody played": ((shard(1), shard(2, played=(SIGN_UP,)), shard(0)), "missing", "collected, and has no result"),
    "a worker that was lost": ((shard(1), shard(2, more=[WorkerLost(worker="gw0", reason="x")]), shard(0)), "worker_lost", "gw0"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_set_is_inconclusive_and_named(name: str) -> None:
    """Whatever is wrong with one of them: no pass, no failure of the deployment, and the reason says which one."""
    readings, kind, words = SPOILT[name]
    verdict = together(*readings)
    assert verdict.kind == Kind.INCONCLUSIVE
    assert any(reason.kind == kind and words in reason.text for reason in verdict.reasons), [str(r) for r in verdict.reasons]


def test_part_without_drills_needs_no_shard_for_them() -> None:
    """What `-k` has left out of every shard is missed in none; a drill that was chosen is."""
    chosen = {"selection": "part", "arguments": "-k 'not rollback'"}

    def without_drill(number: int) -> LedgerContents:
        records = [r for r in shard(number, **chosen).records if getattr(r, "node", None) != DRILL and r.kind != "finish"]  # type: ignore[arg-type]
        return finished([r.model_copy(update={"nodes": tuple(set(r.nodes) - {DRILL})}) if r.kind == "elsewhere" else r for r in records])

    verdict = together(without_drill(1), without_drill(2))
    assert (verdict.kind, verdict.part) == (Kind.PASS, True), verdict.reasons
    assert "missing_shard" in kinds(together(shard(1, **chosen), shard(2, **chosen)))  # type: ignore[arg-type]


def versions(number: int, **ids: str) -> LedgerContents:
    """A shard that saw these versions before and after."""
    frame = [VersionObserved(where=where, ids=(seen,)) for where, seen in ids.items()]  # type: ignore[arg-type]
    kept = [r for r in shard(number).records if r.kind not in ("version", "finish")]
    finish = [] if number else [Finish(of="drill", exit_status=0)]
    return finished([*(r.model_copy(update={"at": 0.0}) for r in kept), *frame, *finish])


def test_shards_of_different_versions_are_tainted() -> None:
    """Somebody deployed between two shards: each saw one version, and together they verified none. It outweighs a failure."""
    verdict = together(shard(1), versions(2, before="v2", after="v2"), shard(0))
    assert (verdict.kind, verdict.identity.state) == (Kind.INCONCLUSIVE, "changed")
    assert any("the shards verified different versions (v1, v2)" in str(reason) for reason in verdict.reasons)


def test_shard_that_did_not_read_the_version_is_named() -> None:
    """What the others read says nothing about the moment at which this one ended."""
    verdict = together(shard(1), versions(2, before="v1"), shard(0))
    assert (verdict.kind, verdict.identity.state) == (Kind.INCONCLUSIVE, "unknown")
    assert "shard 2 of 2: the version was not read after the checks" in str(verdict.reasons[0])


def test_failure_in_one_shard_is_a_failure_of_the_run() -> None:
    """Also when another shard is missing: that never hides a failure. A foreign one does: what it saw is of something else."""
    failed = shard(2, more=[result(SIGN_UP, "failed", "-> 500")])
    assert together(shard(1), failed, shard(0)).kind == Kind.FAIL
    assert together(failed, shard(0)).kind == Kind.FAIL
    foreign = together(shard(1), shard(2, more=[result(SIGN_UP, "failed", "-> 500")], origin="https://b.test"), shard(0))
    assert foreign.kind == Kind.INCONCLUSIVE
    assert [reason.check for reason in foreign.observed] == [check_id(SIGN_UP)]


def test_limits_hold_for_the_sum_and_the_whole_length() -> None:
    """Every shard has accounts of its own: together they may be too many; and from the first start to the last end it may be too long."""
    most = POLICY.tiers["sandbox"].limits
    changed = most.model_copy(update={"accounts": 8})
    tier = POLICY.tiers["sandbox"].model_copy(update={"limits": changed})
    strict = POLICY.model_copy(update={"tiers": {**POLICY.tiers, "sandbox": tier}})
    verdict = conclude_shards(ALL, strict, MANIFEST)
    assert [str(reason) for reason in verdict.reasons] == ["the run took 9 accounts, the policy allows 8: find out what it repeats"]
    rest = unended(ALL[2])
    assert kinds(together(*ALL[:2], finished(rest, 1000.0 + most.run_seconds))) == []
    assert kinds(together(*ALL[:2], finished(rest, 1001.0 + most.run_seconds))) == ["too_long"]


def test_longest_figures_count() -> None:
    """Shards play beside each other."""
    slow = shard(2, more=[TimingsReported(wall=5.0, longest_chain=4.5, chain="uploading")])
    took = together(shard(1), slow, shard(0)).timings
    assert took is not None
    assert (took.longest_chain, took.chain) == (4.5, "uploading")


numbers = st.sampled_from([1, 2, 0])


@given(first=bad_events, then=bad_events, one=numbers, other=numbers)
def test_bad_event_in_any_shard_never_helps(first: Record, then: Record, one: int, other: int) -> None:
    """What is bad in one ledger is not mended by what is bad in another, and a leak stays one."""
    before = together(*(shard(n, more=[first] if n == one else []) for n in (1, 2, 0)))
    after = together(*(shard(n, more=[*([first] if n == one else []), *([then] if n == other else [])]) for n in (1, 2, 0)))
    assert before.kind == Kind.PASS or after.kind != Kind.PASS
    assert before.kind != Kind.LEAK or after.kind == Kind.LEAK


def lines(reading: LedgerContents) -> bytes:
    """A ledger's file."""
    return "".join(record.model_dump_json() + "\n" for record in reading.records).encode()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_truncation_of_any_shard_passes(tmp_path: Path, number: int) -> None:
    """The ledger of one shard that ends early, at the end of any line or around it, is no pass of the run."""
    files = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for file, reading in zip(files, ALL, strict=True):
        file.write_bytes(lines(reading))
    assert together(*map(read, files)).kind == Kind.PASS
    data = files[number].read_bytes()
    ends = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    for length in sorted({end + i for end in ends for i in (-2, -1, 0)} | set(range(0, len(data), 97))):
        if length < len(data):
            files[number].write_bytes(data[:length])
            assert together(*map(read, files)).kind == Kind.INCONCLUSIVE, f"concludes at {length} bytes"


def test_command_concludes_over_all_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m gonogo verdict LEDGER...` says one verdict over shards, in any order, and names what is missing."""
    manifest = tmp_path / "checks.toml"
    manifest.write_text(render(ROWS))
    paths = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for path, reading in zip(paths, ALL, strict=True):
        path.write_bytes(lines(reading))
    given = ["verdict", "--manifest", str(manifest)]
    assert main([*given, *map(str, reversed(paths))]) == 0
    assert capsys.readouterr().out.startswith("PASS  all 4 required checks hold\n")
    assert main([*given, *map(str, paths), "--out", str(tmp_path / "out")]) == 0
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["counts"]["passed"] == 4
    assert (tmp_path / "out" / "summary.md").read_text().startswith("## ✅ PASS all 4 required checks hold")
    assert (tmp_path / "out" / "junit.xml").read_text().count("<testcase") == len(NODES) + 1
    capsys.readouterr()
    assert main([*given, str(paths[0]), str(paths[2])]) == 3
    assert "INCONCLUSIVE  shard 2 of 2 is missing" in capsys.readouterr().out
    assert main([*given, str(paths[0])]) == 3
    capsys.readouterr()
    assert main([*given, *map(str, paths), "--out", str(tmp_path)]) == 4
    assert "0.jsonl, one of the ledgers: name a folder of its own" in capsys.readouterr().err
    assert all(path.is_file() for path in paths)
    assert sharded([read(paths[0])])
    assert not sharded([LedgerContents(tuple(sealed(healthy())))])


def ticketed(number: int, **changes: object) -> LedgerContents:
    """A shard of a run that may get a ticket."""
    declared: dict[str, Any] = {"capabilities": CAPABILITIES, "environment_digest": ENVIRONMENT.digest, "suite_revision": SUITE}
    ledger = shard(number, **(declared | {"started": STARTED} | changes))
    return finished(unended(ledger), FINISHED)


def test_ticket_is_signed_over_all_shards() -> None:
    """In whichever order they are given to sign and to admit it is the same ticket; without one of them there is none."""
    parts = [ticketed(number) for number in (1, 2, 0)]
    case = Case(readings=tuple(parts))
    ticket = case.issue()
    assert ticket != VALID
    admitted = Case(readings=tuple(reversed(parts)), ticket=ticket).admit()
    gate = admitted.predicate.gate
    assert (gate.counts.required, gate.counts.passed, gate.results.rows) == (4, 4, sum(len(part.records) for part in parts))
    assert PROMOTION.commit == gate.target.commit
    unissued: list[tuple[Callable[[], object], Rejection]] = [
        (Case(readings=tuple(parts[:2])).issue, Rejection.NOT_PASSED),
        (Case(readings=tuple(parts[1:]), ticket=ticket).admit, Rejection.RESULTS),
        (Case(readings=(ticketed(1), ticketed(2, depth="nightly"), ticketed(0))).issue, Rejection.NOT_PASSED),
    ]
    for act, reason in unissued:
        refusal = refused(act)
        assert refusal is not None
        assert refusal.reason == reason, refusal
