"""Every refusal of the mail sandbox, over the wire, in the documented shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
import pytest

from tests.mail.schema import ERROR, RATE_LIMIT_HEADERS, check
from tests.mail.service import FULL, OWNER, SENDING, MailService, mail

UNKNOWN = "00000000-0000-4000-8000-000000000000"

MAILS: Mapping[str, tuple[dict[str, object], int, str, str]] = {
    "no sender": ({"from": None}, 422, "missing_required_field", "`from`"),
    "no recipient": ({"to": None}, 422, "missing_required_field", "`to`"),
    "no subject": ({"subject": None}, 422, "missing_required_field", "`subject`"),
    "no text": ({"html": None}, 422, "validation_error", "`html` or `text`"),
    "malformed sender": ({"from": "hello at fm5"}, 422, "validation_error", "Invalid `from` field"),
    "malformed recipient": ({"to": ["nobody"]}, 422, "validation_error", "Invalid `to` field"),
    "example.com": ({"to": "ada@example.com"}, 422, "validation_error", "testing email address"),
    "test.com": ({"to": ["Ada <ada@test.com>"]}, 422, "validation_error", "testing email address"),
    "too many recipients": ({"to": [f"delivered+{number}@resend.dev" for number in range(51)]}, 422, "validation_error", "50"),
    "unverified domain": ({"from": "FM5 <hello@fm5.test>"}, 403, "validation_error", "The fm5.test domain is not verified"),
    "shared sender to a stranger": ({"from": "onboarding@resend.dev", "to": "ada@fm5.test"}, 403, "validation_error", OWNER),
    "unknown template": ({"template": {"id": "welcome"}}, 404, "not_found", "Template"),
    "attachment without content": ({"attachments": [{"filename": "a"}]}, 422, "invalid_attachment", "`content`"),
    "unreadable schedule": ({"scheduled_at": "soon"}, 422, "validation_error", "`scheduled_at`"),
}


def refused(answer: httpx.Response, status: int, name: str, saying: str = "") -> None:
    """Fails unless the answer is exactly that refusal, with the limit headers that every answer carries."""
    body = answer.json()
    check(body, ERROR)
    assert (answer.status_code, body["statusCode"], body["name"]) == (status, status, name)
    assert saying in body["message"]
    assert all(answer.headers[header].isdigit() for header in RATE_LIMIT_HEADERS)


@pytest.mark.parametrize(("changes", "status", "name", "saying"), MAILS.values(), ids=MAILS.keys())
def test_a_mail_with_a_mistake_is_refused(service: MailService, changes: dict[str, object], status: int, name: str, saying: str) -> None:
    """Each mistake gets its own status, name and sentence, and no mail comes of it."""
    before = service.call("GET", "/emails").json()
    refused(service.call("POST", "/emails", body=mail(**changes)), status, name, saying)
    assert service.call("GET", "/emails").json() == before


def test_a_request_without_a_key_is_refused(service: MailService) -> None:
    """No Authorization header, or another scheme: 401."""
    refused(service.call("GET", "/emails", key=None), 401, "missing_api_key")
    refused(service.call("POST", "/emails", key=None, body=mail()), 401, "missing_api_key")
    refused(service.call("GET", "/domains", key=None, headers={"authorization": "Basic abc"}), 401, "missing_api_key")


def test_a_wrong_key_is_refused(service: MailService) -> None:
    """Documented as 403."""
    refused(service.call("GET", "/emails", key="re_wrong"), 403, "invalid_api_key")
    refused(service.call("POST", "/emails", key=FULL[:-1], body=mail()), 403, "invalid_api_key")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/emails"), ("GET", f"/emails/{UNKNOWN}"), ("GET", "/domains"), ("POST", f"/emails/{UNKNOWN}/cancel")]
)
def test_a_sending_key_cannot_read(service: MailService, method: str, path: str) -> None:
    """A key that may only send is refused with 401 everywhere else."""
    refused(service.call(method, path, key=SENDING), 401, "restricted_api_key")


def test_a_sending_key_sends(service: MailService) -> None:
    """One mail and a batch."""
    assert service.call("POST", "/emails", key=SENDING, body=mail()).status_code == 200
    assert service.call("POST", "/emails/batch", key=SENDING, body=[mail()]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/emails/7", 422, "invalid_parameter"),
        ("GET", f"/emails/{UNKNOWN}", 404, "not_found"),
        ("GET", "/audiences", 404, "not_found"),
        ("DELETE", "/emails", 405, "method_not_allowed"),
        ("GET", "/emails?limit=0", 422, "validation_error"),
        ("GET", "/emails?limit=101", 422, "validation_error"),
        ("GET", f"/emails?after={UNKNOWN}", 422, "validation_error"),
        ("GET", f"/emails?after={UNKNOWN}&before={UNKNOWN}", 422, "validation_error"),
    ],
)
def test_what_does_not_exist_is_refused(service: MailService, method: str, path: str, status: int, name: str) -> None:
    """Unknown ids, paths, methods and pages."""
    refused(service.call(method, path), status, name)


def test_a_body_that_is_not_json_is_refused(service: MailService) -> None:
    """400, and not a crash."""
    answer = httpx.post(f"{service.url}/emails", content=b'{"from":', headers={"authorization": f"Bearer {FULL}"}, trust_env=False)
    refused(answer, 400, "validation_error", "JSON")


def test_an_idempotency_key_is_bound_to_its_body(service: MailService) -> None:
    """The same request again answers the same id and sends nothing; a changed one is a conflict; a long key is refused."""
    headers = {"idempotency-key": "sign-up/1"}
    first = service.call("POST", "/emails", body=mail(), headers=headers)
    before = service.call("GET", "/emails").json()
    again = service.call("POST", "/emails", body=mail(), headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    assert [one["id"] for one in service.call("GET", "/emails").json()["data"]] == [one["id"] for one in before["data"]]
    refused(service.call("POST", "/emails", body=mail(subject="Other"), headers=headers), 409, "invalid_idempotent_request")
    refused(service.call("POST", "/emails", body=mail(), headers={"idempotency-key": "k" * 257}), 400, "invalid_idempotency_key")


def test_too_many_requests_are_refused_for_a_while(started: Callable[..., MailService]) -> None:
    """Each key has its own limit; the headers count down and say when to come back."""
    service = started(rateLimit={"max": 3, "windowMs": 60_000})
    remaining = [int(service.call("GET", "/emails").headers["ratelimit-remaining"]) for _ in range(3)]
    assert remaining == [2, 1, 0]
    limited = service.call("GET", "/emails")
    refused(limited, 429, "rate_limit_exceeded")
    assert limited.headers["ratelimit-limit"] == "3"
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    assert service.call("POST", "/emails", key=SENDING, body=mail()).status_code == 200
