"""JSON and numbers of a deployment, read within bounds."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.errors import Malformed
from clients.health import HealthClient, read
from clients.wire.bounds import PAGE_BYTES
from clients.wire.cookies import parse
from clients.wire.documents import DEPTH, DIGITS, VALUES, UnreadableJson, read_json
from clients.wire.exchange import Exchange
from clients.wire.numbers import LARGEST, seconds, whole
from tests.clients.conftest import Wires
from tests.clients.hostile import hostile, plain
from tests.clients.mocks import Service

REFUSED = {
    "B3 lists 10,000 deep": (b'{"status": "ok", "more": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "levels deep"),
    "lists without end": (b"[" * 100_000, "levels deep"),
    "objects deep": (b'{"a":' * 500 + b"1" + b"}" * 500, "levels deep"),
    "B4 6,000 digits": (b'{"status": "ok", "uptime": ' + b"9" * 6_000 + b"}", "digits"),
    "5,000 negative digits": (b"[-" + b"9" * 5_000 + b"]", "digits"),
    "many keys": (b"{" + b",".join(b'"%d":1' % number for number in range(VALUES + 1))[: PAGE_BYTES - 9] + b"}", "JSON"),
    "many lists": (b"[" + b"[]," * VALUES + b"[]]", "values"),
    "large": (b'"' + b" " * PAGE_BYTES + b'"', "2 MiB"),
    "no JSON": (b"{status: ok}", "JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "JSON"),
    "nothing": (b"", "JSON"),
}
TAKEN: dict[str, tuple[bytes, object]] = {
    "as deep as is read": (b"[" * DEPTH + b"]" * DEPTH, None),
    "many lists side by side": (b"[" + b"[]," * 1000 + b"[]]", [[]] * 1001),
    "digits in a text": (b'["' + b"9" * 6_000 + b'"]', ["9" * 6_000]),
    "many digits": (b"9" * DIGITS, int("9" * DIGITS)),
    "a byte order mark": (b"\xef\xbb\xbf[1]", [1]),
    "UTF-16": ("[1]".encode("utf-16"), [1]),
    "a key twice": (b'{"a": 1, "a": 2}', {"a": 2}),
    "half a pair": (b'{"\\ud800": ["x\\udfff", "\\ud83d\\ude00"]}', {"\ufffd": ["x\ufffd", "\U0001f600"]}),
    "half a pair in bytes": (b'"\xed\xa0\x80"', "\ufffd"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_more_than_is_read_is_no_answer(kind: str) -> None:
    """A sentence that says what is read, and no exception of a parser; the health answer says the same."""
    body, said = REFUSED[kind]
    with pytest.raises(UnreadableJson, match=said):
        read_json(body)
    service = Service({"GET /health": httpx.Response(200, content=body)})
    with pytest.raises(Malformed) as caught:
        read(service.client(), "/health")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_read_can_be_written_down(kind: str) -> None:
    """Within the bounds nothing is refused; text of half a pair becomes text that a file takes."""
    body, value = TAKEN[kind]
    found = read_json(body)
    assert found == value or value is None
    json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", REFUSED)
def test_answer_of_the_wire_reads_json_within_the_same_bounds(wires: Wires, kind: str) -> None:
    """Also by httpx's own verb, and while the exchange is kept as evidence."""
    kept: list[Exchange] = []
    with hostile(plain(REFUSED[kind][0][:PAGE_BYTES])) as base:
        answer = wires(after=kept.append).client(base).get("/")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert kept[0].status == 200


@given(st.binary(max_size=400) | st.text(alphabet='[]{}",:1-e.\\ud8', max_size=400).map(str.encode))
@settings(deadline=None)
def test_no_document_breaks_the_reader(body: bytes) -> None:
    """It is read and can be written down, or it is not JSON."""
    try:
        json.dumps(read_json(body), ensure_ascii=False).encode()
    except UnreadableJson:
        with pytest.raises((ValueError, RecursionError)):
            json.loads(body)


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("-7", -7), ("0", 0), ("007", 7), ("9" * 5000, LARGEST), ("-" + "9" * 5000, -LARGEST)]
)
def test_number_of_any_length_is_one(text: str, number: int) -> None:
    """Too large is large: a cookie of a billion years is no cookie of a session, and an answer that old is old."""
    assert whole(text) == number
    cookie = parse(f"a=b; Max-Age={text}")
    assert cookie
    assert cookie.max_age == number
    assert HealthClient(200, {}, {"Age": text}).age == max(0, number)


@pytest.mark.parametrize("text", ["", "-", "--1", "1.5", "x", "1 2", "٣", "1" * 13 + "s"])
def test_what_is_no_number_is_none(text: str) -> None:
    """It is not guessed."""
    assert whole(text) is None
    assert whole(None) is None
    assert whole(value=True) is None


@pytest.mark.parametrize(("text", "number"), [("7", 7.0), ("0.5", 0.5), ("inf", None), ("nan", None), ("-1", None), ("9" * 400, None)])
def test_time_to_wait_is_a_number(text: str, number: float | None) -> None:
    """Nobody can wait for ever."""
    assert seconds(text) == number
