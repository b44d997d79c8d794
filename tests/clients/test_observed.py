"""Looks: what a cache may do with an answer, and whether one did it."""

from __future__ import annotations

import httpx
import pytest

from clients.wire.answers import shape
from clients.wire.observed import ObservedResponse, observe
from tests.clients.mocks import Service


def seen(**headers: str) -> ObservedResponse:
    """An answer with these headers."""
    return ObservedResponse("/x", 200, {name.replace("_", "-"): value for name, value in headers.items()}, "")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("private, no-store", False),
        ("no-store", False),
        ("Private", False),
        ('private="set-cookie"', False),
        ("no-cache", True),
        ("public, max-age=60", True),
        ("", True),
        ("max-age=0, must-revalidate", True),
    ],
)
def test_who_may_keep_an_answer(said: str, kept: bool) -> None:
    """Only private and no-store keep shared caches away."""
    assert seen(cache_control=said).may_be_kept is kept


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ({}, False),
        ({"cache_control": "no-cache"}, False),
        ({"cache_control": "max-age=0, must-revalidate"}, False),
        ({"cache_control": "public, max-age=0, must-revalidate"}, False),
        ({"cache_control": "private, max-age=60"}, False),
        ({"cache_control": "public"}, True),
        ({"cache_control": "max-age=60"}, True),
        ({"cache_control": "max-age=0, s-maxage=60"}, True),
        ({"cache_control": "s-maxage=0, max-age=60"}, False),
        ({"cdn_cache_control": "max-age=60"}, True),
        ({"cache_control": "no-store", "cdn_cache_control": "max-age=60"}, False),
        ({"expires": "Thu, 01 Jan 2099 00:00:00 GMT"}, True),
        ({"expires": "Thu, 01 Jan 2099 00:00:00 GMT", "cache_control": "no-cache"}, False),
        ({"expires": "Thu, 01 Jan 2015 00:00:00 GMT"}, False),
        ({"expires": "0"}, False),
    ],
)
def test_who_asks_to_be_kept(headers: dict[str, str], asks: bool) -> None:
    """A lifetime above nothing, or `public` without any; silence asks for nothing."""
    assert seen(**headers).asks_to_be_kept is asks


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"cf_cache_status": "HIT"}, "cf-cache-status: HIT"),
        ({"cf_cache_status": "DYNAMIC"}, ""),
        ({"cf_cache_status": "MISS", "age": "0"}, ""),
        ({"x_vercel_cache": "STALE"}, "x-vercel-cache: STALE"),
        ({"x_cache": "Hit from cloudfront"}, "x-cache: Hit from cloudfront"),
        ({"age": "12"}, "age: 12"),
        ({"age": "soon"}, ""),
        ({}, ""),
    ],
)
def test_answer_out_of_a_cache_is_recognised(headers: dict[str, str], said: str) -> None:
    """By the words of the common caches, or by its age."""
    assert seen(**headers).from_cache == said


def test_one_look() -> None:
    """Method and headers are sent as given; a redirection is an answer; what stood there is in no representation."""
    service = Service({"OPTIONS /x": httpx.Response(302, headers=[("Location", "/y"), ("Set-Cookie", "a=1")], text="of Ann")})
    found = observe(service.client(), "/x", "OPTIONS", {"origin": "https://a.example"})
    assert (found.status, found.headers["location"], found.sets_cookies, found.text) == (302, "/y", True, "of Ann")
    assert service.requests[0].headers["origin"] == "https://a.example"
    assert "of Ann" not in repr(found)


def answer(body: object, *cookies: str) -> httpx.Response:
    """A sign-up's answer."""
    response = httpx.Response(200, json=body, headers=[("set-cookie", f"{name}=v; Path=/") for name in cookies])
    response.request = httpx.Request("POST", "https://fm5.test/x")
    return response


def test_shape_of_an_answer() -> None:
    """Values do not count; fields, kinds, truth, cookies and the length of an id do."""
    user = {"id": "abc", "name": "Ann", "emailVerified": False, "image": None, "createdAt": "2026"}
    first = shape(answer({"token": None, "user": user}))
    assert first == shape(answer({"user": {**user, "id": "xyz", "name": "Benjamin"}, "token": None}))
    for other in ({**user, "id": "longer"}, {**user, "image": "x"}, {**user, "emailVerified": True}, {**user, "createdAt": "soon!"}):
        assert shape(answer({"token": None, "user": other})) != first
    assert shape(answer({"token": None, "user": user}, "session")) != first
    assert "Ann" not in first
    counted = [shape(answer({"user": {**user, "id": number}})) for number in ("9", "10", "11")]
    assert len(set(counted)) == 1
    assert shape(answer({"user": {**user, "id": "pQ7Zk2Lw9XcV4bN8mR1tY6uI3oA5sDfG"}})) not in counted
