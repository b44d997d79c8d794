"""The documented shape of Resend's answers, and a check of an answer against it.

Fields and types: schemas ``Email``, ``ListEmailsResponse``, ``ListDomainsResponse`` and ``CreateBatchEmailsResponse`` of
https://github.com/resend/resend-openapi (``resend.yaml``, version 1.5.0), with ``message_id``, ``scheduled_at``, ``tags`` and what may be
null from the response types of the official npm SDK (``GetEmailResponseSuccess``, ``ListEmail``, ``Domain`` in ``resend`` 6.38.0).
Errors: https://resend.com/docs/api-reference/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

LAST_EVENTS: Final = frozenset(
    "bounced canceled clicked complained delivered delivery_delayed failed opened queued scheduled sent suppressed".split()  # noqa: SIM905
)
ADDRESSES: Final = ("list of strings",)
ADDRESSES_OR_NULL: Final = ("list of strings", "null")
TEXT: Final = ("string",)
TEXT_OR_NULL: Final = ("string", "null")

LISTED_EMAIL: Final = {
    "id": ("uuid",),
    "message_id": TEXT,
    "to": ADDRESSES,
    "from": TEXT,
    "created_at": ("time",),
    "subject": TEXT,
    "bcc": ADDRESSES_OR_NULL,
    "cc": ADDRESSES_OR_NULL,
    "reply_to": ADDRESSES_OR_NULL,
    "last_event": ("last event",),
    "scheduled_at": ("time", "null"),
}
EMAIL: Final = {**LISTED_EMAIL, "object": ("email",), "html": TEXT_OR_NULL, "text": TEXT_OR_NULL, "tags": ("list of tags",)}
DOMAIN: Final = {
    "id": ("uuid",),
    "name": TEXT,
    "status": ("domain status",),
    "created_at": ("time",),
    "region": ("region",),
    "capabilities": ("capabilities",),
}
ERROR: Final = {"statusCode": ("number",), "message": TEXT, "name": ("error name",)}
ERROR_NAMES: Final = frozenset(
    {
        "invalid_idempotency_key",
        "validation_error",
        "missing_api_key",
        "restricted_api_key",
        "invalid_api_key",
        "not_found",
        "method_not_allowed",
        "invalid_idempotent_request",
        "concurrent_idempotent_requests",
        "invalid_attachment",
        "invalid_from_address",
        "invalid_access",
        "invalid_parameter",
        "invalid_region",
        "missing_required_field",
        "monthly_quota_exceeded",
        "daily_quota_exceeded",
        "rate_limit_exceeded",
        "security_error",
        "application_error",
        "internal_server_error",
    }
)
RATE_LIMIT_HEADERS: Final = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


def is_of(value: Any, kind: str) -> bool:
    """Whether a value is of one documented kind."""
    match kind:
        case "null":
            return value is None
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "uuid":
            return isinstance(value, str) and str(UUID(value)) == value
        case "time":
            return isinstance(value, str) and _is_time(value)
        case "list of strings":
            return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        case "list of tags":
            return isinstance(value, list) and all(set(tag) == {"name", "value"} for tag in value)
        case "capabilities":
            return set(value) == {"sending", "receiving"} and set(value.values()) <= {"enabled", "disabled"}
        case _:
            return value in _VALUES[kind]


_VALUES: Final[dict[str, frozenset[str]]] = {
    "email": frozenset({"email"}),
    "last event": LAST_EVENTS,
    "error name": ERROR_NAMES,
    "domain status": frozenset({"pending", "verified", "failed", "not_started", "partially_verified", "partially_failed"}),
    "region": frozenset({"us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1"}),
}


def _is_time(text: str) -> bool:
    """Both documented ways: ``2023-04-03T22:13:42.674981+00:00`` and ``2023-04-03 22:13:42.674981+00``."""
    return bool(re.fullmatch(r"\S{10}[T ]\S{15}\+00(:00)?", text)) and datetime.fromisoformat(text).tzinfo is not None


def check(answer: Any, fields: Mapping[str, tuple[str, ...]]) -> None:
    """Fails unless the answer has exactly the documented fields, each of a documented kind."""
    assert set(answer) == set(fields)
    wrong = {name: answer[name] for name, kinds in fields.items() if not any(is_of(answer[name], kind) for kind in kinds)}
    assert not wrong
