"""What must hold for the verdict of any ledger, not only for those somebody thought of."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reports.ledger import read
from reports.manifest import check_id
from reports.policy import Policy
from reports.reasons import Kind, Weight
from reports.records import (
    CollectionError,
    Deselected,
    Finish,
    Leak,
    Outcome,
    Phase,
    PhaseEnded,
    ProbeRetry,
    Record,
    Residue,
    StepEnded,
    TroubleMet,
    VersionObserved,
    WorkerLost,
    parse,
)
from reports.verdict import conclude, conclude_shards
from tests.reports.ledgers import MANIFEST, NODES, POLICY, collected, healthy, judged, result, sealed, stamped

nodes = st.sampled_from(NODES)
texts = st.sampled_from(["", "-> 500", "connection refused", "ümläut | pipe <b>"])
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    ["passed", "failed", "skipped", "errored", "not_reached", "not_applicable", "inconclusive"]
)
phases: st.SearchStrategy[Phase] = st.sampled_from(["setup", "call", "teardown"])
steps = st.sampled_from(["", "member", "mail"])


@st.composite
def results(draw: st.DrawFn) -> PhaseEnded:
    """Any result of any check."""
    return result(draw(nodes), draw(outcomes), draw(texts), draw(phases), journey="joining", step=draw(steps))


# Everything that can be recorded about a run, good or bad, except the run itself and its end.
events: st.SearchStrategy[Record] = st.one_of(
    results(),
    nodes.map(collected),
    st.builds(
        VersionObserved,
        where=st.sampled_from(["before", "during", "after", "drill_start", "drill", "drill_end"]),
        ids=st.sampled_from([(), ("v1",), ("v2",), ("v1", "v2")]),
    ),
    st.builds(TroubleMet, what=st.sampled_from(["wall", "challenge", "no_network", "third_party", "unreachable"]), host=texts, text=texts),
    st.builds(WorkerLost, worker=st.just("gw0"), reason=texts),
    st.builds(CollectionError, path=st.just("suites/x.py"), reason=texts),
    st.builds(Leak, secret=st.just("TOKEN"), where=texts),
    st.builds(Deselected, nodes=st.lists(nodes).map(tuple), reason=texts),
    st.builds(Residue, what=st.just("account"), name=texts),
    st.builds(ProbeRetry, probe=texts, error=texts),
    st.builds(StepEnded, journey=st.just("joining"), step=steps, state=st.sampled_from(["done", "broken", "not_reached", "cancelled"])),
)
# Those after which a run is worse than before.
bad_events: st.SearchStrategy[Record] = st.one_of(
    st.builds(result, nodes, st.sampled_from(["failed", "skipped", "errored", "not_reached", "inconclusive"]), texts, phases),
    st.builds(TroubleMet, what=st.sampled_from(["wall", "challenge", "no_network", "third_party", "unreachable"]), host=texts, text=texts),
    st.builds(WorkerLost, worker=st.just("gw0"), reason=texts),
    st.builds(CollectionError, path=st.just("suites/x.py"), reason=texts),
    st.builds(Leak, secret=st.just("TOKEN"), where=texts),
    st.builds(ProbeRetry, probe=texts, error=texts, check=nodes.map(check_id)),
    st.builds(VersionObserved, where=st.sampled_from(["during", "after"]), ids=st.just(("v9",))),
    st.builds(Finish, of=st.just("drill"), exit_status=st.sampled_from([1, 2, 3]), interrupted=st.booleans()),
)


@st.composite
def runs(draw: st.DrawFn) -> list[Record]:
    """The records of a run: a healthy one, thinned out and with anything added to it."""
    selection = draw(st.sampled_from(["whole", "part"]))
    records = [r for r in healthy(selection=selection) if draw(st.integers(0, 9)) > 0]
    return [*records, *draw(st.lists(events, max_size=6))]


@given(records=runs(), spoiler=bad_events)
def test_bad_event_never_helps(records: list[Record], spoiler: Record) -> None:
    """Adding a bad event, sealed with the rest, never turns what is no pass into one, and never lifts a verdict."""
    before, after = judged(sealed(records)), judged(sealed([*records, spoiler]))
    assert not (before.kind != Kind.PASS and after.kind == Kind.PASS)
    assert not (before.kind == Kind.LEAK and after.kind != Kind.LEAK)


@given(records=runs(), spoiler=events)
def test_nothing_can_be_added_after_the_seal(records: list[Record], spoiler: Record) -> None:
    """A record that was not there when the run finished never makes a pass of a verdict that was none."""
    finished = sealed(records)
    before, after = judged(finished), judged([*finished, *stamped([spoiler])])
    assert after.kind != Kind.PASS
    assert before.kind != Kind.LEAK or after.kind == Kind.LEAK


@given(data=st.data(), records=runs())
def test_order_does_not_matter(data: st.DataObject, records: list[Record]) -> None:
    """Processes write side by side: the same records in another order are the same verdict, to the letter."""
    finished = sealed(records)
    shuffled = data.draw(st.permutations(finished))
    assert judged(shuffled).as_dict() == judged(finished).as_dict()


@given(data=st.data())
def test_lost_record_never_passes(data: st.DataObject) -> None:
    """A passing ledger from which any records were lost does not pass."""
    finished = sealed(healthy())
    assert judged(finished).kind == Kind.PASS
    kept = data.draw(st.lists(st.sampled_from(range(len(finished))), unique=True, max_size=len(finished) - 1))
    assert judged([finished[i] for i in kept]).kind != Kind.PASS


def test_no_truncation_passes(tmp_path: Path) -> None:
    """A passing ledger file that ends early, at any byte, does not pass."""
    path = tmp_path / "ledger.jsonl"
    data = "".join(record.model_dump_json() + "\n" for record in sealed(healthy())).encode()
    path.write_bytes(data)
    assert conclude(read(path).records, POLICY, MANIFEST, damage=read(path).damage).kind == Kind.PASS
    ends = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    # Around the end of every line, and every tenth byte in between.
    for length in sorted({end + i for end in ends for i in (-2, -1, 0)} | set(range(0, len(data), 10))):
        if length == len(data):
            continue
        path.write_bytes(data[:length])
        reading = read(path)
        assert conclude(reading.records, POLICY, MANIFEST, damage=reading.damage).kind != Kind.PASS, f"passes at {length} bytes"


@given(data=st.data())
def test_lost_leak_never_passes(data: st.DataObject) -> None:
    """A secret is found when everything else is written: a ledger that lost just that does not pass either."""
    leaked = [*(r for r in sealed(healthy()) if r.kind != "searched"), *stamped([Leak(secret="TOKEN", where="report.html")])]
    assert judged(leaked).kind == Kind.LEAK
    kept = data.draw(st.integers(0, len(leaked) - 1))
    assert judged(leaked[:kept]).kind != Kind.PASS


@given(records=runs())
def test_pass_means_that_all_required_checks_passed(records: list[Record]) -> None:
    """Whenever the verdict is a pass, every required check ran to its end, was collected, and nothing failed."""
    verdict = judged(sealed(records))
    if verdict.kind == Kind.PASS:
        counts = verdict.counts
        assert counts.required == counts.passed > 0
        assert (counts.failed, counts.unknown, counts.not_reached, verdict.reasons, verdict.observed) == (0, 0, 0, (), ())
        passed = {r.check for r in records if r.kind == "result" and r.outcome == "passed" and r.phase == "call"}
        assert check_id(NODES[0]) in passed or verdict.part


@given(records=runs())
def test_first_reason_decides(records: list[Record]) -> None:
    """The first reason is one of those that lead to the verdict, and a verdict that is no pass has one."""
    verdict = judged(sealed(records))
    assert (verdict.kind == Kind.PASS) == (not verdict.reasons)
    if verdict.reasons:
        assert verdict.reasons[0].weight.kind == verdict.kind
    assert all(r.weight == Weight.FAILED for r in verdict.observed)


@given(text=st.text(), number=st.floats(allow_nan=False, allow_infinity=False))
def test_seal_survives_the_file(text: str, number: float) -> None:
    """What is written and read again is the same record, so that the seal fits."""
    record = stamped([result(NODES[0], "failed", text, seconds=number)])[0]
    assert parse(record.model_dump_json()) == record
    assert parse(record.model_dump_json()).model_dump_json() == record.model_dump_json()


def test_nothing_at_all_is_no_pass() -> None:
    """No ledger is not the ledger of a run in which nothing went wrong."""
    verdict = conclude_shards([], POLICY, MANIFEST)
    assert (verdict.kind, [reason.kind for reason in verdict.reasons]) == (Kind.INCONCLUSIVE, ["empty"])


def test_tier_without_policy_never_passes() -> None:
    """A policy that does not know the tier demands nothing, which is no reason to pass."""
    policy = Policy(tiers={}, digest=POLICY.digest)
    verdict = conclude(sealed(healthy()), policy, MANIFEST)
    assert (verdict.kind, verdict.reasons[0].kind) == (Kind.INCONCLUSIVE, "policy")


def test_five_thousand_rows() -> None:
    """A ledger of five thousand rows is concluded over; the time it takes is printed, not asserted."""
    cases = [f"{NODES[1]}[{i}]" for i in range(2500)]
    records = [r for r in healthy() if getattr(r, "node", None) != NODES[1]]
    records += [collected(case) for case in cases] + [result(case) for case in cases]
    finished = sealed(records)
    started = time.perf_counter()
    verdict = judged(finished)
    sys.stdout.write(f"{len(finished)} records in {time.perf_counter() - started:.3f} s\n")
    assert verdict.kind == Kind.PASS
    assert verdict.counts.cases == len(cases) + 5


def test_time_grows_with_the_rows_and_no_faster() -> None:
    """Eight times the rows take about eight times as long: nothing in a verdict looks at every row for every other one."""

    def seconds(cases: int) -> float:
        nodes = [f"{NODES[1]}[{i}]" for i in range(cases)]
        records = [r for r in healthy() if getattr(r, "node", None) != NODES[1]]
        finished = sealed([*records, *map(collected, nodes), *map(result, nodes)])
        best = float("inf")
        for _ in range(5):
            started = time.process_time()
            assert judged(finished).kind == Kind.PASS
            best = min(best, time.process_time() - started)
        return best

    assert seconds(4000) < 3 * 8 * seconds(500), "a verdict over eight times the rows took more than 24 times as long"
