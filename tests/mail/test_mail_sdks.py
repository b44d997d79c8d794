"""The official SDKs of Resend as clients of the mail sandbox: what they send is accepted, what they read has the documented fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from resend.exceptions import MissingRequiredFieldsError, RateLimitError, ResendError, ValidationError

from tests.mail.schema import DOMAIN, EMAIL, LISTED_EMAIL, RATE_LIMIT_HEADERS, check
from tests.mail.service import SENDER, SENDING, MailService, mail, observe

OUTCOMES = ["delivered", "bounced", "complained", "suppressed"]


def own(answer: Any) -> dict[str, Any]:
    """The answer without the HTTP headers that the SDK for Python adds to it."""
    return {name: value for name, value in answer.items() if name != "http_headers"}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_test_address_ends_in_its_event(python_sdk: Any, outcome: str) -> None:
    """`last_event` is queued at first and ends in what the test address stands for, with any label."""
    sent = python_sdk.Emails.send(mail(to=f"{outcome}+{uuid4().hex}@resend.dev"))
    events: list[str] = []

    def look() -> str:
        event = str(python_sdk.Emails.get(sent["id"])["last_event"])
        if event not in events:
            events.append(event)
        return event

    observe(look, lambda event: event == outcome)
    before_the_end = {"delivered": {"sent"}, "bounced": {"sent"}, "complained": {"sent", "delivered"}, "suppressed": set()}[outcome]
    assert set(events) <= {"queued", outcome} | before_the_end


def test_any_other_address_is_delivered_to(python_sdk: Any) -> None:
    """As a real provider would."""
    sent = python_sdk.Emails.send(mail(to="ada@nowhere.fm5.test"))
    observe(lambda: python_sdk.Emails.get(sent["id"])["last_event"], lambda event: event == "delivered")


def test_python_reads_a_mail_with_the_documented_fields(python_sdk: Any) -> None:
    """Everything that was sent comes back, and nothing that is not documented."""
    sent = mail(cc=["c@fm5.test"], bcc="d@fm5.test", reply_to="help@fm5.test", text="Hello ✓", tags=[{"name": "kind", "value": "x"}])
    got = own(python_sdk.Emails.get(python_sdk.Emails.send(sent)["id"]))
    check(got, EMAIL)
    assert got["to"] == ["delivered@resend.dev"]
    assert (got["from"], got["subject"], got["html"], got["text"]) == (SENDER, sent["subject"], sent["html"], sent["text"])
    assert (got["cc"], got["bcc"], got["reply_to"], got["tags"]) == (["c@fm5.test"], ["d@fm5.test"], ["help@fm5.test"], sent["tags"])


def test_python_lists_mails_page_by_page(python_sdk: Any) -> None:
    """Newest first; `has_more` and `after` lead through all of them."""
    newest = [python_sdk.Emails.send(mail(subject=f"page {number}"))["id"] for number in range(5)][::-1]
    first = python_sdk.Emails.list({"limit": 3})
    assert first["object"] == "list"
    assert first["has_more"] is True
    for listed in first["data"]:
        check(listed, LISTED_EMAIL)
    second = python_sdk.Emails.list({"limit": 2, "after": first["data"][-1]["id"]})
    assert [listed["id"] for listed in first["data"] + second["data"]] == newest
    back = python_sdk.Emails.list({"limit": 3, "before": second["data"][0]["id"]})
    assert [listed["id"] for listed in back["data"]] == newest[:3]


def test_python_reads_the_limit_headers(python_sdk: Any) -> None:
    """The SDK hands the headers on; every answer carries them."""
    for answer in (python_sdk.Emails.send(mail()), python_sdk.Emails.list(), python_sdk.Domains.list()):
        assert all(answer["http_headers"][header].isdigit() for header in RATE_LIMIT_HEADERS)


def test_python_lists_the_verified_domain(python_sdk: Any) -> None:
    """With the documented fields."""
    listed = own(python_sdk.Domains.list())
    assert (listed["object"], listed["has_more"]) == ("list", False)
    for domain in listed["data"]:
        check(domain, DOMAIN)
    assert [(domain["name"], domain["status"]) for domain in listed["data"]] == [("mail.fm5.test", "verified")]


def test_python_sends_a_batch_once_per_key(python_sdk: Any) -> None:
    """A batch answers one id for each mail; with an idempotency key the same ones again."""
    batch = [mail(subject="one"), mail(subject="two")]
    options = {"idempotency_key": uuid4().hex}
    sent = own(python_sdk.Batch.send(batch, options))
    assert set(sent) == {"data"}
    assert [python_sdk.Emails.get(one["id"])["subject"] for one in sent["data"]] == ["one", "two"]
    assert own(python_sdk.Batch.send(batch, options)) == sent


def test_python_sends_the_good_part_of_a_permissive_batch(python_sdk: Any) -> None:
    """The others are named by their index."""
    answer = python_sdk.Batch.send([mail(subject=None), mail()], {"batch_validation": "permissive"})
    assert len(answer["data"]) == 1
    assert [error["index"] for error in answer["errors"]] == [0]


def test_python_schedules_moves_and_cancels(python_sdk: Any) -> None:
    """A scheduled mail waits until it is cancelled."""
    sent = python_sdk.Emails.send(mail(scheduled_at="in 1 hour"))["id"]
    assert own(python_sdk.Emails.update({"id": sent, "scheduled_at": "in 2 hours"})) == {"object": "email", "id": sent}
    waiting = own(python_sdk.Emails.get(sent))
    check(waiting, EMAIL)
    assert waiting["last_event"] == "scheduled"
    assert own(python_sdk.Emails.cancel(sent)) == {"object": "email", "id": sent}
    assert python_sdk.Emails.get(sent)["last_event"] == "canceled"


def test_python_raises_what_it_documents(python_sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK maps status and name to its exception types."""
    with pytest.raises(MissingRequiredFieldsError, match="`subject`"):
        python_sdk.Emails.send(mail(subject=None))
    with pytest.raises(ValidationError, match=r"example\.com"):
        python_sdk.Emails.send(mail(to="ada@example.com"))
    with pytest.raises(ResendError) as unverified:
        python_sdk.Emails.send(mail(**{"from": "a@fm5.test"}))
    assert (unverified.value.code, unverified.value.error_type) == (403, "validation_error")
    monkeypatch.setattr(python_sdk, "api_key", SENDING)
    with pytest.raises(ResendError) as restricted:
        python_sdk.Emails.list()
    assert (restricted.value.code, restricted.value.error_type) == (401, "restricted_api_key")


