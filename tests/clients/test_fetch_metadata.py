"""What a browser sends beside a request: whose page it comes from, and what the answer is for."""

from __future__ import annotations

import pytest

from clients.wire.fetch_metadata import asked_ahead, clicked, fetched, may_read, may_send, related, submitted

SITE, FOREIGN = "https://app.fm5.test", "https://gonogo-foreign.example"
ALLOWED = {
    "access-control-allow-origin": FOREIGN,
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": "Authorization, Content-Type",
}


@pytest.mark.parametrize(
    ("page", "target", "how"),
    [
        (SITE, f"{SITE}/api", "same-origin"),
        ("https://www.fm5.test", SITE, "same-site"),
        ("https://fm5.test", SITE, "same-site"),
        ("http://www.fm5.test", SITE, "cross-site"),
        (FOREIGN, SITE, "cross-site"),
        (f"{SITE}.gonogo-foreign.example", SITE, "cross-site"),
        ("https://one.workers.dev", "https://other.workers.dev", "cross-site"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:8787", "same-site"),
        ("http://localhost:3000", "http://127.0.0.1:8787", "cross-site"),
        ("null", SITE, "cross-site"),
    ],
)
def test_pages_are_related_as_browsers_say(page: str, target: str, how: str) -> None:
    """By scheme and registrable domain; ports make another origin, and no other site."""
    assert related(page, target) == how


def test_click_is_a_navigation() -> None:
    """Of the whole window, by somebody, for a page."""
    sent = clicked()
    assert {name: sent[name] for name in sent if name.startswith("sec-")} == {
        "sec-fetch-site": "none",
        "sec-fetch-mode": "navigate",
        "sec-fetch-user": "?1",
        "sec-fetch-dest": "document",
    }
    assert sent["accept"].startswith("text/html,")
    assert "origin" not in sent


def test_form_of_another_site_says_whose_it_is() -> None:
    """It navigates without a click, with the page's origin."""
    sent = submitted(FOREIGN, SITE)
    assert (sent["origin"], sent["referer"], sent["sec-fetch-site"]) == (FOREIGN, f"{FOREIGN}/", "cross-site")
    assert sent["sec-fetch-mode"] == "navigate"
    assert "sec-fetch-user" not in sent


def test_script_asks_ahead() -> None:
    """With the same words as the request that would follow; a sandboxed frame does not say where it is."""
    assert asked_ahead(FOREIGN, SITE)["access-control-request-headers"] == "content-type"
    assert asked_ahead(FOREIGN, SITE)["sec-fetch-mode"] == "cors"
    assert "referer" in fetched(FOREIGN, SITE)
    assert "referer" not in fetched("null", SITE)
    assert "referer" not in fetched(FOREIGN, "http://app.fm5.test")


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (404, {}),
        (302, {}),
        (204, {"access-control-allow-origin": "*"}),
        (204, {"access-control-allow-origin": SITE}),
        (204, {"access-control-allow-credentials": ""}),
        (204, {"access-control-allow-headers": "authorization"}),
        (204, {"access-control-allow-headers": "*"}),
    ],
)
def test_browser_does_not_send_what_is_not_allowed(status: int, changed: dict[str, str]) -> None:
    """JSON with cookies goes out only where origin, cookies and content type are allowed, in a success."""
    assert may_send(ALLOWED, 204, FOREIGN)
    assert not may_send({**ALLOWED, **changed}, status, FOREIGN)


def test_answer_is_shown_to_whom_it_names() -> None:
    """A wildcard is none for requests with cookies."""
    assert may_read(ALLOWED, FOREIGN)
    assert not may_read({**ALLOWED, "access-control-allow-origin": "*"}, FOREIGN)
