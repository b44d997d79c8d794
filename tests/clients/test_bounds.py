"""What a client reads of an answer is bounded, whatever the deployment sends."""

from __future__ import annotations

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.errors import Excessive, Malformed, Unreachable
from clients.wire import walls
from clients.wire.bounds import ASSET_BYTES, IN_FLIGHT_BYTES, OBJECT_BYTES, PAGE_BYTES, NotEncoded, Room, TooMuch, decoded, up_to
from clients.wire.exchange import Exchange
from clients.wire.redaction import Redactor
from tests.clients.conftest import Wires
from tests.clients.hostile import NO_ANSWER, TOO_MUCH, coded, hostile, packed, plain

MEMORY = 24 << 20
"""Bytes that one answer of a page may take while it is read: what is read, what is joined, and what waits to be unfolded."""


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_more_than_is_read_is_said_and_left(wires: Wires, kind: str) -> None:
    """A sentence that says how much is read, in bounded memory; it is written down like every exchange."""
    exchanges: list[Exchange] = []
    tracemalloc.start()
    try:
        with (
            hostile(TOO_MUCH[kind]) as base,
            pytest.raises(Excessive, match=r"GET / -> 200: more was answered than is read: at most|a body of at most"),
        ):
            wires(timeout=5, after=exchanges.append).client(base).get("/")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MEMORY
    assert "more was answered" in exchanges[0].error


@pytest.mark.parametrize("kind", NO_ANSWER)
def test_answer_that_does_not_come_is_waited_for_within_its_time(wires: Wires, kind: str) -> None:
    """Headers, interim answers and bodies that drip are given up together at four time-outs; what is no HTTP, at once."""
    with hostile(NO_ANSWER[kind]) as base, pytest.raises(Unreachable) as caught:
        wires(timeout=0.2, retries=0).client(base).get("/")
    assert len(str(caught.value)) < 400
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(("coding", "body"), [("gzip", b"{}"), ("deflate", b"\xff\xff\xff"), ("gzip", packed(1)[:10] + b"\xff" * 50)])
def test_body_in_no_such_coding_is_malformed(wires: Wires, coding: str, body: bytes) -> None:
    """What no browser could read is the deployment's mistake."""
    with (
        hostile(coded(body, coding.encode())) as base,
        pytest.raises(Malformed, match=f"expected a body in {coding}"),
    ):
        wires(retries=0).client(base).get("/")


@pytest.mark.parametrize(("amount", "most"), [(PAGE_BYTES, None), (PAGE_BYTES + 1, OBJECT_BYTES), (OBJECT_BYTES, OBJECT_BYTES)])
def test_what_may_be_read_is_read(wires: Wires, amount: int, most: int | None) -> None:
    """A page up to its bound; an object is asked for as one, by the client or by the request."""
    with hostile(plain(bytes(amount))) as base:
        wire = wires()
        answer = wire.client(base).get("/", extensions=up_to(most) if most else {})
        assert len(answer.content) == amount
        if most:
            assert len(wire.client(base, most_bytes=most).get("/").content) == amount
    assert PAGE_BYTES < ASSET_BYTES < OBJECT_BYTES < IN_FLIGHT_BYTES


@pytest.mark.parametrize("charset", ["zlib", "bz2", "hex", "rot13", "unicode_escape", "utf-7", "idna", "undefined", "x" * 3000, "no"])
def test_charset_is_one_of_text(wires: Wires, charset: str) -> None:
    """A codec that unfolds or runs something is none: such a page is read as UTF-8."""
    body = zlib.compress(b" " * (1 << 20))
    answer = b"content-type: text/html; charset=" + charset.encode()
    with hostile(lambda say: say(b"HTTP/1.1 200 OK\r\nconnection: close\r\n" + answer + b"\r\n\r\n" + body)) as base:
        assert len(wires().client(base).get("/").text) <= len(body)


@pytest.mark.parametrize(
    "location", [b"http://[::1", b"//[", b"https://a]b/", b"https://evil\x1b[2J.example/\x9b31m::error::x", b"https://x:99999999/"]
)
def test_redirection_to_no_url_is_malformed(wires: Wires, location: bytes) -> None:
    """Followed or not, it is the deployment's mistake: an error of the library's would end the run."""
    answer = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\nlocation: " + location + b"\r\n\r\n"
    with hostile(lambda say: say(answer)) as base, pytest.raises(Malformed, match="expected a URL in its Location header"):
        wires(retries=0).client(base).get("/")


