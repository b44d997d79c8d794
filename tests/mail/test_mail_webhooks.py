"""Webhooks: the official verifiers accept what the mail sandbox signs, and a receiver that fails is asked again."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import resend
from svix.webhooks import Webhook, WebhookVerificationError

from tests.mail.service import MailService, mail, observe

SECRET = "whsec_" + b64encode(b"a secret of thirty-two characters").decode()


@dataclass
class Receiver:
    """What arrived at an HTTP server on loopback; its first answers have the given statuses, all further ones 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def types(self) -> list[str]:
        """The event types that arrived."""
        return [json.loads(body)["type"] for _, body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(heard.answers.pop(0) if heard.answers else 204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the parameter of the base class)
            """Requests are recorded, not printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.url = f"http://127.0.0.1:{server.server_port}/webhooks"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield heard
        server.shutdown()
        thread.join()


def webhook(receiver: Receiver, *events: str) -> dict[str, object]:
    """The configuration of one webhook with quick retries."""
    return {"url": receiver.url, "secret": SECRET, "events": list(events), "retryAfterMs": [50, 50]}


def test_official_verifiers_accept_the_signature(started: Callable[..., MailService], receiver: Receiver) -> None:
    """svix and the Resend SDK take it over the raw body; a changed body or another secret is refused by both."""
    service = started(webhooks=[webhook(receiver, "email.sent", "email.bounced")])
    sent = service.call("POST", "/emails", body=mail(to="bounced+x@resend.dev")).json()["id"]
    observe(receiver.types, lambda types: types == ["email.sent", "email.bounced"])
    headers, body = receiver.received[1]
    Webhook(SECRET).verify(body, headers)
    event = json.loads(body)
    assert event["data"]["email_id"] == sent
    assert event["data"]["bounce"]["type"] == "Permanent"
    signed: Any = {"id": headers["svix-id"], "timestamp": headers["svix-timestamp"], "signature": headers["svix-signature"]}
    resend.Webhooks.verify({"payload": body.decode(), "headers": signed, "webhook_secret": SECRET})
    changed = body.replace(b"bounced+x", b"bounced+y")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(changed, headers)
    with pytest.raises(ValueError, match="no matching signature"):
        resend.Webhooks.verify({"payload": changed.decode(), "headers": signed, "webhook_secret": SECRET})
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + b64encode(b"another secret of that length....").decode()).verify(body, headers)


def test_a_receiver_that_fails_is_asked_again(started: Callable[..., MailService], receiver: Receiver) -> None:
    """Under the same id, so that the receiver can tell a repetition."""
    receiver.answers = [500, 503]
    service = started(webhooks=[webhook(receiver, "email.delivered")])
    service.call("POST", "/emails", body=mail())
    observe(lambda: len(receiver.received), lambda count: count == 3)
    assert len({headers["svix-id"] for headers, _ in receiver.received}) == 1
