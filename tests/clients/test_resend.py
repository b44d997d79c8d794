"""Reading mails from Resend, by its documented answers."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.errors import Cancelled, Inconclusive, Overdue, Refusal
from clients.mail.mails import links_of, parse_created
from clients.mail.resend import Resend
from tests.clients.mocks import Reply, Service

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINK = "https://staging.fm5.test/api/auth/verify-email?token=a.b.c&callbackURL=%2Fverified"
_ESCAPED = LINK.replace("&", "&amp;")
HTML = f'<p>Hello <a href="{_ESCAPED}">confirm</a> <a href="{_ESCAPED}">again</a> <a href="#top">top</a></p>'


def mail(number: int, to: str = "a@fm5.test", at: datetime = NOW, event: str = "delivered") -> dict[str, Any]:
    return {
        "object": "email",
        "id": f"m{number}",
        "from": "FM5 <hello@mail.fm5.test>",
        "to": [to],
        "subject": "Confirm your address",
        "created_at": at.isoformat(),
        "last_event": event,
    }


def page(*mails: dict[str, Any], more: bool = False) -> httpx.Response:
    return httpx.Response(200, json={"object": "list", "has_more": more, "data": list(mails)})


def full(number: int, **changed: object) -> httpx.Response:
    return httpx.Response(200, json={**mail(number), "html": HTML, "text": None, **changed})


def resend(routes: dict[str, Reply | list[Reply]], cancelled: threading.Event | None = None) -> tuple[Resend, Service]:
    service = Service({**routes})
    return Resend(service.client("https://api.resend.com"), "re_full_access_key", cancelled=cancelled), service


def test_mail_is_read_with_its_links() -> None:
    """Links are decoded, each once, without anchors; what opens something stays out of `repr`."""
    client, service = resend({"GET /emails/m1": full(1)})
    read = client.get("m1")
    assert service.requests[0].headers["authorization"] == "Bearer re_full_access_key"
    assert (read.sender, read.to, read.subject, read.last_event) == (
        "FM5 <hello@mail.fm5.test>",
        ("a@fm5.test",),
        "Confirm your address",
        "delivered",
    )
    assert read.links == (LINK,)
    assert "token" not in repr(read)


def test_links_of_a_text_mail() -> None:
    """Without HTML, addresses in the text are its links."""
    assert links_of("", "Open <https://h/a?token=1>, or https://h/b.") == ("https://h/a?token=1", "https://h/b")


@pytest.mark.parametrize(
    "text",
    ["2023-04-03T22:13:42.674981+00:00", "2023-04-03 22:13:42.674981+00", "2023-04-03T22:13:42.674981Z", "2023-04-03 22:13:42.674981"],
)
def test_both_formats_of_created_at(text: str) -> None:
    """Resend writes ISO with T, and Postgres' own form."""
    assert parse_created(text) == datetime(2023, 4, 3, 22, 13, 42, 674981, tzinfo=UTC)


def test_mails_of_a_recipient_over_several_pages() -> None:
    """Pages are read until the moment asked for; only this recipient's mails are opened, oldest first."""
    old = NOW - timedelta(hours=1)
    client, service = resend(
        {
            "GET /emails": [page(mail(4), mail(3, to="b@fm5.test"), more=True), page(mail(2, to="A@FM5.test"), mail(1, at=old), more=True)],
            "GET /emails/m4": full(4),
            "GET /emails/m2": full(2),
        }
    )
    assert [found.id for found in client.for_recipient("a@fm5.test", NOW)] == ["m2", "m4"]
    paths = [str(request.url).removeprefix("https://api.resend.com") for request in service.requests]
    assert paths == ["/emails?limit=100", "/emails?limit=100&after=m3", "/emails/m2", "/emails/m4"]


def test_clocks_may_differ() -> None:
    """A mail that Resend dates a minute before we asked is still the one."""
    client, _ = resend({"GET /emails": page(mail(1, at=NOW - timedelta(seconds=60)))})
    assert [found.id for found in client.for_recipient("a@fm5.test", NOW, full=False)] == ["m1"]


def test_list_without_an_end_is_not_read_for_ever() -> None:
    """A service that always has more, and never older ones, is named."""
    client, service = resend({"GET /emails": page(mail(1, to="x@fm5.test"), more=True)})
    with pytest.raises(Inconclusive, match="within 2000"):
        client.for_recipient("a@fm5.test", NOW)
    assert len(service.requests) == 20


def test_waiting_for_a_mail_and_for_its_end() -> None:
    """First it is not there, then it is queued, then delivered."""
    client, _ = resend(
        {"GET /emails": [page(), page(mail(1))], "GET /emails/m1": [full(1, last_event="queued"), full(1, last_event="sent"), full(1)]}
    )
    awaited = client.await_mail("a@fm5.test", NOW, within=5)
    assert (awaited.id, awaited.last_event) == ("m1", "queued")
    assert client.await_end("m1", within=5).last_event == "delivered"