@pytest.mark.parametrize("location", [b"/there", b"?next=1", b"https://other.example/%7e?a=b#c", b"//other.example/x"])
def test_redirection_to_a_url_is_handed_on(wires: Wires, location: bytes) -> None:
    """As it came."""
    answer = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\nlocation: " + location + b"\r\n\r\n"
    with hostile(lambda say: say(answer)) as base:
        assert wires(retries=0).client(base).get("/").headers["location"].encode() == location


def test_declared_charset_is_used(wires: Wires) -> None:
    """As before: a page in an encoding of the web."""
    body = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html; charset=windows-1252\r\n\r\n\x80"
    with hostile(lambda say: say(body)) as base:
        assert wires().client(base).get("/").text == "€"


def _bare(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


def _twice(data: bytes) -> bytes:
    return gzip.compress(gzip.compress(data))


@given(st.binary(max_size=5000), st.sampled_from(["gzip", "deflate", "bare", "gzip, gzip", "br", ""]), st.integers(1, 700))
@settings(deadline=None)
def test_every_body_is_decoded_as_it_was_encoded(body: bytes, coding: str, piece: int) -> None:
    """In whichever pieces it comes; what is in no known coding stays as it is."""
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "bare": _bare,
        "gzip, gzip": _twice,
    }
    sent = encoders.get(coding, bytes)(body)
    pieces = (sent[at : at + piece] for at in range(0, len(sent), piece))
    assert b"".join(decoded(pieces, coding.replace("bare", "deflate"), 6000)) == body


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate", "gzip, deflate", "gzip, gzip"]))
@settings(deadline=None)
def test_no_body_breaks_the_decoder(body: bytes, coding: str) -> None:
    """It is decoded, too much, or not encoded as it says."""
    with suppress(TooMuch, NotEncoded):
        assert len(b"".join(decoded([body], coding, 1000))) <= 1000


def test_large_bodies_wait_for_each_other() -> None:
    """There is room for two of 32 MiB: the third gets it when one of them is through, small ones never wait."""
    room, until = Room(), time.monotonic() + 30
    with room.reserving(OBJECT_BYTES, until, lambda: False) as first, room.reserving(OBJECT_BYTES, until, lambda: False) as second:
        first(1 << 20)
        second(1 << 20)
        with room.reserving(OBJECT_BYTES, time.monotonic() + 0.05, lambda: False) as third:
            third(1000)
            with pytest.raises(TimeoutError):
                third(1 << 20)
        with room.reserving(OBJECT_BYTES, until, lambda: True) as late, pytest.raises(TimeoutError):
            late(1 << 20)
    got: list[bool] = []

    def ask() -> None:
        with room.reserving(2 * IN_FLIGHT_BYTES, until, lambda: False) as reserve:
            reserve(1 << 20)
            got.append(True)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(10)
    assert got == [True], "an object larger than all room has it for itself"


@pytest.mark.parametrize(
    "page",
    [b"<title>" + b" " * 65000, b"<title>" * 9000, b"<title" * 10000, b"//a.b" * 13000, b"<title>access denied | " * 3000, b"\n" * 65000],
    ids=["spaces", "titles", "begun titles", "slashes", "refusals", "lines"],
)
def test_no_page_keeps_the_look_for_walls_busy(page: bytes) -> None:
    """A pattern that tries every way to divide a page takes minutes for some (the mark of the test's own time-out)."""
    html = (("content-type", "text/html"), ("cf-ray", "1"), ("server", "cloudflare"))
    assert _within(20, lambda: [walls.recognise(status, html, page) for status in (200, 403, 503)]) == [None, None, None]


@pytest.mark.parametrize("text", ["?" + "token" * 13000, "-eyJaaaa" * 8000, "eyJaaaa." * 8000, "Bearer" + " " * 65000, "?token" * 11000])
def test_no_header_keeps_the_redactor_busy(text: str) -> None:
    """The same of what is looked for in headers."""
    assert isinstance(_within(20, lambda: Redactor().text(text)), str)


def test_tokens_are_hidden_wherever_they_begin() -> None:
    """In the middle of a word as well as alone."""
    token = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"
    for text in (token, f"a-{token}", f"x={token}; y", f"eyJ-{token}", f"a.b-{token}.d"):
        assert token not in Redactor().text(text)


def _within(seconds: float, act: object) -> object:
    """What it returns; a thread that does not end is left behind, and the test fails."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(act()), daemon=True)  # type: ignore[operator]
    thread.start()
    thread.join(seconds)
    assert found, "no end"
    return found[0]
