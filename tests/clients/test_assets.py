"""What pages load: types, and addresses that were built in."""

from __future__ import annotations

import pytest

from clients.browser.assets import Loaded, hosts_named, local_addresses, media_type, unset_parts


@pytest.mark.parametrize(
    ("kind", "status", "media", "fits"),
    [
        ("script", 200, "text/javascript", True),
        ("script", 304, "", True),
        ("script", 200, "text/html", False),
        ("script", 200, "", False),
        ("script", 404, "text/javascript", False),
        ("stylesheet", 200, "text/css", True),
        ("stylesheet", 200, "text/plain", False),
        ("image", 200, "image/svg+xml", True),
        ("image", 200, "text/html", False),
        ("font", 200, "font/woff2", True),
        ("document", 200, "text/html", True),
        ("fetch", 200, "application/json", True),
    ],
)
def test_asset_has_to_arrive_as_what_it_is_used_as(kind: str, status: int, media: str, fits: bool) -> None:
    """HTML in place of a script is the fault that this is about; documents and data have no type to keep."""
    assert Loaded("https://a.test/x", kind, status, media).fits is fits


def test_asset_is_named_without_its_query() -> None:
    """A message shows kind, path, status and type."""
    assert str(Loaded("https://a.test/assets/x.js?v=1", "script", 200, "text/html")) == "script /assets/x.js -> 200 text/html"


def test_parameters_are_no_part_of_the_type() -> None:
    """As servers write it."""
    assert media_type("Text/JavaScript; charset=utf-8") == "text/javascript"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('fetch("http://localhost:3000/api")', ("http://localhost:3000",)),
        ("a='HTTPS://127.0.0.1:8787/';b=`ws://[::1]:9/`", ("https://127.0.0.1:8787", "ws://[::1]:9")),
        ('if (location.hostname === "localhost") debug()', ()),
        ('fetch("https://localhost.example.org/")', ()),
        ('fetch("/api/files")', ()),
    ],
)
def test_addresses_of_the_build_s_machine_are_found(script: str, found: tuple[str, ...]) -> None:
    """Only with a scheme, and never as a part of somebody's real name."""
    assert local_addresses(script) == found


def test_host_is_named_as_a_whole_only() -> None:
    """A host below another one, or with a longer name, is not that host."""
    hosts = ["fm5.test", "staging.fm5.test"]
    assert hosts_named('fetch("https://staging.fm5.test/api")', hosts) == ("staging.fm5.test",)
    assert hosts_named('const api = "//FM5.test:8443";', hosts) == ("fm5.test",)
    assert hosts_named("see fm5.test.example.org and myfm5.test and fm5.test-old", hosts) == ()
    assert hosts_named("It is on fm5.test.", hosts) == ("fm5.test",)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a.test/api/undefined/files", ("undefined",)),
        ("https://undefined/api", ("undefined",)),
        ("https://a.test/%5Bobject%20Object%5D", ("[object Object]",)),
        ("https://a.test/undefined-behaviour/null-pointers", ()),
        ("https://a.test/files?next=undefined", ()),
    ],
)
def test_parts_that_were_never_set_are_found(url: str, parts: tuple[str, ...]) -> None:
    """Whole parts of host and path."""
    assert unset_parts(url) == parts