def test_waiting_ends_with_what_was_seen() -> None:
    """The mail that stays queued is named with its state, and without its links."""
    client, _ = resend({"GET /emails/m1": full(1, last_event="queued")})
    with pytest.raises(Overdue, match=r"the end of mail m1: not within 0\.05 s .*queued") as caught:
        client.await_end("m1", within=0.05)
    assert "token" not in str(caught.value)


def test_waiting_accepts_the_mail_that_is_meant() -> None:
    """Of several mails to one address, the one with the right subject."""
    client, _ = resend(
        {"GET /emails": page(mail(2), mail(1)), "GET /emails/m1": full(1), "GET /emails/m2": full(2, subject="Reset your password")}
    )
    assert client.await_mail("a@fm5.test", NOW, within=5, accept=lambda found: found.subject.startswith("Reset")).id == "m2"


@pytest.mark.parametrize(
    ("status", "name"), [(401, "restricted_api_key"), (403, "invalid_api_key"), (422, "validation_error")], ids=["sending", "wrong", "422"]
)
def test_refusal_carries_resend_s_name(status: int, name: str) -> None:
    """A key that may only send cannot read, and that is what the message says."""
    client, _ = resend({"GET /emails": httpx.Response(status, json={"statusCode": status, "name": name, "message": "No."})})
    with pytest.raises(Refusal, match=f"GET /emails -> {status} {name}"):
        client.list()


def test_rate_limit_is_waited_out() -> None:
    """For as long as the service says, and not for ever."""
    limited = httpx.Response(429, headers={"retry-after": "0"}, json={"name": "rate_limit_exceeded", "message": "Too many"})
    client, service = resend({"GET /emails": [limited, limited, page(mail(1))]})
    assert [found.id for found in client.list(limit=5, after="m9")] == ["m1"]
    assert [str(request.url.query, "ascii") for request in service.requests] == ["limit=5&after=m9"] * 3
    client, service = resend({"GET /emails": limited})
    with pytest.raises(Refusal, match="429 rate_limit_exceeded"):
        client.list()
    assert len(service.requests) == 5


def test_interrupt_ends_the_wait_for_the_limit() -> None:
    """Nothing is waited out after an interrupt."""
    cancelled = threading.Event()
    cancelled.set()
    client, _ = resend({"GET /emails": httpx.Response(429, headers={"retry-after": "9"}, json={})}, cancelled)
    with pytest.raises(Cancelled):
        client.list()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<p>Resend</p>"),
        httpx.Response(200, json={"data": {}}),
        httpx.Response(200, json={"data": [{"id": "m1"}]}),
        httpx.Response(200, json={"data": [{**mail(1), "created_at": "yesterday"}]}),
    ],
    ids=["html", "object", "fields", "time"],
)
def test_answer_of_another_shape_is_nobodys_fault(answer: httpx.Response) -> None:
    """A page, a list that is none, a mail without its fields, a time that is none: the deployment has no part in it."""
    client, _ = resend({"GET /emails": answer})
    with pytest.raises(Inconclusive, match=r"api\.resend\.com does not answer as .* GET /emails -> 200: expected"):
        client.list()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(403, headers={"cf-mitigated": "challenge"}, html="<title>Just a moment...</title>"), "403 with a bot challenge"),
        (httpx.Response(403, html="<h1>Blocked by the company's proxy</h1>"), "403 with text/html instead of JSON"),
        (httpx.Response(404), "404 with no content type instead of JSON"),
    ],
    ids=["challenge", "proxy", "empty"],
)
def test_what_is_not_the_provider_is_nobodys_fault(answer: httpx.Response, said: str) -> None:
    """What stands between this machine and the provider says nothing about the deployment; the provider's own refusals are JSON."""
    client, _ = resend({"GET /emails": answer, "GET /emails/m1": answer, "GET /domains": answer})
    for ask in (client.list, lambda: client.get("m1")):
        with pytest.raises(Inconclusive, match=rf"api\.resend\.com answers {said}"):
            ask()


def test_provider_in_trouble_is_nobodys_fault() -> None:
    """A 5xx of the provider says nothing about the deployment: what it sent cannot be known."""
    http = httpx.Client(
        base_url="https://api.resend.com", transport=httpx.MockTransport(lambda _: httpx.Response(503, json={"message": "down"}))
    )
    with pytest.raises(Inconclusive, match=r"api\.resend\.com answers 503"):
        Resend(http, "re_full").list()