def test_python_sees_the_rate_limit(started: Callable[..., MailService], python_sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As its own exception, with the header that says when to come back."""
    monkeypatch.setattr(python_sdk, "api_url", started(rateLimit={"max": 1, "windowMs": 60_000}).url)
    python_sdk.Emails.send(mail())
    with pytest.raises(RateLimitError) as limited:
        python_sdk.Emails.send(mail())
    assert int(limited.value.headers["retry-after"]) >= 1


def test_node_sends_and_reads(node_sdk: Callable[..., Any]) -> None:
    """The SDK that deployments use: send, get, list, domains, batch."""
    sent, batch = node_sdk(
        ["emails.send", {**mail(), "replyTo": "help@fm5.test"}, {"idempotencyKey": uuid4().hex}], ["batch.send", [mail(), mail()]]
    )
    assert (sent["error"], batch["error"]) == (None, None)
    assert len(batch["data"]["data"]) == 2
    got, listed, domains = node_sdk(["emails.get", sent["data"]["id"]], ["emails.list", {"limit": 3}], ["domains.list"])
    check(got["data"], EMAIL)
    assert got["data"]["reply_to"] == ["help@fm5.test"]
    assert listed["data"]["data"][-1]["id"] == sent["data"]["id"]
    for one in listed["data"]["data"]:
        check(one, LISTED_EMAIL)
    for one in domains["data"]["data"]:
        check(one, DOMAIN)


def test_node_gets_refusals_as_values(node_sdk: Callable[..., Any]) -> None:
    """The SDK for Node answers errors instead of raising them; name and status are the documented ones."""
    answers = node_sdk(
        ["emails.send", mail(to="ada@example.com")], ["emails.send", mail(**{"from": "a@fm5.test"})], ["emails.get", str(uuid4())]
    )
    assert [(answer["error"]["statusCode"], answer["error"]["name"]) for answer in answers] == [
        (422, "validation_error"),
        (403, "validation_error"),
        (404, "not_found"),
    ]
    (wrong,) = node_sdk(["emails.list"], key="re_wrong")
    assert (wrong["error"]["statusCode"], wrong["error"]["name"]) == (403, "invalid_api_key")
