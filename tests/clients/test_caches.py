"""Answers of caches: how they are told, and whether they are what the version gives out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from clients.errors import Unreachable
from clients.wire.caches import kept_answers, kept_by

PAGE = b'<!doctype html><script src="/app.js?v=1"></script><link rel="stylesheet" href=/app.css><script src="https://cdn.example/x.js"></script>'
HTML, CSS, JS = "text/html; charset=utf-8", "text/css", "text/javascript"
HIT = {"age": "40", "cf-cache-status": "HIT", "cache-control": "public, max-age=3600"}


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"age": "40"}, True),
        ({"Age": "0"}, False),
        ({"CF-Cache-Status": "HIT"}, True),
        ({"cf-cache-status": "DYNAMIC"}, False),
        ({"cf-cache-status": "EXPIRED"}, False),
        ({"cf-cache-status": "REVALIDATED"}, True),
        ({"x-vercel-cache": "STALE"}, True),
        ({"x-vercel-cache": "MISS"}, False),
        ({"x-vercel-cache": "PRERENDER"}, False),
        ({"x-cache": "Hit from cloudfront"}, True),
        ({"x-cache": "NO HIT"}, False),
        ({"x-cache": "no_hit"}, False),
        ({"x-cache": "TCP_HIT"}, True),
        ({"cache-status": '"edge"; fwd=miss; hits=0; hit-ratio=0'}, False),
        ({"cache-status": 'edge; detail="a; hit"; fwd=miss'}, False),
        ({"cache-status": "edge; hit; ttl=3"}, True),
        ({"x-cache": "RefreshHit from cloudfront"}, True),
        ({"x-cache": "Miss from cloudfront"}, False),
        ({"x-cache": "MISS, HIT"}, True),
        ({"x-cache": "TCP_MEM_HIT from a23"}, True),
        ({"x-cache": "TCP_MISS from a23"}, False),
        ({"cache-status": '"Netlify Edge"; hit'}, True),
        ({"cache-status": '"Netlify Edge"; fwd=miss'}, False),
        ({"x-litespeed-cache": "hit"}, True),
        ({"x-sucuri-cache": "HIT"}, True),
        ({"x-sucuri-cache": "BYPASS"}, False),
        ({"x-cache-lookup": "HIT from proxy:3128"}, True),
        ({"x-cache-lookup": "HIT from proxy:3128", "x-cache": "MISS from proxy"}, False),
        ({"x-cache-lookup": "NONE from proxy:3128"}, False),
        ({"x-rack-cache": "fresh"}, True),
        ({"x-rack-cache": "stale, valid, store"}, True),
        ({"x-rack-cache": "miss, store"}, False),
        ({"x-varnish": "32770 3"}, True),
        ({"x-varnish": "32770"}, False),
        ({"server-timing": "edge; dur=1, cdn-cache; desc=HIT"}, True),
        ({"server-timing": 'cache;dur=3;desc="hit-front"'}, True),
        ({"server-timing": "cdn-cache; desc=MISS"}, False),
        ({"server-timing": "db;desc=hit"}, False),
        ({}, False),
    ],
)
def test_cache_says_so(headers: dict[str, str], kept: bool) -> None:
    """H2: the words of the usual caches, and no others."""
    assert bool(kept_by(headers)) is kept
    assert bool(kept_by(list(headers.items()))) is kept


def edge(kept: dict[str, httpx.Response], given: dict[str, httpx.Response], *, strict: bool = False) -> httpx.Client:
    """A deployment behind a cache that goes by the whole address; `strict` takes no query."""

    def answer(request: httpx.Request) -> httpx.Response:
        whole = request.url.raw_path.decode()
        found = kept.get(whole) or given.get(whole if strict else request.url.path) or httpx.Response(404)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    return httpx.Client(base_url="https://acme.example", transport=httpx.MockTransport(answer))


def says(body: bytes, kind: str = HTML, version: str = "v1", status: int = 200, kept: bool = False) -> httpx.Response:
    """An answer that names its version."""
    return httpx.Response(status, headers={"content-type": kind, "x-version-id": version, **(HIT if kept else {})}, content=body)


GIVEN = {"/": says(PAGE), "/app.js": says(b"new", JS), "/app.css": says(b"new", CSS)}


@pytest.mark.parametrize(
    ("kept", "wrong"),
    [
        ({"/": says(PAGE, kept=True)}, {"/": ""}),
        ({"/": says(PAGE, version="v0", kept=True)}, {"/": ""}),
        ({"/": says(b"old", version="v0", kept=True)}, {"/": "it keeps what version v0 said, version v1 says something else"}),
        ({"/": says(b"a minute ago", kept=True)}, {"/": ""}),
        (
            {"/": says(b"<script src=/gone.js></script>", kept=True)},
            {"/": "it keeps a page that loads /gone.js, which the version does not have"},
        ),
        ({"/": says(b"no", status=404, kept=True)}, {"/": "it keeps 404, the version answers with 200"}),
        ({"/app.css": says(b"old", CSS, kept=True)}, {"https://acme.example/app.css": "it keeps other bytes than the version gives out"}),
        ({"/app.css": says(b"new", CSS, kept=True)}, {"https://acme.example/app.css": ""}),
        (
            {"/app.js?v=1": says(PAGE, HTML, kept=True)},
            {"https://acme.example/app.js?v=1": "it keeps text/html, the version answers with text/javascript"},
        ),
        ({}, {}),
    ],
)
def test_what_is_kept_is_held_against_what_the_version_gives_out(kept: dict[str, httpx.Response], wrong: dict[str, str]) -> None:
    """The address, what the cache says of it, and what differs; what is as it should be has nothing wrong."""
    found = kept_answers(edge(kept, GIVEN), ["/"], "x-version-id")
    assert {each.address: each.wrong for each in found} == wrong
    assert all(each.compared and each.told == "cf-cache-status: HIT, age: 40, cache-control: public, max-age=3600" for each in found)


def always(_: httpx.Request) -> httpx.Response:
    """H2: whatever is asked, the cache answers, with the version that gave it out."""
    return says(PAGE, version="v0", kept=True)


def changing() -> Callable[[httpx.Request], httpx.Response]:
    """A page that never says the same twice."""
    count = iter(range(100))
    return lambda asked: says(str(next(count)).encode(), version="v0" if "gonogo" not in str(asked.url) else "v1", kept=not asked.url.query)


def silent(_: httpx.Request) -> httpx.Response:
    """Nobody answers there."""
    raise Unreachable("acme.example", "timeout", "timed out")


@pytest.mark.parametrize("answer", [always, changing(), silent], ids=["cache that cannot be passed", "page that changes", "silent"])
def test_what_cannot_be_known_is_not_held_against_anybody(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    """No false alarm where nothing can be compared."""
    http = httpx.Client(base_url="https://acme.example", transport=httpx.MockTransport(answer))
    assert not [each for each in kept_answers(http, ["/"], "x-version-id") if each.wrong]


def test_app_that_takes_no_query_is_not_called_stale() -> None:
    """A 404 for an address with a query that it does not know says nothing about the one without."""
    found = kept_answers(edge({"/": says(PAGE, kept=True)}, GIVEN, strict=True), ["/"])
    assert [(each.wrong, each.compared) for each in found] == [("", False)]
