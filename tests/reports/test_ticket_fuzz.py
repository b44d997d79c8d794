"""Fuzzing: no change to a valid ticket is admitted, nor one to its statement that is signed with the right key, nor one to its ledger."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.ledger import read
from reports.ticket import Rejection
from tests.reports.tickets import PLAIN, VALID, Case, forged, refused

CASE = Case()
BYTES = b"".join(record.model_dump_json().encode() + b"\n" for record in CASE.records)
SOME = 600
"""Bits that are tried with every change, others each time; at night it is all of them."""
Path_ = tuple[str | int, ...]
Change = tuple[str, Callable[[Any], object]]


def flipped(data: bytes, bit: int) -> bytes:
    """The bytes with one bit turned over."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def chosen(total: int, most: int) -> list[int]:
    """So many different numbers below a total, drawn from the system's source of randomness."""
    return secrets.SystemRandom().sample(range(total), min(most, total))


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["some", "every"])
def test_no_flipped_bit_is_admitted(every: bool) -> None:
    """Every bit of the envelope matters: each of them, turned over, is a refusal."""
    bits = range(len(VALID) * 8) if every else chosen(len(VALID) * 8, SOME)
    assert [bit for bit in bits if not refused(replace(CASE, ticket=flipped(VALID, bit)).admit)] == []


def test_no_cut_or_longer_envelope_is_admitted() -> None:
    """Nor one that ends early, or goes on, at whatever byte."""
    for length in range(1, len(VALID)):
        assert refused(replace(CASE, ticket=VALID[:length]).admit), length
    for more in (b"\n", b" ", b"\0", b"{}", VALID):
        assert refused(replace(CASE, ticket=VALID + more).admit), more
        assert refused(replace(CASE, ticket=more + VALID).admit), more


def test_no_flipped_bit_of_the_ledger_is_admitted(tmp_path: Path) -> None:
    """The rows are those that were signed: any bit of the ledger, turned over, is a refusal."""
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(BYTES)
    assert refused(replace(CASE, records=read(ledger).records).admit) is None
    for bit in chosen(len(BYTES) * 8, SOME):
        ledger.write_bytes(flipped(BYTES, bit))
        reading = read(ledger)
        assert refused(replace(CASE, records=reading.records, damage=reading.damage).admit), f"bit {bit}: {flipped(BYTES, bit)!r}"


def test_no_row_less_or_more_is_admitted() -> None:
    """Neither a missing row nor one that is there twice."""
    for index, record in enumerate(CASE.records):
        rows = list(CASE.records)
        assert refused(replace(CASE, records=(*rows[:index], *rows[index + 1 :])).admit), record
        assert refused(replace(CASE, records=(*rows[:index], record, *rows[index:])).admit), record


def values(plain: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every value of the statement with its path, the whole one first."""
    yield path, plain
    inner = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in inner:
        yield from values(value, (*path, key))


def others(value: Any) -> Iterator[Any]:
    """Other values for a value: of its type and of others, near and far."""
    yield from (None, True, False, 0, -1, 1.5, "", "x", [], {}, [value], {"value": value})
    if isinstance(value, str):
        yield from (value + " ", value.upper(), value[:-1], value + value, value.replace("0", "1", 1), f"{value}\x00", f"{value}\ud800")
    elif isinstance(value, int):
        yield from (value + 1, value - 1, float(value), str(value))
    elif isinstance(value, list):
        yield from (
            value[1:],
            value[:-1],
            value[::-1],
            [*value, *value[:1]],
            [*value, "x"],
            [*value, None],
            dict(enumerate(map(str, value))),
        )
    elif isinstance(value, dict):
        yield {**value, "extra": "x"}
        yield {**value, "_type": "x"}
        yield list(value.values())
        for key in value:
            yield {name: inner for name, inner in value.items() if name != key}
            yield {(name.upper() if name == key else name): inner for name, inner in value.items()}


def mutated(path: Path_, value: Any) -> Any:
    """The statement with another value at a path."""
    if not path:
        return value
    plain = copy.deepcopy(PLAIN)
    parent: Any = plain
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return plain


def test_no_mutation_signed_with_the_right_key_is_admitted() -> None:
    """No field of the statement is free: whatever differs from what the rows say is refused, and by a reason that was foreseen."""
    tried = 0
    for path, value in values(PLAIN):
        for other in others(value):
            if type(other) is type(value) and other == value:
                continue
            tried += 1
            refusal = refused(replace(CASE, ticket=forged(mutated(path, other))).admit)
            assert refusal, f"admitted with {other!r} at {path}"
            assert refusal.reason is not Rejection.UNEXPECTED, f"{refusal} with {other!r} at {path}"
    assert tried > 1000


@pytest.mark.parametrize("first", [b"{", b"[", b'"', b"0", b"\xff", b""])
def test_no_noise_is_admitted(first: bytes) -> None:
    """Whatever is no ticket at all is refused as well, signed or not."""
    for _ in range(200):
        noise = first + secrets.token_bytes(secrets.randbelow(200))
        assert refused(replace(CASE, ticket=noise + b"\n").admit)
